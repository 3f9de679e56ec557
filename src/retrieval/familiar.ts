/**
 * How near passages are by the built-in embedding, for when another is in use or fails: how sure a search is, and which
 * enrichment question is meant, is told from these similarities whatever found the passage.
 * @module
 */
import { embedText } from '../embedding/builtin.ts';
import { dotProduct } from '../embedding/dot.ts';
import { embeddingText } from '../index/build.ts';
import type { OpenIndex } from '../index/open.ts';
import type { VectorHit } from '../index/vectors.ts';
import type { Passage, Plan } from '../plan/types.ts';

const vectorsOf = new WeakMap<Passage, readonly Float32Array[]>();

/** For a question, the nearest text of any document: the passage itself or one of its enrichment questions. */
export function nearestAid(index: OpenIndex, question: string): (doc: number) => VectorHit {
  const asked = embedText(question);
  return (doc) => {
    const passage = index.passages[doc] as Passage;
    let own = vectorsOf.get(passage);
    if (!own) {
      const { title } = (index.plans[index.planOf[doc] as number] as Plan).facts;
      own = [embeddingText(passage, title), ...(index.enrichment[doc]?.questions ?? [])].map(embedText);
      vectorsOf.set(passage, own);
    }
    let best = { doc, nth: 0, similarity: -1 };
    own.forEach((vector, nth) => {
      const similarity = dotProduct(asked, vector);
      if (similarity > best.similarity) best = { doc, nth, similarity };
    });
    return best;
  };
}
