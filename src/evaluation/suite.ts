/**
 * Suites: files of questions with what a right answer must hold. JSONL (one entry a line) or YAML (a list).
 *
 * Two spellings of an entry are read: the project's own (`kind`, `gold[].plan` an id) and the one of earlier
 * collections (`type`, `gold[].doc` a plan's title, `history` plain strings). Fields are explained in
 * tests/regression/README.md.
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { NotFoundReason, Turn } from '../answer/types.ts';

/** What a question is like. */
export const KINDS = [
  'fact',
  'numeric',
  'list',
  'table',
  'location',
  'structure',
  'paraphrase',
  'noisy',
  'english',
  'scoped',
  'followup',
  'compare',
  'unanswerable',
  'injection',
] as const;

/** What a question is like. */
export type Kind = (typeof KINDS)[number];

/** Why the plans do not say, as the contract names it. */
export const REASONS = [
  'out_of_scope',
  'not_in_plan',
  'year_not_given',
  'place_not_covered',
  'detail_not_given',
  'false_premise',
  'nothing_found',
] as const satisfies readonly NotFoundReason[];

/** A span that answers the question, or a part of it. */
export interface GoldSpan {
  /** A plan's id or title. */
  readonly plan: string;
  /** Verbatim, white space and width aside. */
  readonly quote: string;
  /** Headings above it, outermost first, where the author gave them. */
  readonly path?: readonly string[];
}

/** Which half of the suite an entry belongs to; nobody looks at `heldout` while tuning. */
export type Half = 'development' | 'heldout';

/** One question with what a right answer must hold. */
export interface SuiteCase {
  readonly id: string;
  readonly kind: Kind;
  readonly question: string;
  readonly history: readonly Turn[];
  readonly gold: readonly GoldSpan[];
  /** `any`: each span alone answers; `all`: they are needed together. */
  readonly need: 'any' | 'all';
  /** A right answer holds at least one string of every group. */
  readonly must: readonly (readonly string[])[];
  /** Plans a right answer may cite; empty when the author set no limit. */
  readonly plans: readonly string[];
  readonly reason?: NotFoundReason;
  readonly answer?: string;
  readonly why?: string;
  readonly tags: readonly string[];
  /** `pending`: drafted by a tool and not yet confirmed by a person. */
  readonly review?: string;
  readonly half: Half;
  readonly file: string;
  readonly line: number;
}

/** Something wrong with a suite, where. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** A suite that cannot be used; its message lists every problem as `file:line: what`. */
export class SuiteError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'SuiteError';
    this.problems = problems;
  }
}

/** `file:line: message`, as editors and terminals link it. */
export function formatProblem(problem: Problem): string {
  const mark = problem.severity === 'warning' ? 'warning: ' : '';
  return `${problem.file}:${problem.line}: ${mark}${problem.message}`;
}

const text = z.string().trim().min(1);
const goldSchema = z.strictObject({
  plan: text.describe("The plan's id"),
  quote: text.describe('Verbatim from the plan; white space and full or half width do not matter'),
  path: z.array(text).optional().describe('Headings above the quote, outermost first'),
});
const turnSchema = z.union([text, z.strictObject({ role: z.enum(['user', 'assistant']), content: text })]);

/** The schema of one entry; the JSON Schema in tests/regression/schema.json is made from it. */
export const entrySchema = z.strictObject({
  id: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, 'letters, digits and . _ - only')
    .describe('Unique over all suites'),
  kind: z.enum(KINDS).describe('What the question is like'),
  question: z.string().trim().min(1).max(2000).describe('As a person types it'),
  history: z
    .array(turnSchema)
    .optional()
    .describe('Earlier turns, oldest first; a plain string is something the person asked'),
  gold: z.array(goldSchema).describe('Spans that answer the question; empty when the plans do not say'),
  need: z
    .enum(['any', 'all'])
    .default('any')
    .describe('any: each span alone answers; all: they are needed together'),
  must: z.array(z.array(text).min(1)).describe('A right answer holds at least one string of every group'),
  plans: z.array(text).default([]).describe('Ids of the plans a right answer may cite; empty: no limit'),
  reason: z.enum(REASONS).optional().describe('Unanswerable only: why the plans do not say'),
  answer: z.string().optional().describe('A short reference answer, for readers'),
  why: z.string().optional().describe('Why the plans do not say, or what must not happen'),
  tags: z.array(text).default([]).describe('For filtering, e.g. the chapter'),
  review: z.string().optional().describe('pending: drafted by a tool, refused by the linter until confirmed'),
});

/** Files that lie beside suites and are none. */
const OWN_FILES = new Set(['thresholds.yaml', 'schema.json', 'baseline.json', 'README.md']);
const EXTENSIONS = ['.jsonl', '.yaml', '.yml'];

/** In a folder: its suites are asked of the documents listed in this file, not of the corpus. */
export const DOCUMENTS_FILE = 'documents.json';

/**
 * The suite files among `paths`; folders are searched, sorted by name. Folders below them with documents of their
 * own are left out: their questions can only be asked of those documents.
 */
export function suiteFiles(paths: readonly string[]): string[] {
  const files: string[] = [];
  for (const path of paths) {
    if (!statSync(path).isDirectory()) {
      files.push(path);
      continue;
    }
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    const apart = names
      .filter((name) => name.endsWith(sep + DOCUMENTS_FILE))
      .map((name) => dirname(name) + sep);
    const inside = names
      .filter((name) => EXTENSIONS.some((e) => name.endsWith(e)) && !OWN_FILES.has(basename(name)))
      .filter((name) => !apart.some((folder) => name.startsWith(folder)))
      .sort();
    files.push(...inside.map((name) => join(path, name)));
  }
  return [...new Set(files)];
}

