/**
 * Rate limits: a bucket of requests for every key and every address, filled steadily.
 *
 * Written here since the libraries at hand keep a counter for every address that ever came, without bound.
 *
 * @module
 */
import { isIPv6 } from 'node:net';

/** How a limit stands after a request. */
export interface LimitState {
  readonly policy: string;
  /** Requests allowed in {@link WINDOW_SECONDS}. */
  readonly quota: number;
  readonly allowed: boolean;
  /** Requests that may follow at once. */
  readonly remaining: number;
  /** Seconds until one more request is allowed (if none remains) or the bucket is full (otherwise). */
  readonly seconds: number;
}

/** Takes one request from a bucket. `now` in milliseconds of any clock that only runs forward. */
export type Limiter = (bucket: string, now: number) => LimitState;

const WINDOW_SECONDS = 60;
/** Buckets kept at a time: some megabytes. Beyond it the one unused for longest is forgotten. */
const BUCKETS = 50_000;

/** A limiter of `quota` requests a minute for every bucket; a burst may use the whole minute's at once. */
export function createLimiter(policy: string, quota: number, buckets = BUCKETS): Limiter {
  /** For every bucket when it will be full again; the last used comes last. */
  const fullAt = new Map<string, number>();
  const perRequest = (WINDOW_SECONDS * 1000) / quota;
  return (bucket, now) => {
    const full = Math.max(now, fullAt.get(bucket) ?? now);
    const used = (full - now) / perRequest;
    // A whole number of requests may be a hair less, by rounding.
    const allowed = used + 1 <= quota + 1e-6;
    const next = allowed ? full + perRequest : full;
    fullAt.delete(bucket);
    fullAt.set(bucket, next);
    if (fullAt.size > buckets) fullAt.delete(fullAt.keys().next().value as string);
    const remaining = Math.max(0, Math.floor(quota - (next - now) / perRequest + 1e-6));
    const wait = remaining > 0 ? next - now : next - now - (quota - 1) * perRequest;
    return { policy, quota, allowed, remaining, seconds: Math.max(1, Math.ceil(wait / 1000)) };
  };
}

/** The bucket of an address: of IPv6 its /64, which one subscriber has whole. */
export function bucketOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/**
 * The headers that tell how the limits stand: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10),
 * and `Retry-After` if one is used up.
 */
export function limitHeaders(limits: readonly LimitState[]): [string, string][] {
  if (limits.length === 0) return [];
  const headers: [string, string][] = [
    [
      'RateLimit-Policy',
      limits.map(({ policy, quota }) => `"${policy}";q=${quota};w=${WINDOW_SECONDS}`).join(', '),
    ],
    [
      'RateLimit',
      limits.map(({ policy, remaining, seconds }) => `"${policy}";r=${remaining};t=${seconds}`).join(', '),
    ],
  ];
  const refused = limits.filter(({ allowed }) => !allowed);
  if (refused.length > 0)
    headers.push(['Retry-After', String(Math.max(...refused.map(({ seconds }) => seconds)))]);
  return headers;
}
