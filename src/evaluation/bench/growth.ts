/**
 * How the two indexes grow: the first 1,000 to 150,000 passages of a large corpus.
 * @module
 */

import { embedText } from '../../embedding/builtin.ts';
import { embeddingText } from '../../index/build.ts';
import { addTo } from '../../index/graph.ts';
import { LexicalBuilder, LexicalIndex } from '../../index/lexical.ts';
import { efFor, emptyGraph } from '../../index/vectors.ts';
import { terms } from '../../language/segment.ts';
import type { Passage } from '../../plan/types.ts';
import { head, mb, ms, row, timed, timeEach } from './measure.ts';
import type { World } from './world.ts';
import { textOf } from './world.ts';

const SIZES = [1_000, 10_000, 50_000, 150_000];

/** Prints a row for every size that the corpus has. */
export async function showGrowth({ index, name, questions }: World): Promise<void> {
  const { dimension } = index.embedding;
  const asked = questions.map((q) => q.question);
  const vectors = asked.map((q) => Array.from(embedText(q)));
  console.log(`## Growth: the first passages of ${name}\n`);
  head(
    'passages',
    'lexical: built in',
    'bytes',
    'p50',
    'p95',
    'HNSW: built in (embedding included)',
    'p50',
    'p95',
  );
  for (const size of SIZES.filter((n) => n <= index.passages.length)) {
    const { value: bytes, ms: builtIn } = await timed(() => {
      const builder = new LexicalBuilder();
      for (let doc = 0; doc < size; doc++)
        builder.add([{ terms: terms(textOf(index.passages[doc] as Passage)), weight: 1 }]);
      return builder.build();
    });
    const lexical = new LexicalIndex(bytes);
    const words = await timeEach(asked, (q) =>
      lexical.search(
        terms(q).map((term) => ({ term, weight: 1 })),
        10,
      ),
    );
    const titleOf = (doc: number) => index.entries[index.planOf[doc] as number]?.facts.title ?? '';
    const graph = emptyGraph(dimension, size);
    const { ms: grown } = await timed(() => {
      for (let doc = 0; doc < size; doc++)
        addTo(graph, embedText(embeddingText(index.passages[doc] as Passage, titleOf(doc))));
    });
    graph.setEf(efFor(size));
    const near = await timeEach(vectors, (v) => graph.searchKnn(v, 10));
    row(
      size.toLocaleString('en'),
      ms(builtIn),
      mb(bytes.length),
      ms(words.p50),
      ms(words.p95),
      ms(grown),
      ms(near.p50),
      ms(near.p95),
    );
  }
  console.log();
}
