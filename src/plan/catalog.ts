/**
 * The corpus folder: which documents it holds and what `plans.yaml` says of them.
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SUPPORTED_EXTENSIONS } from './decode/index.ts';
import type { PlanFacts } from './types.ts';

/** A corpus that cannot be served; the message is Chinese and says what to do. */
export class CorpusError extends Error {
  readonly code: 'corpus_missing' | 'corpus_empty' | 'plans_file_invalid';

  constructor(code: CorpusError['code'], message: string) {
    super(message);
    this.name = 'CorpusError';
    this.code = code;
  }
}

const year = z.number().int().min(1949).max(2100);
const entrySchema = z.strictObject({
  file: z.string().min(1),
  id: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,79}$/u, '只能用字母、数字、汉字和 . _ -'),
  title: z.string().min(2),
  shortNames: z.array(z.string().min(2)).default([]),
  issuer: z.string().optional(),
  regions: z.array(z.string().min(2)).default([]),
  level: z.enum(['national', 'regional', 'provincial', 'municipal', 'district']).optional(),
  period: z
    .strictObject({ start: year, end: year })
    .refine((p) => p.start <= p.end, 'period.start 不能晚于 period.end')
    .optional(),
  outlookYear: year.optional(),
  status: z.enum(['in_force', 'draft']).default('in_force'),
});
const catalogSchema = z.strictObject({ plans: z.array(entrySchema) });

/** Hidden files and folders, and what Word keeps beside a document that is open. */
const NOT_CONTENT = /(?:^|\/)(?:\.|~\$)/;

const isLinkedFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** A document of the corpus: where it is and what is known of it. */
export interface CatalogEntry {
  /** Path inside the corpus, with `/`. */
  readonly file: string;
  readonly path: string;
  readonly facts: Partial<PlanFacts>;
}

const OWN_FILES = new Set(['plans.yaml', 'glossary.yaml', 'README.md']);

/**
 * The documents of a corpus in the order of their names.
 * @throws CorpusError if the folder is missing or empty or `plans.yaml` is invalid (naming the field)
 */
export function readCatalog(corpusDir: string): CatalogEntry[] {
  if (!existsSync(corpusDir) || !statSync(corpusDir).isDirectory()) {
    throw new CorpusError(
      'corpus_missing',
      `找不到规划目录 ${corpusDir}。请把规划文件放进去，或用 CORPUS_DIR 指定目录。`,
    );
  }
  const known = readPlansFile(join(corpusDir, 'plans.yaml'));
  const files = readdirSync(corpusDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || isLinkedFile(join(entry.parentPath, entry.name)))
    .map((entry) => relative(corpusDir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !OWN_FILES.has(file) && !NOT_CONTENT.test(file))
    .filter((file) => SUPPORTED_EXTENSIONS.some((ext) => file.toLowerCase().endsWith(ext)))
    .sort();
  if (files.length === 0) {
    throw new CorpusError(
      'corpus_empty',
      `规划目录 ${corpusDir} 里没有可读的文件（支持 ${SUPPORTED_EXTENSIONS.join(' ')}）。`,
    );
  }
  const missing = [...known.keys()].find((file) => !files.includes(file));
  if (missing)
    throw new CorpusError('plans_file_invalid', `plans.yaml 里的 file: ${missing} 在规划目录里不存在。`);
  return files.map((file) => ({ file, path: join(corpusDir, file), facts: { ...known.get(file), file } }));
}

function readPlansFile(path: string): Map<string, Partial<PlanFacts>> {
  const known = new Map<string, Partial<PlanFacts>>();
  if (!existsSync(path)) return known;
  let raw: unknown;
  try {
    raw = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CorpusError(
      'plans_file_invalid',
      `plans.yaml 不是有效的 YAML：${(error as Error).message.split('\n')[0]}`,
    );
  }
  const result = catalogSchema.safeParse(raw);
  if (!result.success) {
    const issue = result.error.issues[0];
    const [, n] = issue?.path ?? [];
    const file = (raw as { plans?: { file?: unknown }[] } | null)?.plans?.[Number(n)]?.file;
    const field = issue?.path.slice(2).join('.') || issue?.path.join('.') || '';
    const entry = typeof file === 'string' ? `${file} 的 ` : typeof n === 'number' ? `第 ${n + 1} 项的 ` : '';
    throw invalid(`${entry}${field} ${issue?.message ?? ''}`.trim());
  }
  const files = new Map<string, string>();
  for (const entry of result.data.plans) {
    const other = files.get(entry.id);
    if (other !== undefined)
      throw invalid(`id ${entry.id} 出现了两次（${other} 和 ${entry.file}），请改其中一个。`);
    if (known.has(entry.file)) throw invalid(`${entry.file} 有两项，请合并为一项。`);
    files.set(entry.id, entry.file);
    known.set(
      entry.file,
      Object.fromEntries(Object.entries(entry).filter(([, v]) => v !== undefined)) as Partial<PlanFacts>,
    );
  }
  return known;
}

const invalid = (what: string) => new CorpusError('plans_file_invalid', `plans.yaml 有误：${what}`);
