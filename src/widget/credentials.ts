/**
 * Credentials: the short-lived token that a page of another site shows the server. The site's own server gets it
 * for its key; the key itself never comes here.
 * @module
 */

/** A token as `POST /api/v1/widget-token` gives it; without an end it is used until it is refused. */
export interface Token {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
}

/** Asks the site for a token. */
export type GetToken = () => Promise<Token>;

/** The token in use. */
export interface Credentials {
  /** One that is good for a while yet; whoever asks meanwhile waits for the same. Rejects if the site gives none. */
  current(): Promise<string>;
  /** The server refused `token`: the next call gets another. */
  refused(token: string): void;
}

/** A token is renewed so long before it ends, in milliseconds: a request takes a while to arrive. */
const EARLY_MS = 60_000;

/** Keeps the token that `getToken` gives until it is about to end. */
export function keepToken(getToken: GetToken): Credentials {
  let kept: Token | undefined;
  let coming: Promise<Token> | undefined;
  const renew = async (): Promise<Token> => {
    const given = await getToken();
    if (typeof given?.token !== 'string' || given.token === '') throw new Error('no token');
    return given;
  };
  return {
    async current() {
      if (kept && !endsSoon(kept)) return kept.token;
      coming ??= renew().finally(() => {
        coming = undefined;
      });
      kept = await coming;
      return kept.token;
    },
    refused(token) {
      if (kept?.token === token) kept = undefined;
    },
  };
}

const endsSoon = ({ expiresAt }: Token): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) - Date.now() < EARLY_MS;

/** Asks an address of the site, with the cookies it has there. */
export const tokenFrom =
  (url: string): GetToken =>
  async () => {
    const response = await fetch(url, { credentials: 'same-origin', cache: 'no-store' });
    if (!response.ok) throw new Error(`${response.status}`);
    return response.json() as Promise<Token>;
  };
