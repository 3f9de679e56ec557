/**
 * The log: one line of JSON for every request and for whatever goes wrong. No question, no answer, no header and no
 * query is in it unless `LOG_QUESTIONS` allows the questions.
 * @module
 */
import type { DestinationStream, Logger } from 'pino';
import pino from 'pino';
import { currentVisit } from '../../visit.ts';

export type { Logger } from 'pino';

/** How much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/**
 * A logger to standard output or `destination`; every line written on behalf of a request carries its id.
 * Lines are written some at a time; those of a process that ends are written before it does.
 */
export function createLogger(
  { level }: { readonly level: LogLevel },
  destination: DestinationStream = pino.destination({
    dest: 1,
    sync: false,
    minLength: 4096,
    periodicFlush: 1000,
  }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const visit = currentVisit();
        return visit ? { requestId: visit.id } : {};
      },
    },
    destination,
  );
}
