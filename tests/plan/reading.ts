/** Reading for tests: the corpus once per test file, and texts made in the test. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCatalog } from '../../src/plan/catalog.ts';
import { readPlan } from '../../src/plan/read.ts';
import type { OutlineNode, Plan, PlanFacts } from '../../src/plan/types.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const CORPUS_DIR = join(ROOT, 'corpus');

/** The five plans of the corpus by id. */
export async function readCorpus(): Promise<Map<string, Plan>> {
  const plans = new Map<string, Plan>();
  for (const entry of readCatalog(CORPUS_DIR)) {
    const plan = await readPlan(readFileSync(entry.path), entry.file, entry.facts);
    plans.set(plan.facts.id, plan);
  }
  return plans;
}

/** The plan with this id of those `readCorpus` read. */
export function byId(plans: ReadonlyMap<string, Plan>, id: string): Plan {
  const plan = plans.get(id);
  if (!plan) throw new Error(`no plan ${id}`);
  return plan;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads a text as if it were a file of the corpus. */
export function readText(text: string, file = '文本.txt', known: Partial<PlanFacts> = {}): Promise<Plan> {
  return readPlan(utf8(text), file, known);
}

/** All nodes of an outline, in order, the root first. */
export function nodesOf(node: OutlineNode): OutlineNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

/** Headings of one kind, in order. */
export function headings(plan: Plan, ...kinds: OutlineNode['kind'][]): string[] {
  return nodesOf(plan.outline)
    .filter((n) => kinds.includes(n.kind))
    .map((n) => n.heading);
}

export const unspaced = (text: string): string => text.replace(/\s/g, '');
