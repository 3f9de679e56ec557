/**
 * The command line of `npm run eval`.
 * @module
 */
import { parseArgs } from 'node:util';
import type { SuiteCase } from './suite.ts';
import { KINDS } from './suite.ts';

/** A command line that cannot be understood; the message says what is wrong and how to ask for help. */
export class UsageError extends Error {}

/** How suites are run, as the command line says. */
export interface RunOptions {
  readonly suites: readonly string[];
  readonly baseUrl?: string;
  readonly baseline?: string;
  readonly kinds: readonly string[];
  readonly plans: readonly string[];
  readonly tags: readonly string[];
  readonly ids: readonly string[];
  readonly half: 'development' | 'heldout' | 'all';
  readonly out: string;
  readonly repeat: number;
  readonly jobs?: number;
  readonly watch: boolean;
  readonly ci: boolean;
  readonly reveal: boolean;
  readonly gate: boolean;
  readonly failures: number;
  readonly thresholds?: string;
  readonly corpus?: string;
  readonly index?: string;
  readonly from?: string;
  readonly format?: string;
  readonly limit?: number;
  readonly question?: string;
  readonly answerJson?: string;
  readonly write?: string;
  readonly quiet: boolean;
  readonly help: boolean;
}

/** Where the project's own suites lie. */
export const SUITE_DIR = 'tests/regression';

/** Where the suite over statutes lies. */
export const STATUTES_DIR = `${SUITE_DIR}/statutes`;

export const HELP = `npm run eval -- [套件…] [选项]            运行回归套件（默认 ${SUITE_DIR}）
npm run eval -- lint [套件…]              检查套件：格式、重复编号、引文是否在原文里、要点能否达到
npm run eval -- baseline [选项]           运行并把结果写成新的基线 ${SUITE_DIR}/baseline.json
npm run eval -- add 记录.jsonl            把带反馈的提问记录变成待确认的套件条目（review: pending）
                --question 问题 --answer-json 答案.json
npm run eval -- export-bad 反馈.jsonl     导出被评为“没帮助”的问题
npm run eval -- import 表格.csv|.xlsx     从表格导入条目，逐行报告错误
npm run eval -- external 文件 --format squad|rgb [--limit N]
                                          CMRC2018（SQuAD 格式）或 RGB 格式的外部数据
npm run eval -- statutes --from 文件夹|档案
                                          法规套件 ${STATUTES_DIR}（法规不在仓库里，从解开的文件夹或 tar 档案取）
npm run eval -- schema                    打印条目的 JSON Schema

选择问题  --kind K  --plan ID  --tag T  --id ID（均可重复，--id 可用 * 通配）  --half development|heldout|all
对象      --base-url URL（运行中的服务；默认在本进程内）  --corpus DIR  --index DIR  --jobs N
结果      --out DIR（默认 reports/eval）  --baseline 文件  --thresholds 文件  --failures N（终端列出几个，默认 10）
          --reveal（写出留出题的内容；调优时不要看）  --no-gate（不按门槛与基线判定）  --ci（纯文本，无进度条）
其他      --repeat N（每题问几次）  --watch（文件变动后重跑）  --write 文件（add、import、export-bad 写到哪里）
退出码    0 达标；1 未达门槛，或基线里通过的问题不再通过；2 用法或套件有误`;

/** Parses the command line after the subcommand. */
export function parseOptions(argv: readonly string[]): RunOptions {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const half = values.half ?? 'all';
  if (half !== 'development' && half !== 'heldout' && half !== 'all') {
    throw new UsageError(`--half 应为 development、heldout 或 all，而不是 ${half}`);
  }
  const kinds = list(values.kind);
  for (const kind of kinds) {
    if (!(KINDS as readonly string[]).includes(kind)) {
      throw new UsageError(`没有 ${kind} 这一类问题；有的是 ${KINDS.join('、')}`);
    }
  }
  const jobs = whole('--jobs', values.jobs);
  const limit = whole('--limit', values.limit);
  return {
    suites: positionals,
    kinds,
    plans: list(values.plan),
    tags: list(values.tag),
    ids: list(values.id),
    half,
    out: values.out ?? 'reports/eval',
    repeat: whole('--repeat', values.repeat) ?? 1,
    watch: values.watch ?? false,
    ci: values.ci ?? false,
    reveal: values.reveal ?? false,
    gate: !(values['no-gate'] ?? false),
    failures: values.failures === '0' ? 0 : (whole('--failures', values.failures) ?? 10),
    quiet: values.quiet ?? false,
    help: values.help ?? false,
    ...(jobs !== undefined && { jobs }),
    ...(limit !== undefined && { limit }),
    ...(values['base-url'] && { baseUrl: url(values['base-url']) }),
    ...(values.baseline && { baseline: values.baseline }),
    ...(values.thresholds && { thresholds: values.thresholds }),
    ...(values.corpus && { corpus: values.corpus }),
    ...(values.index && { index: values.index }),
    ...(values.from && { from: values.from }),
    ...(values.format && { format: values.format }),
    ...(values.question && { question: values.question }),
    ...(values['answer-json'] && { answerJson: values['answer-json'] }),
    ...(values.write && { write: values.write }),
  };
}

function parse(argv: readonly string[]) {
  const one = { type: 'string' } as const;
  const many = { type: 'string', multiple: true } as const;
  const flag = { type: 'boolean' } as const;
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'base-url': one,
      baseline: one,
      kind: many,
      plan: many,
      tag: many,
      id: many,
      half: one,
      out: one,
      repeat: one,
      jobs: one,
      watch: flag,
      ci: flag,
      reveal: flag,
      'no-gate': flag,
      failures: one,
      thresholds: one,
      corpus: one,
      index: one,
      from: one,
      format: one,
      limit: one,
      question: one,
      'answer-json': one,
      write: one,
      quiet: flag,
      help: { type: 'boolean', short: 'h' },
    },
  });
}

/** The cases the options select; drafts are never among them. */
export function select(cases: readonly SuiteCase[], options: RunOptions): SuiteCase[] {
  const ids = options.ids.map((id) => {
    const pattern = id.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${pattern.join('.*')}$`);
  });
  return cases.filter(
    (c) =>
      c.review !== 'pending' &&
      (options.half === 'all' || c.half === options.half) &&
      (options.kinds.length === 0 || options.kinds.includes(c.kind)) &&
      (options.tags.length === 0 || c.tags.some((tag) => options.tags.includes(tag))) &&
      (options.plans.length === 0 ||
        [...c.gold.map((g) => g.plan), ...c.plans].some((plan) => options.plans.includes(plan))) &&
      (ids.length === 0 || ids.some((id) => id.test(c.id))),
  );
}

/** The suites the options name, or the project's own. */
export function suitesOf(options: Pick<RunOptions, 'suites'>): readonly string[] {
  return options.suites.length > 0 ? options.suites : [SUITE_DIR];
}

/** Whether the options leave questions out, so that figures over the whole suite mean nothing. */
export function isFiltered(options: RunOptions): boolean {
  return options.kinds.length + options.tags.length + options.plans.length + options.ids.length > 0;
}

const list = (values: readonly string[] | undefined) =>
  (values ?? [])
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((v) => v !== '');

function whole(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new UsageError(`${name} 应为正整数，而不是 ${value}`);
  return Number(value);
}

function url(value: string): string {
  if (!URL.canParse(value) || !/^https?:/.test(value)) {
    throw new UsageError(`--base-url 应为完整的网址，例如 http://127.0.0.1:8787，而不是 ${value}`);
  }
  return value;
}