/** What was read of some suite files: the entries that are well formed, and what is wrong with the others. */
export interface LoadedSuites {
  readonly cases: readonly SuiteCase[];
  readonly problems: readonly Problem[];
}

/** Reads suites without throwing on bad entries; ids that occur twice are a problem at the second place. */
export function readSuites(paths: readonly string[]): LoadedSuites {
  const cases: SuiteCase[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const file of suiteFiles(paths)) {
    const content = readFileSync(file, 'utf8');
    const first = problems.length;
    const report = (line: number, message: string) =>
      problems.push({ file, line, message, severity: 'error' as const });
    const entries = file.endsWith('.jsonl') ? jsonLines(content, report) : yamlEntries(content, report);
    for (const { line, value } of entries) {
      const parsed = toCase(value, file, line);
      if (Array.isArray(parsed)) {
        for (const message of parsed) report(line, message);
        continue;
      }
      const before = seen.get(parsed.id);
      if (before) report(line, `id ${parsed.id} is already used at ${before}`);
      else seen.set(parsed.id, `${file}:${line}`);
      cases.push(parsed);
    }
    // What is no JSON was noticed before what is no entry.
    problems.push(...problems.splice(first).sort((a, b) => a.line - b.line));
  }
  return { cases, problems };
}

/**
 * Reads suites.
 * @throws SuiteError if any entry is malformed
 */
export function loadSuites(paths: readonly string[]): readonly SuiteCase[] {
  const { cases, problems } = readSuites(paths);
  if (problems.length > 0) throw new SuiteError(problems);
  return cases;
}

/** One raw entry as a case, or what is wrong with it. */
export function toCase(value: unknown, file: string, line: number): SuiteCase | string[] {
  const parsed = entrySchema.safeParse(fromEarlierSpelling(value));
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => {
      const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
      return `${where}${issue.message}`;
    });
  }
  const { history = [], gold, reason, answer, why, review, ...rest } = parsed.data;
  const entry = {
    ...rest,
    history: history.map((turn): Turn => (typeof turn === 'string' ? { role: 'user', content: turn } : turn)),
    gold: gold.map(({ plan, quote, path }) => (path ? { plan, quote, path } : { plan, quote })),
    ...(reason && { reason }),
    ...(answer && { answer }),
    ...(why && { why }),
    ...(review && { review }),
    half: file.split(sep).includes('heldout') ? ('heldout' as const) : ('development' as const),
    file,
    line,
  };
  const wrong = contradictions(entry);
  return wrong.length > 0 ? wrong : entry;
}

/** Whether the plans are expected to say: everything but `unanswerable` and `injection`. */
export function isAnswerable(entry: Pick<SuiteCase, 'kind'>): boolean {
  return entry.kind !== 'unanswerable' && entry.kind !== 'injection';
}

function contradictions(entry: SuiteCase): string[] {
  const wrong: string[] = [];
  // A draft may be unfinished: that is what its review is for.
  if (entry.review === 'pending') return wrong;
  if (isAnswerable(entry)) {
    if (entry.gold.length === 0) wrong.push(`gold: a ${entry.kind} question needs at least one span`);
    if (entry.must.length === 0) wrong.push(`must: a ${entry.kind} question needs at least one group`);
    if (entry.reason) wrong.push('reason: only unanswerable questions have one');
  }
  if (entry.kind === 'unanswerable' && (entry.gold.length > 0 || entry.must.length > 0)) {
    wrong.push('gold, must: an unanswerable question has none');
  }
  if (entry.kind === 'followup' && entry.history.length === 0) wrong.push('history: a followup needs one');
  return wrong;
}

/** `type`, `doc` → `kind`, `plan`; anything else is left as it is. */
function fromEarlierSpelling(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { type, ...entry } = value;
  if (type !== undefined && entry.kind === undefined) entry.kind = type;
  else if (type !== undefined) return value;
  if (!Array.isArray(entry.gold)) return entry;
  entry.gold = entry.gold.map((span: unknown) => {
    if (!isRecord(span) || span.doc === undefined || span.plan !== undefined) return span;
    const { doc, ...rest } = span;
    return { plan: doc, ...rest };
  });
  return entry;
}

interface Raw {
  readonly line: number;
  readonly value: unknown;
}

function jsonLines(content: string, report: (line: number, message: string) => void): Raw[] {
  const raws: Raw[] = [];
  content.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '') return;
    try {
      raws.push({ line: i + 1, value: JSON.parse(line.replace(/^\ufeff/, '')) });
    } catch (error) {
      report(i + 1, `not JSON: ${(error as Error).message}`);
    }
  });
  return raws;
}

function yamlEntries(content: string, report: (line: number, message: string) => void): Raw[] {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines });
  for (const error of document.errors) report(error.linePos?.[0].line ?? 1, `not YAML: ${error.message}`);
  if (document.errors.length > 0) return [];
  const root = document.contents;
  const list = isMap(root) ? root.get('questions') : root;
  if (!isSeq(list)) {
    report(1, 'a suite is a list of entries, or has one under `questions`');
    return [];
  }
  return list.items.map((item) => {
    const node = item as { range?: [number, number, number]; toJS(doc: unknown): unknown };
    return { line: lines.linePos(node.range?.[0] ?? 0).line, value: node.toJS(document) };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
