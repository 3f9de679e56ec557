/**
 * How long to wait for an endpoint: patiently where work would be lost, hardly at all where a person waits.
 * @module
 */
import type { IPolicy } from 'cockatiel';
import {
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { EndpointError } from './fault.ts';

/** How often and after which waits a request is tried again. */
export interface Patience {
  /** Tries after the first. */
  readonly retries: number;
  /** The first wait; every further one is twice as long. */
  readonly firstMs: number;
  /** The longest wait, also when the endpoint asks for a longer one. */
  readonly maxMs: number;
}

/** For work whose loss would cost: about two minutes in all. */
export const PATIENT: Patience = { retries: 6, firstMs: 1_000, maxMs: 60_000 };
/** Failures in a row after which an endpoint is left alone, and for how long. */
const FAILURES = 3;
const REST_MS = 20_000;
/** The wait before the one retry while a person waits. */
const QUICK_MS = 100;

/** Tries again what may succeed later, at least as late as the endpoint asks for; `log` is told of every wait. */
export function patiently(
  { retries, firstMs, maxMs }: Patience,
  log?: (line: string) => void,
): Pick<IPolicy, 'execute'> {
  const policy = retry(
    handleWhen((error) => error instanceof EndpointError && error.transient),
    {
      maxAttempts: retries,
      backoff: new DelegateBackoff(({ attempt, result }) => {
        const asked =
          'error' in result && result.error instanceof EndpointError ? result.error.retryAfterMs : 0;
        // Half of the wait is chance, so that several callers do not come back all at once.
        const own = firstMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
        return Math.min(maxMs, Math.max(asked ?? 0, own));
      }),
    },
  );
  policy.onRetry((event) => {
    const message = 'error' in event ? event.error.message : '';
    log?.(`${message} ${Math.ceil(event.delay / 1000)} 秒后第 ${event.attempt} 次重试。`);
  });
  return policy;
}

/** While a person waits: one retry, all within the time given, and no try at all while an endpoint keeps failing. */
export function briefly(timeoutMs: number): Pick<IPolicy<{ signal: AbortSignal }>, 'execute'> {
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof EndpointError || error instanceof TaskCancelledError),
    { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) },
  );
  const once = retry(
    // Whoever asks for a pause does not want a second request at once.
    handleWhen((error) => error instanceof EndpointError && error.transient && error.kind !== 'busy'),
    { maxAttempts: 1, backoff: new DelegateBackoff(() => QUICK_MS) },
  );
  return wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive), once) as never;
}
