/** Corpora and indexes in temporary folders, for tests that change or break them. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import type { IngestOptions, IngestReport } from '../../src/index/build.ts';
import { buildIndex } from '../../src/index/build.ts';
import type { Manifest } from '../../src/index/manifest.ts';
import {
  currentGeneration,
  MANIFEST_FILE,
  MANIFEST_HASH_FILE,
  readManifest,
  sha256,
} from '../../src/index/manifest.ts';
import type { WholeIndex } from '../../src/index/open.ts';
import { openIndex } from '../../src/index/open.ts';

const made: string[] = [];

/** A folder that `removeTemporary` removes. */
export function temporary(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `guiwen-${name}-`));
  made.push(dir);
  return dir;
}

export function removeTemporary(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export function copyOf(dir: string): string {
  const copy = temporary('copy');
  cpSync(dir, copy, { recursive: true });
  return copy;
}

/** A small plan of its own: no two numbers give the same text. */
export function planText(n: number): string {
  const sections = ['水环境', '大气环境', '土壤环境', '固体废物', '生物多样性'].map(
    (subject, i) =>
      `第${'一二三四五'[i]}章 改善${subject}\n到20${25 + n}年，${subject}质量明显改善，完成${n * 10 + i}项重点工程。\n加强${subject}监管。健全责任体系，落实${subject}保护责任制。`,
  );
  return `第${n}号市生态环境保护规划\n${sections.join('\n')}\n`;
}

/** A corpus of small plans 1.txt … n.txt. */
export function smallCorpus(plans: number): string {
  const dir = temporary('corpus');
  for (let n = 1; n <= plans; n++) writeFileSync(join(dir, `${n}.txt`), planText(n));
  return dir;
}

export function build(
  corpusDir: string,
  indexDir: string,
  options: Partial<IngestOptions> = {},
): Promise<IngestReport> {
  return buildIndex({ corpusDir, indexDir, embedding: builtinEmbedding(), ...options });
}

export function open(corpusDir: string, indexDir: string): Promise<WholeIndex> {
  return openIndex(indexDir, corpusDir, builtinEmbedding());
}

/** The folder of the index in use. */
export function generationOf(indexDir: string): string {
  const generation = currentGeneration(indexDir);
  if (!generation) throw new Error(`no index in ${indexDir}`);
  return generation;
}

/** Replaces the manifest by an undamaged one that says something else. */
export function rewriteManifest(indexDir: string, change: (manifest: Manifest) => unknown): void {
  const generation = generationOf(indexDir);
  const bytes = Buffer.from(JSON.stringify(change(readManifest(generation))));
  writeFileSync(join(generation, MANIFEST_FILE), bytes);
  writeFileSync(join(generation, MANIFEST_HASH_FILE), sha256(bytes));
}

/** What lies in an index folder, the index in use and its pointer aside. */
export function leftovers(indexDir: string): string[] {
  const current = generationOf(indexDir);
  return readdirSync(indexDir).filter((name) => name !== 'CURRENT' && join(indexDir, name) !== current);
}

/** Turns one bit of a file around. */
export function damage(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 0x01;
  writeFileSync(path, bytes);
}
