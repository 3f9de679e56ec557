/**
 * Where a request comes from. What a header says of it counts only if a trusted proxy wrote the header.
 * @module
 */
import { BlockList, isIP, isIPv4 } from 'node:net';

/** The connection and headers of a request, as node keeps them. */
export interface Connection {
  /** Address of the other end; undefined without a connection, as in a test. */
  readonly peer: string | undefined;
  readonly header: (name: string) => string | undefined;
}

/** Tells whether an address belongs to a list of addresses and networks (`10.0.0.0/8`). */
export type AddressList = (address: string) => boolean;

/**
 * Reads a list of addresses and networks.
 * @throws RangeError naming the first that is neither
 */
export function addressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const width = family === 4 ? 32 : 128;
    if (family === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= width)))
      throw new RangeError(entry);
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return (address) => {
    const plain = unmapped(address);
    return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
  };
}

/** Whether an address is this machine's own. */
export const isLoopback = addressList(['127.0.0.0/8', '::1']);

/** Whether a name or address to listen on is reached from this machine only. */
export const isLoopbackHost = (host: string) => host === 'localhost' || isLoopback(host);

/** Headers that tell of a proxy in between. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-host', 'via'];

/**
 * The address of whoever asks: the other end of the connection or, behind trusted proxies, the last address in
 * `X-Forwarded-For` that is none of theirs. Undefined without a connection.
 */
export function clientAddress({ peer, header }: Connection, isProxy: AddressList): string | undefined {
  if (peer === undefined) return undefined;
  let address = unmapped(peer);
  if (!isProxy(address)) return address;
  const chain = (header('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  for (const claimed of chain.reverse()) {
    if (isIP(unmapped(claimed)) === 0) return address;
    address = unmapped(claimed);
    if (!isProxy(address)) return address;
  }
  return address;
}

/**
 * Whether a request was made on this machine by a person or program of its own: no proxy in between, no foreign
 * name for this host (which a page elsewhere could have pointed here), no page of another site behind it.
 */
export function isLocal({ peer, header }: Connection): boolean {
  if (peer === undefined || !isLoopback(peer)) return false;
  if (FORWARDED.some((name) => header(name) !== undefined)) return false;
  const host = header('host') ?? '';
  if (!isLoopbackHost(host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))) return false;
  const origin = header('origin');
  if (origin !== undefined && origin !== `http://${host}`) return false;
  return [undefined, 'same-origin', 'none'].includes(header('sec-fetch-site'));
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
const unmapped = (address: string) => (/^::ffff:[\d.]+$/i.test(address) ? address.slice(7) : address);
