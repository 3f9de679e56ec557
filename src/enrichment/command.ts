/**
 * `npm run enrich`: says what it will cost, asks, makes, and can be broken off at any time.
 * @module
 */
import { createInterface } from 'node:readline/promises';
import { SingleBar } from 'cli-progress';
import type { Config } from '../config.ts';
import { isConfigured } from '../models/endpoint.ts';
import { readPrompt } from '../models/prompts.ts';
import type { Estimate } from './estimate.ts';
import { estimate } from './estimate.ts';
import { survey } from './lacking.ts';

/** The command's options, for `parseArgs`. */
export const ENRICH_OPTIONS = {
  plan: { type: 'string', multiple: true },
  limit: { type: 'string' },
  jobs: { type: 'string' },
  'price-in': { type: 'string' },
  'price-out': { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `parseArgs` makes of {@link ENRICH_OPTIONS}. */
export interface EnrichArguments {
  readonly plan?: string[] | undefined;
  readonly limit?: string | undefined;
  readonly jobs?: string | undefined;
  readonly 'price-in'?: string | undefined;
  readonly 'price-out'?: string | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** Arguments that cannot be carried out; the message is one line in Chinese. */
export class EnrichError extends Error {
  override readonly name = 'EnrichError';
}

/**
 * Runs the command. @returns 1 if there is no model, something is left undone or the person says no; else 0
 * @throws EnrichError, CorpusError, EnrichmentError
 */
export async function enrich(
  config: Config,
  values: EnrichArguments,
  { print, note }: { readonly print: (line: string) => unknown; readonly note: (line: string) => void },
): Promise<number> {
  const limit = positive('limit', values.limit);
  const jobs = positive('jobs', values.jobs);
  const prices = { in: price('price-in', values['price-in']), out: price('price-out', values['price-out']) };
  const found = await survey(config.corpusDir, note);
  for (const { file, message } of found.skipped) note(`跳过 ${file}：${message}`);
  const ids = found.plans.map(({ facts }) => facts.id);
  const unknown = values.plan?.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new EnrichError(`没有规划“${unknown}”；可用的有 ${ids.join('、')}。`);
  const wanted = found.lacking.filter(({ plan }) => values.plan?.includes(plan.facts.id) ?? true);
  const chosen = wanted.slice(0, limit ?? wanted.length);
  const prompt = readPrompt('enrich');
  const { chat } = config;

  print(`${found.passages} 个段落，${found.lacking.length} 个还没有检索辅助。`);
  if (chosen.length === 0) {
    print('没有要做的。');
    return 0;
  }
  print(describe(estimate(chosen, prompt, prices)));
  if (values['dry-run']) return 0;
  if (!isConfigured(chat)) {
    note(
      '写检索辅助需要一个对话模型：请设 CHAT_BASE_URL（OpenAI 兼容接口的地址）、CHAT_MODEL（模型名称），需要时再设 CHAT_API_KEY，然后重新运行。没有检索辅助也能回答，只是换了说法的问题会难找一些。',
    );
    return 1;
  }
  if (!values.yes && process.stdin.isTTY && !(await confirmed(`由 ${chat.model} 来写，开始吗？[y/N] `))) {
    note('没有开始。');
    return 1;
  }
  const { makeEnrichment } = await import('./make.ts');
  const bar = showBar(chosen.length, note);
  const made = await makeEnrichment(chosen, {
    corpusDir: config.corpusDir,
    endpoint: chat,
    prompt,
    jobs,
    onProgress: bar.update,
    log: bar.log,
  }).finally(bar.stop);
  for (const { label, message } of made.failed.slice(0, 10)) note(`没有成功：${label}：${message}`);
  if (made.done > 0) print(`写好 ${made.done} 个段落的检索辅助；运行 npm run ingest 后生效。`);
  if (made.stopped !== undefined) {
    note(`已停下：${made.stopped} 已写好的都保留着，改好后再运行 npm run enrich 会接着做。`);
    return 1;
  }
  if (made.failed.length > 0)
    note(`${made.failed.length} 个段落没有成功；再运行一次 npm run enrich 会只做这些。`);
  return made.failed.length > 0 ? 1 : 0;
}

function describe({ passages, tokensIn, tokensOut, price }: Estimate): string {
  const thousands = (n: number) => `${Math.max(1, Math.round(n / 1000))} 千`;
  const cost =
    price === undefined
      ? '（用 --price-in、--price-out 给出每百万词元的价格，可估算费用）'
      : `，按所给价格约 ${price.toFixed(2)}`;
  return `这次做 ${passages} 个，约发出 ${thousands(tokensIn)}词元，收回 ${thousands(tokensOut)}词元${cost}。`;
}

function positive(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new EnrichError(`--${name} 应为正整数。`);
  return Number(value);
}

function price(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(value))
    throw new EnrichError(`--${name} 应为每百万词元的价格，例如 2 或 0.5。`);
  return Number(value);
}

async function confirmed(question: string): Promise<boolean> {
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(?:y|yes|是|好)$/i.test((await line.question(question)).trim());
  } finally {
    line.close();
  }
}

/** Progress, and what delays it, on stderr: a bar on a terminal, elsewhere a line every two seconds. */
function showBar(total: number, note: (line: string) => void) {
  let shownAt = Date.now();
  let told = '';
  /** Several passages wait for the same reason. */
  const once = (line: string, show: (line: string) => void) => {
    if (line !== told) show(line);
    told = line;
  };
  if (!process.stderr.isTTY) {
    return {
      update(done: number, failed: number) {
        if (Date.now() - shownAt < 2000 && done + failed < total) return;
        shownAt = Date.now();
        note(`已写 ${done}/${total}${failed > 0 ? `，${failed} 个没有成功` : ''}`);
      },
      log: (line: string) => once(line, note),
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: '写检索辅助 {bar} {value}/{total} 没有成功 {failed} 约剩 {eta_formatted}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    hideCursor: false,
  });
  bar.start(total, 0, { failed: 0 });
  return {
    update: (done: number, failed: number) => bar.update(done + failed, { failed }),
    // Over the bar, which is drawn again below.
    log: (line: string) => once(line, (shown) => note(`\r\x1b[K${shown}`)),
    stop: () => bar.stop(),
  };
}
