/**
 * What is served: the app behind its door, with access, log, metrics and traces put together.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Assistant, IngestReport } from '../../assistant.ts';
import type { State } from '../../state/types.ts';
import { StateError } from '../../state/types.ts';
import { keepSessions } from '../mcp/sessions.ts';
import { keepFor } from '../retention.ts';
import type { AccessOptions } from './access/access.ts';
import { createAccess } from './access/access.ts';
import type { AppOptions } from './app.ts';
import { createApp } from './app.ts';
import type { Door } from './door.ts';
import { openDoor } from './door.ts';
import { followIndex } from './follow.ts';
import { observed } from './observe/assistant.ts';
import type { Logger } from './observe/log.ts';
import { createLogger } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import { createMetrics } from './observe/metrics.ts';
import type { Tracing } from './observe/tracing.ts';
import type { Reindexing } from './reindex.ts';
import { createReindexing } from './reindex.ts';
import type { Log } from './routes/shared.ts';
import { watchFiles } from './watch.ts';

/** What a service is made of; what is left out is as in a server without configuration. */
export interface ServiceOptions extends Omit<AppOptions, 'log' | 'operations' | 'mcpSessions'> {
  readonly access: AccessOptions;
  /** What widget tokens are signed with; if not given they hold until the server stops. */
  readonly secret?: Uint8Array;
  readonly logger?: Logger;
  readonly logQuestions?: boolean;
  /** A chat model is configured. */
  readonly generates?: boolean;
  readonly tracing?: Tracing | undefined;
  /** How the corpus is read anew and the result opened; without it that cannot be asked for. */
  readonly reindex?: {
    readonly ingest: () => Promise<IngestReport>;
    readonly open: () => Promise<Assistant>;
    /** The folder of the corpus, if it is to be watched. */
    readonly watch?: string | undefined;
  };
  /** An index that others put in use, too: when the one in use was built, and how it is opened. */
  readonly shared?:
    | { readonly builtAt: () => Promise<string | undefined>; readonly open: () => Promise<Assistant> }
    | undefined;
  /** Days that records are kept; 0, or not given: for ever. */
  readonly retentionDays?: number;
}

/** A service that answers. */
export interface Service {
  readonly door: Door;
  readonly metrics: Metrics;
  /** Reads the corpus anew; undefined without the means. */
  readonly reindexing: Reindexing | undefined;
  /** Ends what goes on beside requests. */
  stop(): void;
}

/** Puts a service together. */
export function openService(options: ServiceOptions): Service {
  const { logger = createLogger({ level: 'info' }), reindex, tracing } = options;
  const { secret = randomBytes(32), logQuestions = false, generates = false } = options;
  const { keys } = options.state;
  const metrics = createMetrics(() => door.index());
  const state = counted(options.state, metrics);
  const reindexing =
    reindex && createReindexing({ ...reindex, use: (assistant) => door.swap(assistant), logger, metrics });
  const operations = { metrics, reindexing, keys, secret };
  const log: Log = (doing, error) => logger.error({ err: error }, doing);
  const mcpSessions = keepSessions({ answers: state.answers, publicUrl: options.publicUrl, log });
  const door: Door = openDoor({
    assistant: options.assistant,
    access: createAccess(options.access, { keys, secret }),
    observe: (assistant) => observed(assistant, { metrics, logger, logQuestions, generates }),
    appOver: (assistant) =>
      createApp({
        ...options,
        assistant,
        state,
        operations,
        mcpSessions,
        log,
      }),
    logger,
    metrics,
    tracing,
  });
  const watch =
    reindexing && reindex?.watch
      ? watchFiles(reindex.watch, { onChange: () => reindexing.run() })
      : undefined;
  const { shared } = options;
  const follow =
    shared &&
    followIndex({
      // What is read anew here is put in use by that.
      newest: async () => (reindexing?.status().running ? undefined : shared.builtAt()),
      served: () => door.index().builtAt,
      take: async () => {
        await door.swap(await shared.open());
        logger.info({ index: door.index().builtAt }, 'took the shared index');
      },
      onError: (error) => logger.error({ err: error }, 'take the shared index'),
    });
  const retention = keepFor(options.state, {
    days: options.retentionDays ?? 0,
    onRemoved: (removed) => logger.info(removed, 'removed by retention'),
    onError: (error) => logger.error({ err: error }, 'retention'),
  });
  const stop = () => {
    watch?.stop();
    follow?.stop();
    retention.stop();
  };
  return { door, metrics, reindexing, stop };
}

/** The state, counting feedback and what could not be written. */
function counted(state: State, metrics: Metrics): State {
  const counting = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write;
    } catch (error) {
      if (error instanceof StateError) metrics.stateFailure();
      throw error;
    }
  };
  return {
    ...state,
    answers: { ...state.answers, add: (record) => counting(state.answers.add(record)) },
    feedback: {
      ...state.feedback,
      async add(feedback) {
        await counting(state.feedback.add(feedback));
        metrics.feedback(feedback.rating);
      },
    },
  };
}
