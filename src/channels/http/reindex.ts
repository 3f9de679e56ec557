/**
 * Reading the corpus anew while serving: built in another process, opened here, then put in use.
 * @module
 */
import type { Assistant, IngestReport } from '../../assistant.ts';
import { CorpusError } from '../../assistant.ts';
import { ApiError } from './errors.ts';
import type { Logger } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';

/** What a run did. */
export type ReindexReport = Omit<IngestReport, 'indexDir'>;

/** What reading anew consists of. */
export interface ReindexSteps {
  /** Builds the index in another process. @throws CorpusError */
  readonly ingest: () => Promise<IngestReport>;
  /** Opens what was built. */
  readonly open: () => Promise<Assistant>;
  /** Puts it in use. */
  readonly use: (assistant: Assistant) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Reading anew, one run at a time. */
export interface Reindexing {
  /**
   * Reads the corpus as it is now. While a run is under way, it is followed by one more, which all who asked share.
   * @throws ApiError 409 if nothing could be read: what was served is served still
   */
  run(): Promise<ReindexReport>;
  status(): {
    readonly running: boolean;
    readonly last?: { readonly at: string; readonly report?: ReindexReport; readonly error?: string };
  };
}

/** Prepares reading anew by `steps`. */
export function createReindexing({ ingest, open, use, logger, metrics }: ReindexSteps): Reindexing {
  let running: Promise<ReindexReport> | undefined;
  let next: Promise<ReindexReport> | undefined;
  let last: ReturnType<Reindexing['status']>['last'];

  const once = async (): Promise<ReindexReport> => {
    try {
      const { indexDir: _indexDir, ...report } = await ingest();
      await use(await open());
      last = { at: new Date().toISOString(), report };
      metrics.reindexed('done');
      for (const { file, message } of report.skipped)
        logger.warn({ file, reason: message }, 'document skipped');
      const { skipped, ...counts } = report;
      logger.info({ ...counts, skipped: skipped.length }, 'reindexed');
      return report;
    } catch (error) {
      metrics.reindexed('failed');
      logger.error({ err: error }, 'reindex');
      const told =
        error instanceof CorpusError
          ? new ApiError(409, 'corpus_unusable', `${withoutPath(error)}原有的规划照常服务。`)
          : new ApiError(500, 'reindex_failed', '重新读入没有成功，原有的规划照常服务；原因见服务日志。');
      last = { at: new Date().toISOString(), error: told.message };
      throw told;
    }
  };
  const begin = () => {
    running = once().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    run() {
      if (!running) return begin();
      // What is being read may have changed after it was read.
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined;
          return begin();
        });
      return next;
    },
    status: () => ({ running: running !== undefined, ...(last ? { last } : {}) }),
  };
}

/** What is wrong with the corpus; only some messages name its folder. */
const withoutPath = ({ code, message }: CorpusError) =>
  code === 'plans_file_invalid' ? message : '规划目录里没有能读的文件；';
