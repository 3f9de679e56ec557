/**
 * Plans as files of the index: a plan is stored once with its text; passages keep only their place in it.
 * @module
 */
import type { OutlineNode, Passage, Plan } from '../plan/types.ts';

interface StoredPlan extends Omit<Plan, 'passages'> {
  readonly passages: readonly Omit<Passage, 'text' | 'planId' | 'id' | 'path'>[];
}

/** A plan as JSON. */
export function serialisePlan(plan: Plan): string {
  const stored: StoredPlan = {
    ...plan,
    passages: plan.passages.map(({ text: _text, planId: _planId, id: _id, path: _path, ...rest }) => rest),
  };
  return JSON.stringify(stored);
}

/** A plan read back from its JSON. */
export function restorePlan(json: string): Plan {
  const stored = JSON.parse(json) as StoredPlan;
  const paths = new Map<string, string[]>();
  const collect = (node: OutlineNode, path: string[]): void => {
    const own = node.kind === 'root' || node.kind === 'lead' ? path : [...path, node.heading];
    paths.set(node.id, own);
    for (const child of node.children) collect(child, own);
  };
  collect(stored.outline, []);
  return {
    ...stored,
    passages: stored.passages.map((p) => ({
      ...p,
      id: `${stored.facts.id}#${p.start}-${p.end}`,
      planId: stored.facts.id,
      path: paths.get(p.nodeId) ?? [],
      text: stored.text.slice(p.start, p.end),
    })),
  };
}
