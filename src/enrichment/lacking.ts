/**
 * Which passages of a corpus lack enrichment, and the files it is added to.
 * @module
 */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { basename } from 'node:path';
import { enrichmentPath, passageHash, readEnrichment } from '../index/enrichment.ts';
import { readCatalog } from '../plan/catalog.ts';
import { readPlan } from '../plan/read.ts';
import type { Passage, Plan } from '../plan/types.ts';
import type { Aids } from './reply.ts';

/** A passage without enrichment; passages of the same text share one. */
export interface Lacking {
  readonly plan: Plan;
  readonly passage: Passage;
  readonly hash: string;
}

/** The passages of a corpus that lack enrichment, and what there is in all. */
export interface Survey {
  readonly plans: readonly Plan[];
  /** Passages of different text. */
  readonly passages: number;
  readonly lacking: readonly Lacking[];
  /** Documents that could not be read. */
  readonly skipped: readonly { readonly file: string; readonly message: string }[];
}

/**
 * Reads a corpus. `log` is told of lines that were mended.
 * @throws CorpusError, EnrichmentError as an ingest does
 */
export async function survey(corpusDir: string, log: (line: string) => void): Promise<Survey> {
  const plans: Plan[] = [];
  const lacking: Lacking[] = [];
  const skipped: { file: string; message: string }[] = [];
  let passages = 0;
  for (const { file, path, facts } of readCatalog(corpusDir)) {
    let plan: Plan;
    try {
      plan = await readPlan(readFileSync(path), file, facts);
    } catch (error) {
      skipped.push({ file, message: (error as Error).message });
      continue;
    }
    plans.push(plan);
    mend(enrichmentPath(corpusDir, plan.facts.id), log);
    const enrichment = readEnrichment(corpusDir, plan);
    const seen = new Set<string>();
    plan.passages.forEach((passage, i) => {
      const hash = passageHash(passage);
      if (seen.has(hash)) return;
      seen.add(hash);
      if (enrichment[i] === null) lacking.push({ plan, passage, hash });
    });
    passages += seen.size;
  }
  return { plans, passages, lacking, skipped };
}

/** Adds the enrichment of a passage to its plan's file, at once and whole. */
export function append(corpusDir: string, { plan, passage, hash }: Lacking, aids: Aids, by: string): void {
  const { questions, synonyms, english, points } = aids;
  const record = { hash, label: passage.label, questions, synonyms, english, points, by };
  appendFileSync(enrichmentPath(corpusDir, plan.facts.id), `${JSON.stringify(record)}\n`);
}

/**
 * Moves a last line that a run which was killed left unfinished to a file beside, lest it was someone's own; ends a
 * whole one that has no end.
 */
function mend(path: string, log: (line: string) => void): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  if (bytes.length === 0 || bytes.at(-1) === 0x0a) return;
  const start = bytes.lastIndexOf(0x0a) + 1;
  try {
    JSON.parse(bytes.toString('utf8', start));
    appendFileSync(path, '\n');
  } catch {
    appendFileSync(`${path}.torn`, Buffer.concat([bytes.subarray(start), Buffer.from('\n')]));
    truncateSync(path, start);
    log(`${basename(path)} 的最后一行没有写完，已移到 ${basename(path)}.torn。`);
  }
}
