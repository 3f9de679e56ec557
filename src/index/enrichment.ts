/**
 * Enrichment: search aids for passages, written once at ingest: everyday questions, synonyms, English terms. They
 * are indexed beside the passages and never shown as evidence.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Passage, Plan } from '../plan/types.ts';
import { sha256 } from './manifest.ts';

const lineSchema = z.object({
  hash: z.string().regex(/^[0-9a-f]{16}$/),
  questions: z.array(z.string().min(1)).default([]),
  synonyms: z.array(z.string().min(1)).default([]),
  english: z.array(z.string().min(1)).default([]),
  points: z.array(z.number().int().nonnegative()).default([]),
});

/** The search aids of one passage. */
export interface Enrichment {
  /** Questions the passage answers, in everyday words. */
  readonly questions: readonly string[];
  readonly synonyms: readonly string[];
  readonly english: readonly string[];
  /**
   * For every question where in the passage the sentence that answers it begins: the number of characters other
   * than white space before it. Empty if not known.
   */
  readonly points: readonly number[];
}

/** An enrichment file that cannot be used; the message names the file and the line. */
export class EnrichmentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EnrichmentError';
  }
}

/** The key of a passage's enrichment: a changed passage loses its own only. White space does not count. */
export function passageHash(passage: Pick<Passage, 'text'>): string {
  return sha256(passage.text.normalize('NFKC').replace(/\s/g, '')).slice(0, 16);
}

/** Where a plan's enrichment is kept. */
export function enrichmentPath(corpusDir: string, planId: string): string {
  return join(corpusDir, `${planId}.enrichment.jsonl`);
}

/** The hash of a plan's enrichment file; empty if it has none. */
export function enrichmentFileHash(corpusDir: string, planId: string): string {
  const path = enrichmentPath(corpusDir, planId);
  return existsSync(path) ? sha256(readFileSync(path)) : '';
}

/**
 * The enrichment of a plan, aligned with its passages; null for a passage without.
 * @throws EnrichmentError naming file and line
 */
export function readEnrichment(corpusDir: string, plan: Plan): (Enrichment | null)[] {
  const path = enrichmentPath(corpusDir, plan.facts.id);
  const byHash = new Map<string, Enrichment>();
  if (existsSync(path)) {
    readFileSync(path, 'utf8')
      .split('\n')
      .forEach((line, i) => {
        if (line.trim() === '') return;
        try {
          const { hash, questions, synonyms, english, points } = lineSchema.parse(JSON.parse(line));
          byHash.set(hash, { questions, synonyms, english, points });
        } catch {
          throw new EnrichmentError(
            `${plan.facts.id}.enrichment.jsonl 第 ${i + 1} 行有误：须是含 hash（16 位十六进制）、questions、synonyms、english 的 JSON。`,
          );
        }
      });
  }
  return plan.passages.map((passage) => byHash.get(passageHash(passage)) ?? null);
}
