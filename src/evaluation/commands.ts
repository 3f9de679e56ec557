/**
 * The subcommands of `npm run eval` beside running suites.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bindPlans } from './evaluate.ts';
import type { ExternalFormat } from './external.ts';
import { readExternal, runExternal } from './external.ts';
import {
  appendEntries,
  exportBad as badRecords,
  draftFrom,
  listProblems,
  readLog,
  recordSchema,
} from './grow.ts';
import { lintCase, lintSuites } from './lint.ts';
import type { RunOptions } from './options.ts';
import { SUITE_DIR, suitesOf, UsageError } from './options.ts';
import { progressBar } from './progress.ts';
import { runAsText } from './report/terminal.ts';
import { suiteJsonSchema } from './schema.ts';
import { importTable } from './spreadsheet.ts';
import type { Problem } from './suite.ts';
import { formatProblem, SuiteError } from './suite.ts';
import type { Surroundings } from './surroundings.ts';
import { loadTexts } from './target.ts';

/** Checks suites against the plans without asking anything. */
export async function lint(options: RunOptions, world: Surroundings): Promise<number> {
  for (const path of suitesOf(options)) {
    if (!existsSync(path)) throw new UsageError(`找不到套件 ${path}`);
  }
  const target = await world.open({ ...options, jobs: 1 });
  try {
    const { cases, problems } = lintSuites(suitesOf(options), await target.plans(), await loadTexts(target));
    for (const problem of problems) world.print(formatProblem(problem));
    const errors = problems.filter((p) => p.severity === 'error').length;
    world.print(`${cases.length} 个条目，${errors} 个错误，${problems.length - errors} 个警告`);
    return errors > 0 ? 1 : 0;
  } finally {
    await target.close();
  }
}

/** Prints the JSON Schema of an entry. */
export async function schema(_options: RunOptions, world: Surroundings): Promise<number> {
  world.print(JSON.stringify(suiteJsonSchema(), null, 2));
  return 0;
}

/** Logged questions → drafts at the end of a suite. */
export async function add(options: RunOptions, world: Surroundings): Promise<number> {
  const { question, answerJson } = options;
  if ((question === undefined) === (options.suites.length === 0)) {
    throw new UsageError('add 要么给出 JSONL 记录文件，要么用 --question（和 --answer-json）');
  }
  for (const file of [...options.suites, ...(answerJson ? [answerJson] : [])]) {
    if (!existsSync(file)) throw new UsageError(`找不到文件 ${file}`);
  }
  const records =
    question === undefined
      ? readLog(options.suites)
      : [
          recordSchema.parse({
            question,
            rating: 'up',
            ...(answerJson && { answer: readAnswer(answerJson) }),
          }),
        ];
  const drafts = records.map(draftFrom).filter((draft) => draft !== undefined);
  const file = options.write ?? join(SUITE_DIR, 'development', 'logged.jsonl');
  const { written, skipped } = appendEntries(file, drafts, existsSync(SUITE_DIR) ? [SUITE_DIR] : []);
  for (const id of written) world.print(`${file}  ${id}`);
  if (skipped.length > 0) world.print(`${skipped.length} 个已在套件里，未重复加入。`);
  world.print(
    `加入 ${written.length} 个待确认的条目。请核对问题、gold 与 must，再删去 "review": "pending"；在此之前 lint 不放行，运行不包括它们。`,
  );
  return 0;
}

function readAnswer(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} 不是 JSON：${(error as Error).message}`);
  }
}

/** Bad-rated questions of a feedback log, as JSONL on stdout or in `--write`. */
export async function exportBad(options: RunOptions, world: Surroundings): Promise<number> {
  if (options.suites.length === 0) throw new UsageError('export-bad 需要反馈记录（JSONL）');
  for (const file of options.suites) {
    if (!existsSync(file)) throw new UsageError(`找不到文件 ${file}`);
  }
  const lines = badRecords(readLog(options.suites));
  if (options.write) {
    writeFileSync(options.write, lines);
    world.print(`${lines.split('\n').length - 1} 个问题写入 ${options.write}`);
  } else if (lines !== '') world.print(lines.trimEnd());
  return 0;
}

/** A table of questions → entries; all rows are checked first, and nothing is written if one is wrong. */
export async function importFile(options: RunOptions, world: Surroundings): Promise<number> {
  const [file, ...more] = options.suites;
  if (file === undefined || more.length > 0) throw new UsageError('import 需要一个 .csv 或 .xlsx 文件');
  if (!existsSync(file)) throw new UsageError(`找不到文件 ${file}`);
  const { entries, cases, problems } = await importTable(file);
  const found: Problem[] = [...problems];
  const target = await world.open({ ...options, jobs: 1 });
  try {
    const texts = await loadTexts(target);
    const bound = bindPlans(cases, await target.plans());
    found.push(...bound.flatMap((entry) => lintCase(entry, texts)));
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    found.push(...error.problems);
  } finally {
    await target.close();
  }
  found.sort((a, b) => a.line - b.line);
  if (found.length > 0) world.print(listProblems(found));
  if (found.some((p) => p.severity === 'error')) {
    world.print('有错误（冒号后的数字是行号），没有写入任何条目。');
    return 1;
  }
  const name = basename(file).replace(/\.[^.]*$/, '.jsonl');
  const to = options.write ?? join(SUITE_DIR, 'development', name);
  const { written, skipped } = appendEntries(to, entries, existsSync(SUITE_DIR) ? [SUITE_DIR] : []);
  world.print(
    `${written.length} 个条目写入 ${to}${skipped.length > 0 ? `；${skipped.length} 个编号已在套件里，未重复写入` : ''}`,
  );
  return 0;
}

/** CMRC 2018 or RGB data from a file. */
export async function external(options: RunOptions, world: Surroundings): Promise<number> {
  const [file, ...more] = options.suites;
  const { format = 'squad', limit } = options;
  if (file === undefined || more.length > 0) throw new UsageError('external 需要一个数据文件');
  if (!existsSync(file)) throw new UsageError(`找不到文件 ${file}`);
  if (!['squad', 'rgb', 'rgb-refusal'].includes(format)) {
    throw new UsageError(`--format 应为 squad、rgb 或 rgb-refusal，而不是 ${format}`);
  }
  if (options.baseUrl) throw new UsageError('external 自建临时索引，不能与 --base-url 同用');
  const set = readExternal(file, format as ExternalFormat, limit);
  world.complain(`${set.documents.length} 篇文档，${set.cases.length} 个问题`);
  const bar = progressBar(set.cases.length, world.isTerminal && !options.ci);
  const report = await runExternal(set, (corpus, index) => world.open({ corpus, index }), bar.update).finally(
    bar.stop,
  );
  world.print(runAsText(report.run));
  const figures = {
    accuracy: report.accuracy,
    'exact match': report.exactMatch,
    F1: report.f1,
    rejection: report.rejection,
  };
  const shown = Object.entries(figures).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${(value * 100).toFixed(1)}%`],
  );
  world.print(`\n${format}：${shown.join('  ')}`);
  return 0;
}
