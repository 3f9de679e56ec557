/**
 * What the command uses of the world around it.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parse as parseDotenv } from 'dotenv';
import type { RunOptions } from './options.ts';
import { pooled } from './pool.ts';
import type { Target } from './target.ts';
import { inProcess, overHttp } from './target.ts';

/** The world; tests put their own in. */
export interface Surroundings {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Opens what is evaluated: the assistant in this process, or the server at `--base-url`. */
  readonly open: (options: Pick<RunOptions, 'baseUrl' | 'corpus' | 'index' | 'jobs'>) => Promise<Target>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a progress bar can be seen. */
  readonly isTerminal: boolean;
}

/** One subcommand. @returns the exit code */
export type Command = (options: RunOptions, world: Surroundings) => Promise<number>;

/** The surroundings of a process. */
export function realSurroundings(): Surroundings {
  const env = { ...dotenv('.env'), ...process.env };
  return {
    print: (text) => process.stdout.write(`${text}\n`),
    complain: (text) => process.stderr.write(`${text}\n`),
    env,
    isTerminal: process.stderr.isTTY === true && !env.CI,
    open: (options) => openTarget(options, env),
  };
}

async function openTarget(
  options: Pick<RunOptions, 'baseUrl' | 'corpus' | 'index' | 'jobs'>,
  env: Surroundings['env'],
): Promise<Target> {
  const jobs = options.jobs === undefined ? {} : { jobs: options.jobs };
  if (options.baseUrl) return overHttp(options.baseUrl, jobs);
  // Only now: asking a server needs neither the index nor its native addons.
  const [{ loadConfig }, { openAssistant }] = await Promise.all([
    import('../config.ts'),
    import('../assistant.ts'),
  ]);
  const config = loadConfig();
  const corpusDir = options.corpus ?? config.corpusDir;
  const indexDir = options.index ?? config.indexDir;
  const assistant = await openAssistant({
    corpusDir,
    indexDir,
    embedding: config.embedding,
    rerank: config.rerank,
    chat: config.chat,
    // A corpus or an index that is named is a matter of files.
    ...(options.corpus === undefined && options.index === undefined && { store: config.store }),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  // A model answers elsewhere, so that several questions can wait for it at a time in one process.
  const { embedding, rerank } = config;
  if (
    [env.CHAT_BASE_URL, config.store !== 'hnsw', embedding.baseUrl, embedding.onnxDir, rerank.baseUrl].some(
      Boolean,
    )
  )
    return inProcess(assistant, { jobs: 4, ...jobs });
  // Half the cores: more would make the latencies those of a crowded machine.
  const processes = options.jobs ?? Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
  const target = inProcess(assistant);
  return processes > 1 ? pooled(target, processes - 1, { corpusDir, indexDir }) : target;
}

/** What a `.env` file sets; the judge's endpoint may stand in it like any other variable. */
function dotenv(file: string): Record<string, string> {
  return existsSync(file) ? parseDotenv(readFileSync(file)) : {};
}
