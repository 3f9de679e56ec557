/**
 * `npm run eval`: runs suites, reports, and says by its exit code whether the gate holds.
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { add, exportBad, external, importFile, lint, schema } from './commands.ts';
import type { Run } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { baselineOf, checkThresholds, compare, readBaseline, readThresholds, verdict } from './gate.ts';
import { judge, judgeFrom } from './judge.ts';
import type { RunOptions } from './options.ts';
import {
  HELP,
  isFiltered,
  parseOptions,
  STATUTES_DIR,
  SUITE_DIR,
  select,
  suitesOf,
  UsageError,
} from './options.ts';
import { progressBar } from './progress.ts';
import { failuresAsText, runAsText, verdictAsText } from './report/terminal.ts';
import { writeReports } from './report/write.ts';
import { withDocuments } from './statutes.ts';
import { loadSuites, SuiteError } from './suite.ts';
import type { Command, Surroundings } from './surroundings.ts';
import { realSurroundings } from './surroundings.ts';
import { watch } from './watch.ts';

const THRESHOLDS_FILE = join(SUITE_DIR, 'thresholds.yaml');
const BASELINE_FILE = join(SUITE_DIR, 'baseline.json');

const COMMANDS: Readonly<Record<string, Command>> = {
  run: runSuites,
  baseline,
  lint,
  add,
  'export-bad': exportBad,
  import: importFile,
  external,
  statutes,
  schema,
};

/** Runs the command. @returns the exit code: 0 the gate holds, 1 it does not, 2 wrong usage or a broken suite */
export async function main(argv: readonly string[], own: Partial<Surroundings> = {}): Promise<number> {
  const world: Surroundings = { ...realSurroundings(), ...own };
  try {
    const [first = '', ...rest] = argv;
    const command = Object.hasOwn(COMMANDS, first) ? first : undefined;
    const options = parseOptions(command ? rest : argv);
    if (options.help) {
      world.print(HELP);
      return 0;
    }
    if (options.watch)
      return await watch(argv, [...suitesOf(options), 'src', options.corpus ?? 'corpus', 'prompts']);
    return await (COMMANDS[command ?? 'run'] as Command)(options, world);
  } catch (error) {
    if (error instanceof UsageError) {
      world.complain(`${error.message}\n用法见 npm run eval -- --help`);
      return 2;
    }
    if (error instanceof SuiteError) {
      world.complain(`套件有误：\n${error.message}`);
      return 2;
    }
    throw error;
  }
}

/** Runs suites, writes the reports and holds them against the thresholds and the baseline. */
async function runSuites(options: RunOptions, world: Surroundings): Promise<number> {
  const isOwn = options.suites.length === 0;
  const limits = options.thresholds ?? (isOwn ? THRESHOLDS_FILE : undefined);
  const before = options.baseline ?? (isOwn && existsSync(BASELINE_FILE) ? BASELINE_FILE : undefined);
  // Read before the questions are asked: a mistyped name should not cost a run.
  const thresholds = limits && options.gate ? readThresholds(limits) : [];
  const baseline = before ? readBaseline(before) : undefined;
  const run = await runOf(options, world);
  const held = verdict(
    checkThresholds(run.results, thresholds, isFiltered(options)),
    baseline && before ? compare(run, baseline, before) : undefined,
  );
  world.print(runAsText(run));
  const failures = failuresAsText(run.results, options);
  if (failures !== '') world.print(failures);
  const files = writeReports(run, held, options);
  world.print(`\n${verdictAsText(held, options.reveal)}\n报告：${files.join('  ')}`);
  return held.isHeld || !options.gate ? 0 : 1;
}

/**
 * Runs a suite with documents of its own, by default the one over statutes, on a temporary corpus of them. Reports
 * go into a folder of their own, so that those of the corpus stay.
 */
async function statutes(options: RunOptions, world: Surroundings): Promise<number> {
  const { from, suites, baseUrl, out } = options;
  const [dir = STATUTES_DIR, ...more] = suites;
  if (from === undefined || more.length > 0) {
    throw new UsageError('statutes 需要 --from：解开的法规文件夹，或 tar 档案');
  }
  if (baseUrl) throw new UsageError('statutes 自建临时索引，不能与 --base-url 同用');
  const limits = join(dir, 'thresholds.yaml');
  return withDocuments(dir, from, async ({ corpus, index }) => {
    const there = { ...options, suites: [dir], corpus, index };
    const quiet = { ...world, print: world.complain };
    if ((await lint(there, quiet)) !== 0) return 2;
    const thresholds = options.thresholds ?? (existsSync(limits) ? limits : undefined);
    return runSuites({ ...there, out: join(out, basename(dir)), ...(thresholds && { thresholds }) }, world);
  });
}

/** Runs the suites and puts the result down as the new baseline; deliberately, never as part of a run. */
async function baseline(options: RunOptions, world: Surroundings): Promise<number> {
  if (isFiltered(options) || options.half !== 'all') {
    throw new UsageError('基线须包含整个套件，不能与 --kind、--plan、--tag、--id、--half 同用');
  }
  const file = options.write ?? options.baseline ?? BASELINE_FILE;
  const previous = existsSync(file) ? readBaseline(file) : undefined;
  const run = await runOf(options, world);
  writeFileSync(file, baselineOf(run));
  world.print(runAsText(run));
  if (previous) world.print(`\n${verdictAsText(verdict([], compare(run, previous, file)), options.reveal)}`);
  world.print(`\n已写入新的基线 ${file}。提交前请看一遍它的差异。`);
  return 0;
}

async function runOf(options: RunOptions, world: Surroundings): Promise<Run> {
  for (const path of suitesOf(options)) {
    if (!existsSync(path)) throw new UsageError(`找不到套件 ${path}`);
  }
  const all = loadSuites(suitesOf(options));
  const cases = select(all, options);
  const drafts = all.filter((c) => c.review === 'pending').length;
  if (drafts > 0) world.complain(`${drafts} 个条目待确认（review: pending），不参加本次运行。`);
  if (cases.length === 0) throw new UsageError('没有符合条件的问题');
  const target = await world.open(options);
  const bar = progressBar(cases.length * options.repeat, world.isTerminal && !options.ci);
  let run: Run;
  try {
    run = await evaluate(cases, target, {
      repeat: options.repeat,
      ...(options.jobs !== undefined && { jobs: options.jobs }),
      onDone: bar.update,
    });
  } finally {
    bar.stop();
    await target.close();
  }
  const endpoint = judgeFrom(world.env);
  return endpoint ? { ...run, judgement: await judge(run.results, endpoint) } : run;
}
