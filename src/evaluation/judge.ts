/**
 * An optional second opinion: a chat model that judges whether each statement follows from the quotes it cites.
 *
 * Off unless EVAL_JUDGE_BASE_URL and EVAL_JUDGE_MODEL are set. Its figure is reported apart and gates nothing: a
 * model's judgement drifts with the model.
 * @module
 */
import { z } from 'zod';
import { readPrompt } from '../models/prompts.ts';
import type { CaseResult } from './score.ts';
import type { Statement } from './statements.ts';
import { statementsOf } from './statements.ts';
import type { Interval } from './statistics.ts';
import { bootstrap, mean } from './statistics.ts';

/** An OpenAI-compatible endpoint. */
export interface JudgeEndpoint {
  readonly baseUrl: string;
  readonly key?: string;
  readonly model: string;
}

/** What the judge found. */
export interface Judgement {
  readonly model: string;
  /** Share of statements found supported, over questions; undefined when nothing was judged. */
  readonly faithfulness?: number;
  readonly interval?: Interval;
  readonly questions: number;
  readonly statements: number;
  /** Questions for which the endpoint failed or gave no usable answer. */
  readonly failed: number;
  readonly unsupported: readonly { readonly id: string; readonly statement: string }[];
}

/** The endpoint the environment names, if any. */
export function judgeFrom(env: Readonly<Record<string, string | undefined>>): JudgeEndpoint | undefined {
  const { EVAL_JUDGE_BASE_URL: baseUrl, EVAL_JUDGE_KEY: key, EVAL_JUDGE_MODEL: model } = env;
  if (!baseUrl || !model) return undefined;
  return { baseUrl: baseUrl.replace(/\/+$/, ''), model, ...(key && { key }) };
}

const replySchema = z.object({ supported: z.array(z.boolean()) });

/** Judges every answered question; an endpoint that fails costs that question its judgement, nothing else. */
export async function judge(
  results: readonly CaseResult[],
  endpoint: JudgeEndpoint,
  options: { readonly jobs?: number; readonly timeoutMs?: number } = {},
): Promise<Judgement> {
  const { jobs = 4, timeoutMs = 60_000 } = options;
  const { system } = readPrompt('judge');
  const queue = results.filter((r) => r.answer?.status === 'answered');
  const shares: number[] = [];
  const unsupported: { id: string; statement: string }[] = [];
  let judged = 0;
  let failed = 0;
  let next = 0;
  const work = async () => {
    while (next < queue.length) {
      const { answer, entry } = queue[next++] as CaseResult;
      if (!answer) continue;
      const statements = statementsOf(answer.answer, new Set(answer.citations.map((c) => c.n)));
      if (statements.length === 0) continue;
      const quotes = new Map(answer.citations.map((c) => [c.n, `${c.path.join(' › ')}：${c.quote}`]));
      const verdicts = await askJudge(endpoint, system, statements, quotes, timeoutMs).catch(() => undefined);
      if (verdicts?.length !== statements.length) {
        failed++;
        continue;
      }
      judged += statements.length;
      shares.push(verdicts.filter(Boolean).length / verdicts.length);
      statements.forEach(({ text }, i) => {
        // A held-out question's answer gives the question away.
        if (!verdicts[i]) unsupported.push({ id: entry.id, statement: entry.half === 'heldout' ? '' : text });
      });
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const faithfulness = mean(shares);
  const interval = bootstrap(shares);
  return {
    model: endpoint.model,
    ...(faithfulness !== undefined && { faithfulness }),
    ...(interval && { interval }),
    questions: shares.length,
    statements: judged,
    failed,
    unsupported,
  };
}

async function askJudge(
  { baseUrl, key, model }: JudgeEndpoint,
  system: string,
  statements: readonly Statement[],
  quotes: ReadonlyMap<number, string>,
  timeoutMs: number,
): Promise<boolean[]> {
  const content = JSON.stringify({
    statements: statements.map(({ text, cites }) => ({
      text,
      quotes: cites.flatMap((n) => quotes.get(n) ?? []),
    })),
  });
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({
      model,
      temperature: 0,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content },
      ],
    }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const json = (await response.json()) as { choices?: { message?: { content?: string } }[] };
  const reply = json.choices?.[0]?.message?.content ?? '';
  const object = reply.slice(reply.indexOf('{'), reply.lastIndexOf('}') + 1);
  return replySchema.parse(JSON.parse(object)).supported;
}
