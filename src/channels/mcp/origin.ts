/**
 * Which web pages may speak to the server: defence against DNS rebinding and against pages of other sites.
 *
 * A page that has its own name resolve to this machine reaches us under that name, in `Host` and `Origin` alike. An
 * address or `localhost` cannot be made to resolve anywhere, and names of the owner are in `PUBLIC_URL` or `HOST`.
 *
 * @module
 */
import { isIP } from 'node:net';

/** How the server is reached. */
export interface Reach {
  /** What it listens on. */
  readonly host: string;
  readonly publicUrl?: string | undefined;
}

/** What is wrong with a request's `Host` and `Origin`, in Chinese with the remedy; undefined if nothing is. */
export function refuseOrigin(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  reach: Reach,
): string | undefined {
  const own = reach.publicUrl === undefined ? undefined : new URL(reach.publicUrl);
  const trusted = (name: string) =>
    isLoopback(name) || isAddress(name) || name === own?.hostname || name === reach.host;
  const at = urlOf(`http://${host ?? ''}`);
  // Others than browsers send any host they like; a server for this machine alone still has no foreign name.
  if (!at || (isLoopback(reach.host) && !trusted(at.hostname))) {
    return '请求的 Host 不是本服务的地址；若经反向代理访问，请把 PUBLIC_URL 设为用户访问的网址。';
  }
  if (origin === undefined) return undefined;
  const from = urlOf(origin);
  const allowed =
    from !== undefined &&
    (from.origin === own?.origin ||
      (from.host === at.host && trusted(from.hostname)) ||
      (isLoopback(from.hostname) && isLoopback(at.hostname)));
  return allowed
    ? undefined
    : '不接受来自这个网页（Origin）的请求；若它就是本服务的网址，请把 PUBLIC_URL 设为它。';
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** A host name of this machine, which no one else's name server is asked for. */
function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    /^127\.\d+\.\d+\.\d+$/.test(name) ||
    name === '::1' ||
    name === '[::1]'
  );
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
