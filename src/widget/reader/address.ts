/**
 * The reader's addresses: `/plans/<id>#<start>-<end>`, several places as `#a-b,c-d`, the older `?start=&end=`, and a
 * heading as `#n<node id>`.
 * @module
 */
import type { Span } from './types.ts';

/** The places an address names, in its order; what is no place is passed over. */
export function placesIn({ hash, search }: { readonly hash: string; readonly search: string }): Span[] {
  const places = hash
    .replace(/^#/, '')
    .split(',')
    .map((part) => /^(\d{1,9})-(\d{1,9})$/.exec(part))
    .flatMap((match) => (match ? [{ start: Number(match[1]), end: Number(match[2]) }] : []));
  const query = new URLSearchParams(search);
  const [start, end] = ['start', 'end'].map((name) => query.get(name) ?? '');
  if (places.length === 0 && hash.length < 2 && /^\d{1,9}$/.test(`${start}`) && /^\d{1,9}$/.test(`${end}`)) {
    places.push({ start: Number(start), end: Number(end) });
  }
  return places.filter((place) => place.start < place.end);
}

/** The id of the heading an address names. */
export function headingIn(hash: string): string | undefined {
  return /^#n(\d+(?:\.\d+)*)$/.exec(hash)?.[1];
}
