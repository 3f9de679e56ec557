/**
 * `npm run bench`: what the assistant takes, side by side with what one would pick instead, in one process on the
 * same corpus, questions and tokens. Prints Markdown; docs/benchmarks.md keeps a run.
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.ts';
import { builtinEmbedding } from '../embedding/index.ts';
import { currentGeneration } from '../index/manifest.ts';
import { openIndex } from '../index/open.ts';
import { loadSegmenter } from '../language/segment.ts';
import { showGrowth } from './bench/growth.ts';
import { measureHttp } from './bench/http.ts';
import { measureIngest, measureOpening } from './bench/ingest.ts';
import { compareLexical } from './bench/lexical.ts';
import { compareVectors } from './bench/vectors.ts';
import type { World } from './bench/world.ts';
import { questionsOf } from './bench/world.ts';
import { UsageError } from './options.ts';

const PARTS = ['ingest', 'lexical', 'vectors', 'http', 'growth'] as const;
type Part = (typeof PARTS)[number];

const HELP = `npm run bench -- [选项]
  --statutes DIR        解开的法规文件夹（也可用环境变量 STATUTES_DIR）；不给则只测五份规划
  --statutes-index DIR  法规索引所在的文件夹；已有的索引直接使用，不给则临时建立
  --only PART[,PART]    只测这些部分：${PARTS.join('、')}
  --limit SECONDS       建一个词汇索引最多用多少秒（默认 120）
  --seconds SECONDS     每种 HTTP 负载的时长（默认 5）`;

const PLANS_SUITE = 'tests/regression/development';
const STATUTES_SUITE = 'tests/regression/statutes';

/** Runs the benchmarks and prints Markdown. Returns the process's exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const { statutes, only, limitMs, seconds } = options;
  const temporary = mkdtempSync(join(tmpdir(), 'guiwen-bench-'));
  try {
    console.log(
      `# Benchmarks\n\nNode ${process.version}, ${cpus()[0]?.model ?? 'CPU'} × ${cpus().length}, load ${loadavg()[0]?.toFixed(1)} at the start. Made by \`npm run bench${argv.length > 0 ? ' -- …' : ''}\`.\n`,
    );
    if (!statutes) console.log('Without statutes: the five plans only.\n');
    loadSegmenter();
    const plansDir = loadConfig().corpusDir;
    const run = async (
      name: string,
      corpusDir: string,
      indexDir: string,
      suite: string,
      parts: ReadonlySet<Part>,
    ) => {
      if (parts.has('ingest') || !currentGeneration(indexDir)) await measureIngest(name, corpusDir, indexDir);
      else await measureOpening(name, corpusDir, indexDir);
      const index = await openIndex(indexDir, corpusDir, builtinEmbedding());
      const world: World = { name, corpusDir, indexDir, index, questions: questionsOf(suite) };
      if (parts.has('http')) await measureHttp(world, seconds);
      if (parts.has('vectors')) await compareVectors(world);
      if (parts.has('lexical')) await compareLexical(world, limitMs);
      if (parts.has('growth')) await showGrowth(world);
    };
    const small = new Set([...only].filter((part) => part !== 'growth'));
    await run('the five plans', plansDir, join(temporary, 'plans'), PLANS_SUITE, small);
    if (statutes)
      await run(
        'the statutes',
        statutes,
        options.statutesIndex ?? join(temporary, 'statutes'),
        STATUTES_SUITE,
        only,
      );
    return 0;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

interface Options {
  readonly statutes: string | undefined;
  readonly statutesIndex: string | undefined;
  readonly only: ReadonlySet<Part>;
  readonly limitMs: number;
  readonly seconds: number;
}

/** @throws UsageError */
function readOptions(argv: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      statutes: text,
      'statutes-index': text,
      only: text,
      limit: text,
      seconds: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const only = (values.only?.split(',') ?? PARTS) as readonly Part[];
  const unknown = only.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new UsageError(`--only 只能是 ${PARTS.join('、')}，而不是 ${unknown}`);
  const statutes = values.statutes ?? process.env.STATUTES_DIR;
  if (statutes && !existsSync(statutes)) throw new UsageError(`找不到法规文件夹 ${statutes}`);
  const number = (name: string, value: string | undefined, otherwise: number) => {
    const given = Number(value ?? otherwise);
    if (!(given > 0)) throw new UsageError(`--${name} 须是大于 0 的数`);
    return given;
  };
  return {
    statutes: statutes || undefined,
    statutesIndex: values['statutes-index'],
    only: new Set(only),
    limitMs: 1000 * number('limit', values.limit, 120),
    seconds: number('seconds', values.seconds, 5),
  };
}
