/**
 * Makes the enrichment of passages with a chat model, several at a time; each is kept as soon as it is made.
 * @module
 */
import type { ModelEndpoint } from '../config.ts';
import { chatModel } from '../models/chat.ts';
import type { Named } from '../models/fault.ts';
import { EndpointError, faultOf } from '../models/fault.ts';
import type { Patience } from '../models/patience.ts';
import { PATIENT, patiently } from '../models/patience.ts';
import type { ChatMessage, Prompt } from '../models/prompts.ts';
import { fillPrompt, newFence } from '../models/prompts.ts';
import type { Lacking } from './lacking.ts';
import { append } from './lacking.ts';
import type { Aids } from './reply.ts';
import { aidsFrom, ReplyError } from './reply.ts';

/** Passages at a time, unless told otherwise. */
const JOBS = 4;
/** A whole record may take this many times as long as a person waits for an answer. */
const TIMES = 4;
/** Passages that may fail one after the other before it is no use to go on. */
const FAILURES = 5;

/** What to make, with what, and how. */
export interface MakeOptions {
  readonly corpusDir: string;
  readonly endpoint: ModelEndpoint & { readonly baseUrl: string; readonly model: string };
  readonly prompt: Prompt;
  readonly jobs?: number | undefined;
  readonly patience?: Patience | undefined;
  /** After every passage: how many are done and how many have failed. */
  readonly onProgress?: (done: number, failed: number) => void;
  /** Is told when the endpoint makes it wait. */
  readonly log?: (line: string) => void;
}

/** What came of it. */
export interface Made {
  readonly done: number;
  /** Passages for which the model gave nothing of use; a later run tries them again. */
  readonly failed: readonly { readonly label: string; readonly message: string }[];
  /** Why it was given up before the end. */
  readonly stopped?: string;
}

/** Makes the enrichment of passages. Never throws for what the model or its endpoint does. */
export async function makeEnrichment(lacking: readonly Lacking[], options: MakeOptions): Promise<Made> {
  const { corpusDir, endpoint, prompt, jobs = JOBS, patience = PATIENT, onProgress, log } = options;
  const by = `${endpoint.model} enrich@${prompt.version}`;
  const ask = askerOf(endpoint, patience, log);
  const failed: { label: string; message: string }[] = [];
  let done = 0;
  let next = 0;
  let inARow = 0;
  let stopped: string | undefined;
  const work = async () => {
    while (next < lacking.length && stopped === undefined) {
      const one = lacking[next++] as Lacking;
      try {
        append(corpusDir, one, await aidsOf(one, prompt, ask), by);
        done++;
        inARow = 0;
      } catch (error) {
        if (!(error instanceof EndpointError || error instanceof ReplyError)) throw error;
        failed.push({ label: `${one.plan.facts.id} ${one.passage.label}`, message: error.message });
        inARow++;
        if (error instanceof EndpointError && !error.transient) stopped ??= error.message;
        else if (inARow >= FAILURES) stopped ??= `接连 ${inARow} 个段落没有成功，最后一个：${error.message}`;
      }
      onProgress?.(done, failed.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, lacking.length) }, work));
  return { done, failed, ...(stopped === undefined ? {} : { stopped }) };
}

type Ask = (messages: readonly ChatMessage[]) => Promise<string>;

/** Asks the endpoint, patiently. Whatever fails is an EndpointError. */
function askerOf(endpoint: MakeOptions['endpoint'], patience: Patience, log?: (line: string) => void): Ask {
  const timeoutMs = (endpoint.timeoutMs ?? 30_000) * TIMES;
  const model = chatModel(endpoint, { timeoutMs });
  const named: Named = { what: '对话接口', prefix: 'CHAT', baseUrl: endpoint.baseUrl };
  const policy = patiently(patience, log);
  return (messages) =>
    policy.execute(async () => {
      try {
        const told = messages.map(({ role, content }): [string, string] => [role, content]);
        const reply = await model.invoke(told, { signal: AbortSignal.timeout(timeoutMs) });
        return reply.text;
      } catch (error) {
        throw faultOf(named, error);
      }
    });
}

/** The enrichment of a passage; a reply that cannot be used is asked for once more, with the reason. */
async function aidsOf({ plan, passage }: Lacking, prompt: Prompt, ask: Ask): Promise<Aids> {
  const messages = fillPrompt(prompt, {
    fence: newFence(),
    place: [plan.facts.title, ...passage.path, passage.context].filter(Boolean).join(' › '),
    passage: passage.text,
  });
  try {
    return aidsFrom(await ask(messages), passage);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    const again: ChatMessage = {
      role: 'user',
      content: `上一次的回答不能用：${error.message}。请只输出所要求的 JSON 对象。`,
    };
    return aidsFrom(await ask([...messages, again]), passage);
  }
}
