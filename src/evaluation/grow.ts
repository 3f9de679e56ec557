/**
 * Growing the suite from use: logged questions become drafts, bad-rated ones are listed for a look.
 *
 * A draft carries `review: pending`. Runs leave drafts out and the linter refuses them, until a person has checked
 * question, gold and must, and dropped the field.
 * @module
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Problem } from './suite.ts';
import { formatProblem, readSuites, SuiteError } from './suite.ts';

const citationSchema = z.object({
  plan: z.object({ id: z.string(), title: z.string().optional() }),
  quote: z.string(),
  label: z.string().optional(),
});

const answerSchema = z.object({
  id: z.string().optional(),
  status: z.enum(['answered', 'not_found']),
  reason: z.string().optional(),
  answer: z.string(),
  citations: z.array(citationSchema).default([]),
});

const turnSchema = z.object({ role: z.enum(['user', 'assistant']), content: z.string() });

/** One line of a log: a question as asked, the answer it got, and what the person thought of it. */
export const recordSchema = z.object({
  question: z.string().trim().min(1).optional(),
  history: z.array(z.union([z.string(), turnSchema])).optional(),
  answer: answerSchema.optional(),
  /** Joins a line that has only feedback to the line with the question. */
  answerId: z.string().optional(),
  rating: z.enum(['up', 'down']).optional(),
  comment: z.string().optional(),
  at: z.string().optional(),
});

/** A logged question; see {@link recordSchema}. */
export type LogRecord = z.infer<typeof recordSchema>;

/**
 * Reads JSONL logs. Lines of the same answer (`answerId`, or `answer.id`) are put together, so that a log of
 * questions and a log of feedback can be given side by side.
 * @throws SuiteError naming every line that is no record
 */
export function readLog(files: readonly string[]): LogRecord[] {
  const records: LogRecord[] = [];
  const byAnswer = new Map<string, LogRecord>();
  const problems: Problem[] = [];
  for (const file of files) {
    readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .forEach((line, i) => {
        if (line.trim() === '') return;
        const report = (message: string) => problems.push({ file, line: i + 1, message, severity: 'error' });
        let json: unknown;
        try {
          json = JSON.parse(line);
        } catch (error) {
          report(`not JSON: ${(error as Error).message}`);
          return;
        }
        const parsed = recordSchema.safeParse(json);
        if (!parsed.success) {
          const issue = parsed.error.issues[0];
          report(`${issue?.path.join('.')}: ${issue?.message}`);
          return;
        }
        const record = parsed.data;
        const id = record.answerId ?? record.answer?.id;
        const before = id === undefined ? undefined : byAnswer.get(id);
        if (before) {
          Object.assign(before, record);
          return;
        }
        if (id !== undefined) byAnswer.set(id, record);
        records.push(record);
      });
  }
  if (problems.length > 0) throw new SuiteError(problems);
  return records;
}

/** A suite entry as written by {@link draftFrom}: complete in form, to be confirmed by a person. */
export interface Draft extends Record<string, unknown> {
  readonly id: string;
  readonly question: string;
  readonly review: 'pending';
}

/**
 * A record as a draft. What the assistant answered is a proposal only where the person liked it; where they did
 * not, gold and must are left for the reviewer.
 * @returns undefined for a record without a question
 */
export function draftFrom(record: LogRecord): Draft | undefined {
  const { question, history = [], answer, rating, comment } = record;
  if (question === undefined) return undefined;
  const id = `logged-${hash(JSON.stringify([question, history]))}`;
  const isTrusted = rating === 'up';
  const isRefused = answer?.status === 'not_found';
  const citations = answer && !isRefused && isTrusted ? answer.citations : [];
  const kind = isRefused && isTrusted ? 'unanswerable' : history.length > 0 ? 'followup' : 'fact';
  const plans = [...new Set(citations.map((c) => c.plan.id))];
  const notes = [
    comment && `反馈：${comment}`,
    answer && !isTrusted && `当时${isRefused ? '拒答' : '回答'}：${answer.answer.slice(0, 300)}`,
  ].filter(Boolean);
  return {
    id,
    kind,
    question,
    ...(history.length > 0 && { history }),
    gold: citations.map((c) => ({ plan: c.plan.id, quote: c.quote })),
    need: 'any',
    must: [],
    ...(plans.length > 0 && { plans }),
    ...(kind === 'unanswerable' && answer?.reason && { reason: answer.reason }),
    ...(answer && isTrusted && { answer: answer.answer.replace(/\[\d+\]/g, '').trim() }),
    ...(notes.length > 0 && { why: notes.join('\n') }),
    tags: ['logged', ...(rating ? [rating] : [])],
    review: 'pending',
  };
}

/**
 * Appends entries to a JSONL suite; entries whose id any of `suites` already has are left out.
 * @returns the ids written and the ids left out
 * @throws SuiteError if the file has entries that cannot be read
 */
export function appendEntries(
  file: string,
  entries: readonly { readonly id: string }[],
  suites: readonly string[],
): { written: string[]; skipped: string[] } {
  const { cases, problems } = readSuites([...suites, file].filter(existsSync));
  const blocking = problems.filter((p) => p.file === file);
  if (blocking.length > 0) throw new SuiteError(blocking);
  const taken = new Set(cases.map((c) => c.id));
  const fresh = entries.filter(
    (entry, i) => !taken.has(entry.id) && entries.findIndex((e) => e.id === entry.id) === i,
  );
  if (fresh.length > 0) {
    mkdirSync(dirname(file), { recursive: true });
    const needsBreak = existsSync(file) && !/(^|\n)$/.test(readFileSync(file, 'utf8'));
    const lines = fresh.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    appendFileSync(file, needsBreak ? `\n${lines}` : lines);
  }
  const written = fresh.map((entry) => entry.id);
  return { written, skipped: entries.map((e) => e.id).filter((id) => !written.includes(id)) };
}

/** The bad-rated records with a question, as JSONL: what was asked, answered and said about it, newest last. */
export function exportBad(records: readonly LogRecord[]): string {
  return records
    .filter((r) => r.rating === 'down' && r.question !== undefined)
    .sort((a, b) => (a.at ?? '').localeCompare(b.at ?? ''))
    .map(({ question, history, comment, at, answerId, answer }) =>
      JSON.stringify({
        ...(at && { at }),
        question,
        ...(history && history.length > 0 && { history }),
        ...(comment && { comment }),
        ...((answerId ?? answer?.id) && { answerId: answerId ?? answer?.id }),
        ...(answer && {
          status: answer.status,
          ...(answer.reason && { reason: answer.reason }),
          answer: answer.answer,
          citations: answer.citations.map((c) => ({ plan: c.plan.id, label: c.label, quote: c.quote })),
        }),
      }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10);

/** Problems as one text. */
export const listProblems = (problems: readonly Problem[]) => problems.map(formatProblem).join('\n');
