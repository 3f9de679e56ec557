/**
 * The generated answer: a model writes from passages, every sentence is checked before anyone sees it, what fails is
 * asked for once more, and what cannot be had is given as the plans print it.
 * @module
 */
import type { OpenIndex } from '../../index/open.ts';
import type { Chat, ChatFailure } from '../../models/guarded.ts';
import { ChatError } from '../../models/guarded.ts';
import { fillPrompt, newFence, readPrompt } from '../../models/prompts.ts';
import type { Hit } from '../../retrieval/search.ts';
import type { Composed } from '../compose.ts';
import type { Citation } from '../types.ts';
import type { Ground } from './grounds.ts';
import { groundsOf, lexiconOf } from './grounds.ts';
import { passagesWithin, printPassages } from './material.ts';
import { newOutput } from './output.ts';
import type { Piece } from './reader.ts';
import { replyReader } from './reader.ts';
import { repairSentences } from './repair.ts';
import { rowReader } from './rows.ts';
import { isHollow } from './statement.ts';
import type { Verdict } from './verify.ts';
import { verifySentence } from './verify.ts';

/** What an answer is written from. */
export interface Draft {
  readonly question: string;
  /** What is given when the model fails. */
  readonly extractive: Composed;
  /** Best first; those the extractive answer cites are given to the model before the others. */
  readonly hits: readonly Hit[];
  readonly index: OpenIndex;
}

/** Who waits for it. */
export interface Waiting {
  /** Milliseconds of the model's time that this question has taken already. */
  readonly spentMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Gets checked text only; the pieces joined are the answer. */
  readonly onText: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

/** An answer, generated if `model` is given. */
export interface Written extends Composed {
  readonly model?: string;
  readonly notices: readonly string[];
}

/** Writes an answer. @throws the signal's reason if it is aborted; nothing else */
export type Writer = (draft: Draft, waiting: Waiting) => Promise<Written>;

/** What the model says when the passages do not answer. */
const NOT_ANSWERED = '资料未答';
/** At least this share of the model's sentences must stand, or the answer is the extractive one. */
const SUBSTANCE = 0.5;
/** Below this many milliseconds there is no asking again. */
const REPAIR_MIN_MS = 500;

const FAILED: Record<ChatFailure, string> = {
  timeout: '对话模型没有在规定时间内答完',
  unreachable: '连不上对话模型',
  rate_limited: '对话模型眼下请求过多',
  server_error: '对话模型出了故障',
  refused: '对话模型拒绝了请求，请管理员检查 CHAT_API_KEY 和 CHAT_MODEL',
  cut_off: '对话模型的回答中途断了',
  nonsense: '对话模型没有给出可用的回答',
  resting: '对话模型连续出错，暂停使用一会儿',
};
const QUOTED = '，这里是原文摘录。';
const QUOTED_REST = '，其余部分改用原文摘录。';

interface Item {
  readonly piece: Piece;
  verdict: Verdict;
}

/** A writer with this model: `timeoutMs` for everything it is asked, `contextTokens` for the passages. */
export function modelWriter(
  chat: Chat,
  { timeoutMs, contextTokens }: { readonly timeoutMs: number; readonly contextTokens: number },
): Writer {
  const prompt = readPrompt('answer');
  return async (draft, { spentMs, signal, onText, onStatus }) => {
    const { index, extractive } = draft;
    const until = performance.now() + timeoutMs - spentMs;
    const lexicon = lexiconOf(index);
    const passages = passagesWithin(citedFirst(draft.hits, extractive.citations), index, contextTokens);
    let readGrounds: Map<number, readonly Ground[]> | undefined;
    const grounds = () => {
      readGrounds ??= new Map(passages.map((p) => [p.handle, groundsOf(p.hit, p.handle, lexicon)] as const));
      return readGrounds;
    };
    const fence = newFence();
    const printed = printPassages(passages, index, fence);
    const output = newOutput(onText);
    const reader = replyReader();
    const rows = rowReader();
    const items: Item[] = [];
    let shown = 0;
    let previous: readonly Ground[] = [];

    const show = ({ piece, verdict }: Item) => {
      if (verdict.ok) output.sentence(verdict.parts, piece);
    };
    const take = (pieces: readonly Piece[]) => {
      for (const piece of pieces.flatMap((p) => rows(p) ?? [])) {
        if (isHollow(piece.text)) continue;
        const verdict = verifySentence(piece.text, grounds(), previous, lexicon);
        previous = verdict.ok ? (verdict.parts.at(-1)?.grounds ?? []) : [];
        const item = { piece, verdict };
        items.push(item);
        // After a sentence that failed the others wait for it: it may yet be mended, and order matters.
        if (verdict.ok && shown === items.length - 1) {
          shown++;
          show(item);
        }
      }
    };
    const fallBack = (why: string): Written => {
      const begun = output.text !== '';
      output.extract(extractive);
      return {
        answer: output.text,
        citations: output.citations,
        notices: [`${why}${begun ? QUOTED_REST : QUOTED}`],
        ...(begun ? { model: chat.model } : {}),
      };
    };

    if (passages.length === 0) return fallBack('相关段落都超出了对话模型的篇幅');
    onStatus('正在撰写并逐句核对');
    try {
      // The passages are read while the model is at work.
      setImmediate(grounds);
      const reply = await chat.reply(
        fillPrompt(prompt, { fence, passages: printed, question: draft.question }),
        { signal, timeoutMs: until - performance.now(), onText: (text) => take(reader.push(text)) },
      );
      take(reader.end(reply.truncated));
      if (items.length <= 1 && reply.text.includes(NOT_ANSWERED))
        return fallBack('对话模型认为这些段落没有直接回答');
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ChatError)) throw error;
      return fallBack(FAILED[error.kind]);
    }

