/**
 * What a model is given to read: whole passages under request-local handles, as many as the token budget holds, each
 * fenced as data.
 * @module
 */
import type { OpenIndex } from '../../index/open.ts';
import type { Hit } from '../../retrieval/search.ts';

/**
 * An upper estimate of a text's tokens: 1.5 for a character outside ASCII, 0.5 for one inside. DeepSeek counts 0.6 for
 * a Chinese and 0.3 for an English character (api-docs.deepseek.com, "Token & Token Usage"); OpenAI's cl100k_base,
 * which knows few Chinese words, takes about 1.2 on the plans of this corpus, and never more than this estimate.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const c of text) tokens += c > '\u007f' ? 1.5 : 0.5;
  return Math.ceil(tokens);
}

/** A passage under its handle: `c1` is handle 1. */
export interface Handled {
  readonly handle: number;
  readonly hit: Hit;
}

/** Passages taken whole, in the order given, while the budget lasts; one that does not fit is left out, never cut. */
export function passagesWithin(hits: readonly Hit[], index: OpenIndex, budget: number): Handled[] {
  const taken: Handled[] = [];
  const seen = new Set<number>();
  let left = budget;
  for (const hit of hits) {
    if (seen.has(hit.doc) || hit.passage.kind === 'heading') continue;
    seen.add(hit.doc);
    const cost = estimateTokens(printed({ handle: 99, hit }, index, FENCE_EXAMPLE));
    if (cost > left) continue;
    left -= cost;
    taken.push({ handle: taken.length + 1, hit });
  }
  return taken;
}

const FENCE_EXAMPLE = '0'.repeat(12);

/** The passages as the model reads them. */
export function printPassages(passages: readonly Handled[], index: OpenIndex, fence: string): string {
  return passages.map((p) => printed(p, index, fence)).join('\n\n');
}

function printed({ handle, hit }: Handled, index: OpenIndex, fence: string): string {
  const { passage } = hit;
  const title = index.plans[hit.plan]?.facts.title ?? '';
  const context = passage.context === '' ? '' : `${passage.context}\n`;
  return `<<<资料 c${handle} ${fence}\n《${title}》${passage.path.join(' › ')}（${passage.label}）\n${context}${passage.text}\n${fence}>>>`;
}
