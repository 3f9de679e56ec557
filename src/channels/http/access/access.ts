/**
 * Access: who asks, which plans they may see, and how often they may ask.
 * @module
 */
import type { State } from '../../../state/types.ts';
import type { Viewer } from '../../visit.ts';
import type { Connection } from './addresses.ts';
import { addressList, clientAddress, isLoopback } from './addresses.ts';
import type { Identify, IdentityOptions } from './identify.ts';
import { createIdentify } from './identify.ts';
import type { LimitState } from './limits.ts';
import { bucketOf, createLimiter } from './limits.ts';

/** How access is configured. */
export interface AccessOptions extends IdentityOptions {
  /** Addresses and networks of the proxies whose headers are believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Requests a minute for each key or person. */
  readonly perViewer?: number | undefined;
  /** Requests a minute from each address; if not given, {@link PER_ADDRESS}, and any number from this machine. */
  readonly perAddress?: number | undefined;
}

/** What a person or a busy office behind one address does not reach. */
export const PER_ADDRESS = 600;
export const PER_VIEWER = 1200;

/** What decides at the door. */
export interface Access {
  readonly identify: Identify;
  /** Counts a request of an address. */
  limitAddress(connection: Connection): readonly LimitState[];
  /** Counts a request of a key or person; of nobody in particular the address is all that is known. */
  limitViewer(viewer: Viewer): readonly LimitState[];
  /** Plans for whoever has no list of their own; undefined for all. */
  readonly plans: readonly string[] | undefined;
}

/** Makes what decides at the door; it lasts as long as the server. */
export function createAccess(
  options: AccessOptions,
  {
    keys,
    secret,
    now = Date.now,
  }: { readonly keys: State['keys']; readonly secret: Uint8Array; readonly now?: () => number },
): Access {
  const isProxy = addressList(options.trustedProxies ?? []);
  const byAddress = createLimiter('address', options.perAddress ?? PER_ADDRESS);
  const byViewer = createLimiter('key', options.perViewer ?? PER_VIEWER);
  return {
    identify: createIdentify(options, { keys, secret, isProxy, now }),
    limitAddress(connection) {
      const address = clientAddress(connection, isProxy);
      if (address === undefined) return [];
      if (options.perAddress === undefined && isLoopback(address)) return [];
      return [byAddress(bucketOf(address), performance.now())];
    },
    limitViewer: ({ id }) => (id === undefined ? [] : [byViewer(id, performance.now())]),
    plans: options.plans,
  };
}