    const failed = items.filter((item) => !item.verdict.ok);
    const left = until - performance.now();
    if (failed.length > 0 && left > REPAIR_MIN_MS) {
      onStatus('正在请模型改写没有通过核对的句子');
      const mended = await repairSentences(
        failed.map(({ piece, verdict }) => ({ text: piece.text, faults: verdict.ok ? [] : verdict.faults })),
        {
          chat,
          printed,
          fence,
          timeoutMs: left,
          signal,
          verify: (text) => verifySentence(text, grounds(), [], lexicon),
        },
      );
      failed.forEach((item, i) => {
        item.verdict = mended[i] ?? item.verdict;
      });
    }
    const standing = items.filter((item) => item.verdict.ok).length;
    if (items.length === 0) return fallBack('对话模型没有给出可用的回答');
    if (standing < items.length * SUBSTANCE) return fallBack('对话模型写的句子多数没有通过与原文的核对');
    for (const item of items.slice(shown)) {
      if (item.verdict.ok) show(item);
      else {
        const unit = instead(item.verdict.cites, grounds(), extractive.citations, output.cites);
        if (unit) output.quote(unit);
      }
    }
    const dropped = items.length - standing;
    return {
      answer: output.text,
      citations: output.citations,
      model: chat.model,
      notices:
        dropped === 0 ? [] : [`对话模型写的句子有 ${dropped} 句没有通过与原文的核对，已删去或换成原文。`],
    };
  };
}

/** The passages of the extractive answer first, so that they fit the budget whatever else does. */
function citedFirst(hits: readonly Hit[], citations: readonly Citation[]): Hit[] {
  const ids = new Set(citations.map((c) => c.passageId));
  return [...hits.filter((h) => ids.has(h.passage.id)), ...hits.filter((h) => !ids.has(h.passage.id))];
}

/** What the extractive answer quotes of the passages a failed sentence cites, if nothing has quoted it yet. */
function instead(
  cites: readonly number[],
  grounds: ReadonlyMap<number, readonly Ground[]>,
  citations: readonly Citation[],
  isCited: (planId: string, span: { readonly start: number; readonly end: number }) => boolean,
) {
  return cites
    .flatMap((n) => grounds.get(n) ?? [])
    .map((g) => g.unit)
    .find(
      (unit) =>
        !isCited(unit.plan.facts.id, unit) &&
        citations.some((c) => c.plan.id === unit.plan.facts.id && c.start <= unit.start && unit.end <= c.end),
    );
}
