/**
 * Suites over documents that are not in the repository: a manifest names each by its path in a public archive and
 * its hash, so that everyone asks the same questions of the same bytes.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from './options.ts';
import { DOCUMENTS_FILE } from './suite.ts';

const manifestSchema = z.strictObject({
  documents: z
    .array(z.strictObject({ path: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1),
});

/** One document: its path inside the archive, with `/`, and the SHA-256 of its bytes in hexadecimal. */
export type OutsideDocument = z.infer<typeof manifestSchema>['documents'][number];

/**
 * The documents a suite's folder lists.
 * @throws UsageError if the list is missing or malformed
 */
export function readDocuments(suiteDir: string): readonly OutsideDocument[] {
  const file = join(suiteDir, DOCUMENTS_FILE);
  if (!existsSync(file)) throw new UsageError(`找不到文档清单 ${file}`);
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).documents;
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UsageError(`${file} 有误：${message}`);
  }
}

/**
 * Copies the documents a suite lists into a temporary corpus, hands it over with a place for its index, and removes
 * both. Nothing is handed over unless every document is there with the hash of the list.
 * @param from the unpacked archive (with or without its outermost folder), or the archive itself
 * @throws UsageError naming each document that is missing or another version
 */
export async function withDocuments<T>(
  suiteDir: string,
  from: string,
  use: (place: { readonly corpus: string; readonly index: string }) => Promise<T>,
): Promise<T> {
  const documents = readDocuments(suiteDir);
  if (!existsSync(from)) throw new UsageError(`找不到 ${from}`);
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-documents-'));
  try {
    const root = statSync(from).isDirectory() ? from : unpack(from, documents, join(dir, 'unpacked'));
    const corpus = join(dir, 'corpus');
    mkdirSync(corpus);
    const problems = documents.flatMap((document) => copy(document, root, corpus) ?? []);
    if (problems.length > 0) throw new UsageError(`${from} 里的文档与清单不符：\n${problems.join('\n')}`);
    return await use({ corpus, index: join(dir, 'index') });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Copies one document. @returns what is wrong with it */
function copy({ path, sha256 }: OutsideDocument, root: string, corpus: string): string | undefined {
  const inside = path.replace(/^[^/]*\//, '');
  const file = [join(root, path), join(root, inside)].find(existsSync);
  if (file === undefined) return `  缺少 ${path}`;
  const bytes = readFileSync(file);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    return `  ${path} 是另一个版本（sha256 应为 ${sha256.slice(0, 12)}…，实为 ${found.slice(0, 12)}…）`;
  }
  writeFileSync(join(corpus, basename(path)), bytes);
  return undefined;
}

/** The listed documents out of an archive, by the system's tar, which knows the compression. @returns the folder */
function unpack(archive: string, documents: readonly OutsideDocument[], to: string): string {
  mkdirSync(to);
  const paths = documents.map((d) => d.path);
  const tar = spawnSync('tar', ['-xf', archive, '-C', to, '--', ...paths], { encoding: 'utf8' });
  if (tar.error)
    throw new UsageError(`没有可用的 tar（${tar.error.message}）：请先解开，再用 --from 给出文件夹`);
  // Members that are not there are reported with the others; nothing at all means that it is no such archive.
  if (tar.status !== 0 && !paths.some((path) => existsSync(join(to, path)))) {
    throw new UsageError(`tar 没能从 ${archive} 取出文档：${tar.stderr.trim().split('\n')[0]}`);
  }
  return to;
}
