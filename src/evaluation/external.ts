/**
 * Other people's data, given by path: CMRC 2018 (SQuAD's format) and RGB. Each is turned into a temporary corpus
 * and a suite, so that the same figures come out, beside the ones those data are known by.
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Run } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { compact } from './match.ts';
import { UsageError } from './options.ts';
import { withoutMarks } from './statements.ts';
import { mean } from './statistics.ts';
import type { SuiteCase } from './suite.ts';
import type { Target } from './target.ts';

/** squad: CMRC 2018, SQuAD. rgb: noise robustness, with every document. rgb-refusal: only documents without the answer. */
export type ExternalFormat = 'squad' | 'rgb' | 'rgb-refusal';

/** Documents and questions made of an external file. */
export interface ExternalSet {
  readonly documents: readonly { readonly id: string; readonly title: string; readonly text: string }[];
  readonly cases: readonly SuiteCase[];
  /** Accepted answers by question, for exact match and F1. */
  readonly references: ReadonlyMap<string, readonly string[]>;
}

/** What came out. */
export interface ExternalReport {
  readonly run: Run;
  /** Share of answers that hold an accepted answer of every group (RGB's accuracy). */
  readonly accuracy?: number;
  /** CMRC 2018's exact match and F1, over answerable questions; low for answers in whole sentences. */
  readonly exactMatch?: number;
  readonly f1?: number;
  /** RGB's rejection rate. */
  readonly rejection?: number;
}

