/**
 * Where a citation's source is read: the reader's component, loaded when it is first needed, or a new tab when it
 * cannot be loaded.
 * @module
 */
import type { Citation } from './types.ts';

/** Where the script came from. */
export interface Origin {
  /** The server's address. */
  readonly server: string;
  /** The nonce the page's policy gave it, for the scripts it loads in turn. */
  readonly nonce?: string | undefined;
}

/** The origin of the script that is running; only while it is being loaded. */
export function currentOrigin(): Origin {
  const script = document.currentScript as HTMLScriptElement;
  return { server: new URL('.', script.src).href, nonce: script.nonce };
}

/** A server's address without the slash at its end; what is no http address is taken for the page's own server. */
export function serverAddress(server: string): string {
  try {
    const url = new URL(server, location.href);
    if (/^https?:$/.test(url.protocol)) return (url.origin + url.pathname).replace(/\/+$/, '');
  } catch {
    // No address at all.
  }
  return location.origin;
}

/** What `<guiwen-reader>` can be told. */
export interface SourceReader extends HTMLElement {
  show(place: {
    readonly plan: string;
    readonly start: number;
    readonly end: number;
    /** To go through with “previous” and “next”. */
    readonly citations: readonly Citation[];
  }): void;
}

const loading = new Map<string, Promise<boolean>>();

/** True once `<guiwen-reader>` is known to the page; false if the server has none to give. */
export function loadReader(server: string, nonce: string | undefined): Promise<boolean> {
  if (customElements.get('guiwen-reader')) return Promise.resolve(true);
  const load = loading.get(server) ?? addScript(`${server}/reader.js`, nonce);
  loading.set(server, load);
  return load.then((loaded) => {
    // The next click may find the server back.
    if (!loaded) loading.delete(server);
    return loaded && customElements.get('guiwen-reader') !== undefined;
  });
}

function addScript(src: string, nonce: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const script = document.createElement('script');
    try {
      script.src = src;
    } catch {
      // A page that trusts no addresses of scripts (Trusted Types).
      return resolve(false);
    }
    if (nonce) script.nonce = nonce;
    script.onload = () => resolve(true);
    script.onerror = () => {
      script.remove();
      resolve(false);
    };
    document.head.append(script);
  });
}

/** Saves a file as if a link had been clicked. */
export function saveFile(content: Blob, name: string, within: ParentNode): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.className = 'unseen';
  within.append(link);
  link.click();
  link.remove();
  // Firefox reads it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