const answerSchema = z.object({ text: z.string(), answer_start: z.number().optional() });
const squadSchema = z.object({
  data: z.array(
    z.object({
      title: z.string().optional(),
      paragraphs: z.array(
        z.object({
          context: z.string(),
          qas: z.array(
            z.object({
              id: z.union([z.string(), z.number()]),
              question: z.string(),
              answers: z.array(answerSchema).default([]),
              is_impossible: z.boolean().optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});
/** The form CMRC 2018's trial data come in. */
const cmrcFlatSchema = z.array(
  z.object({
    title: z.string().optional(),
    context_text: z.string(),
    qas: z.array(z.object({ query_id: z.string(), query_text: z.string(), answers: z.array(z.string()) })),
  }),
);
const rgbSchema = z.object({
  id: z.union([z.number(), z.string()]),
  query: z.string(),
  answer: z.union([z.string(), z.array(z.union([z.string(), z.array(z.string())]))]),
  positive: z.array(z.union([z.string(), z.array(z.string())])),
  negative: z.array(z.string()).default([]),
});

/**
 * Reads an external file.
 * @param limit at most so many documents (squad) or questions (rgb)
 * @throws UsageError if the file is not in the format
 */
export function readExternal(
  file: string,
  format: ExternalFormat,
  limit = Number.POSITIVE_INFINITY,
): ExternalSet {
  const content = readFileSync(file, 'utf8');
  try {
    return format === 'squad' ? fromSquad(content, file, limit) : fromRgb(content, file, limit, format);
  } catch (error) {
    const message =
      error instanceof z.ZodError
        ? z.prettifyError(error).split('\n').slice(0, 4).join(' ')
        : (error as Error).message;
    throw new UsageError(`${file} 不是 ${format} 格式：${message}`);
  }
}

function fromSquad(content: string, file: string, limit: number): ExternalSet {
  const json: unknown = JSON.parse(content);
  const paragraphs = Array.isArray(json)
    ? cmrcFlatSchema.parse(json).map((c) => ({
        title: c.title,
        context: c.context_text,
        qas: c.qas.map((q) => ({
          id: q.query_id,
          question: q.query_text,
          answers: q.answers.map((text) => ({ text }) as z.infer<typeof answerSchema>),
          is_impossible: false,
        })),
      }))
    : squadSchema.parse(json).data.flatMap((d) => d.paragraphs.map((p) => ({ title: d.title, ...p })));
  const documents: { id: string; title: string; text: string }[] = [];
  const cases: SuiteCase[] = [];
  const references = new Map<string, string[]>();
  for (const { title, context, qas } of paragraphs.slice(0, limit)) {
    const plan = `doc-${documents.length + 1}`;
    documents.push({ id: plan, title: uniqueTitle(title, documents.length), text: context });
    for (const q of qas) {
      const accepted = [...new Set(q.answers.map((a) => a.text))].filter((a) => a.trim() !== '');
      const isImpossible = q.is_impossible === true || accepted.length === 0;
      const id = String(q.id);
      references.set(id, accepted);
      cases.push({
        ...blank(id, q.question, file),
        kind: isImpossible ? 'unanswerable' : 'fact',
        gold: isImpossible
          ? []
          : q.answers.map((a) => ({ plan, quote: sentenceAround(context, a.text, a.answer_start) })),
        must: isImpossible ? [] : [accepted],
      });
    }
  }
  return { documents, cases, references };
}

function fromRgb(content: string, file: string, limit: number, format: 'rgb' | 'rgb-refusal'): ExternalSet {
  const documents: { id: string; title: string; text: string }[] = [];
  const cases: SuiteCase[] = [];
  const references = new Map<string, string[]>();
  const known = new Map<string, string>();
  const add = (text: string): string => {
    let id = known.get(text);
    if (id === undefined) {
      id = `doc-${documents.length + 1}`;
      known.set(text, id);
      documents.push({ id, title: uniqueTitle(undefined, documents.length), text });
    }
    return id;
  };
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== '');
  for (const line of lines.slice(0, limit)) {
    const { id, query, answer, positive, negative } = rgbSchema.parse(JSON.parse(line));
    const groups = (Array.isArray(answer) ? answer : [answer]).map((g) => (Array.isArray(g) ? g : [g]));
    for (const text of negative) add(text);
    const isRefusal = format === 'rgb-refusal';
    const gold = isRefusal
      ? []
      : positive.flat().flatMap((text) => {
          const plan = add(text);
          const held = groups.flat().find((a) => text.includes(a));
          return held === undefined ? [] : [{ plan, quote: sentenceAround(text, held) }];
        });
    references.set(String(id), groups.flat());
    cases.push({
      ...blank(String(id), query, file),
      kind: isRefusal ? 'unanswerable' : 'fact',
      gold,
      must: isRefusal ? [] : groups,
    });
  }
  return { documents, cases, references };
}

function blank(id: string, question: string, file: string): Omit<SuiteCase, 'kind' | 'gold' | 'must'> {
  return { id, question, history: [], need: 'any', plans: [], tags: [], half: 'development', file, line: 1 };
}

const uniqueTitle = (title: string | undefined, n: number) => `${title?.trim() || '文档'}（${n + 1}）`;

/** The sentence that holds the answer; the answer itself where it crosses sentences. */
function sentenceAround(context: string, answer: string, start = context.indexOf(answer)): string {
  const at = context.startsWith(answer, start) ? start : Math.max(0, context.indexOf(answer));
  const before = Math.max(...['。', '！', '？', '；', '\n'].map((c) => context.lastIndexOf(c, at - 1))) + 1;
  const rest = context.slice(at + answer.length).search(/[。！？；\n]/);
  const end = rest < 0 ? context.length : at + answer.length + rest;
  return context.slice(at === 0 ? 0 : before, end).trim() || answer;
}

/** Writes the documents as a corpus, opens it, asks everything, and clears up. */
export async function runExternal(
  set: ExternalSet,
  open: (corpusDir: string, indexDir: string) => Promise<Target>,
  onDone?: (done: number, total: number) => void,
): Promise<ExternalReport> {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-external-'));
  try {
    const corpusDir = join(dir, 'corpus');
    mkdirSync(corpusDir);
    const plans = set.documents.map(({ id, title, text }) => {
      const file = `${id}.txt`;
      writeFileSync(join(corpusDir, file), text);
      return { file, id, title };
    });
    writeFileSync(join(corpusDir, 'plans.yaml'), stringify({ plans }));
    const target = await open(corpusDir, join(dir, 'index'));
    try {
      const run = await evaluate(set.cases, target, { ...(onDone && { onDone }) });
      return { run, ...externalFigures(run, set.references) };
    } finally {
      await target.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function externalFigures(
  run: Run,
  references: ReadonlyMap<string, readonly string[]>,
): Omit<ExternalReport, 'run'> {
  const answerable = run.results.filter((r) => r.entry.kind !== 'unanswerable');
  const scored = answerable.map((r) => {
    const { answer } = r;
    const known = new Set(answer?.citations.map((c) => c.n));
    const text = answer?.status === 'answered' ? withoutMarks(answer.answer, known) : '';
    const accepted = references.get(r.entry.id) ?? [];
    return {
      exact: accepted.some((a) => bare(a) === bare(text)) ? 1 : 0,
      f1: Math.max(0, ...accepted.map((a) => overlapF1(bare(text), bare(a)))),
    };
  });
  const figures = {
    accuracy: mean(answerable.map((r) => r.scores.correctness ?? 0)),
    exactMatch: mean(scored.map((s) => s.exact)),
    f1: mean(scored.map((s) => s.f1)),
    rejection: run.summary.total.figures.refusalRecall?.value,
  };
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
}

/** CMRC 2018's normalisation: no white space, no punctuation, lower case. */
const bare = (text: string) => compact(text).replace(/[^\p{L}\p{N}]/gu, '');

/**
 * CMRC 2018's F1 (Cui et al. 2019, official script): precision and recall of the longest common substring, in
 * characters.
 */
export function overlapF1(prediction: string, reference: string): number {
  const shared = longestCommonSubstring(prediction, reference);
  if (shared === 0) return 0;
  const precision = shared / prediction.length;
  const recall = shared / reference.length;
  return (2 * precision * recall) / (precision + recall);
}

function longestCommonSubstring(a: string, b: string): number {
  let previous = new Uint16Array(b.length + 1);
  let best = 0;
  for (let i = 1; i <= a.length; i++) {
    const current = new Uint16Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) {
      if (a[i - 1] !== b[j - 1]) continue;
      current[j] = (previous[j - 1] as number) + 1;
      best = Math.max(best, current[j] as number);
    }
    previous = current;
  }
  return best;
}
