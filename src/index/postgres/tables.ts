/**
 * The searchable tables of one generation: passages, terms, BM25 weights, vectors.
 * @module
 */
import type { Query } from '../../postgres/connect.ts';
import type { OpenIndex } from '../open.ts';
import { HNSW } from '../vectors.ts';

/** From this many vectors on they have an HNSW index; fewer are compared one by one, which misses none. */
export const HNSW_FROM = 50_000;
/** From this many vectors on the tables are split by plan, so that each part's graph fits into memory. */
const VECTORS_OF_A_PART = 5_000_000;
/** Rows sent in one statement. */
const ROWS = 500;

/** The schema that holds a generation's tables. */
export const schemaOf = (generation: number): string => `guiwen_${Math.trunc(generation)}`;

/** How the tables are laid out; by the number of vectors, if left out. */
export interface Layout {
  readonly hnsw: boolean;
  /** In how many partitions the weights and the vectors are split, by plan; 1 for none. */
  readonly parts: number;
}

/** The layout for so many vectors. */
export const layoutFor = (vectors: number): Layout => ({
  hnsw: vectors >= HNSW_FROM,
  parts: Math.max(1, Math.ceil(vectors / VECTORS_OF_A_PART)),
});

/** Makes and fills the tables of a generation, within the caller's transaction. */
export async function writeTables(
  query: Query,
  generation: number,
  index: OpenIndex,
  layout: Layout = layoutFor(index.manifest.counts.vectors),
): Promise<void> {
  const schema = schemaOf(generation);
  await query(`CREATE SCHEMA ${schema}`);
  await query(`CREATE TABLE ${schema}.passages (
    doc int PRIMARY KEY, plan int NOT NULL, id text NOT NULL, label text NOT NULL, path json NOT NULL,
    kind text NOT NULL, start_at int NOT NULL, end_at int NOT NULL, text text NOT NULL, context text NOT NULL,
    enrichment json)`);
  await query(`CREATE TABLE ${schema}.terms (n int NOT NULL, term text NOT NULL, idf real NOT NULL)`);
  await createSplit(
    query,
    `${schema}.weights`,
    layout,
    'term int NOT NULL, plan int NOT NULL, docs int[] NOT NULL, scores real[] NOT NULL',
  );
  await createSplit(
    query,
    `${schema}.vectors`,
    layout,
    `n int NOT NULL, plan int NOT NULL, doc int NOT NULL, nth int NOT NULL, embedding vector(${index.embedding.dimension}) NOT NULL`,
  );
  await writePassages(query, schema, index);
  await writeWeights(query, schema, index);
  await writeVectors(query, schema, index);
  // Made once the rows are there: that is faster by far than keeping indexes up row by row.
  await query(`CREATE UNIQUE INDEX ON ${schema}.terms (term)`);
  await query(`CREATE INDEX ON ${schema}.weights (term, plan)`);
  await query(`CREATE INDEX ON ${schema}.vectors (plan)`);
  if (layout.hnsw) {
    await query(
      `CREATE INDEX ON ${schema}.vectors USING hnsw (embedding vector_cosine_ops)
       WITH (m = ${HNSW.m}, ef_construction = ${HNSW.efConstruction})`,
    );
  }
  for (const table of ['passages', 'terms', 'weights', 'vectors']) await query(`ANALYZE ${schema}.${table}`);
}

async function createSplit(query: Query, table: string, { parts }: Layout, columns: string): Promise<void> {
  if (parts === 1) {
    await query(`CREATE TABLE ${table} (${columns})`);
    return;
  }
  await query(`CREATE TABLE ${table} (${columns}) PARTITION BY HASH (plan)`);
  for (let part = 0; part < parts; part++) {
    await query(
      `CREATE TABLE ${table}_${part} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${parts}, REMAINDER ${part})`,
    );
  }
}

async function writePassages(query: Query, schema: string, { passages, planOf, enrichment }: OpenIndex) {
  for (let from = 0; from < passages.length; from += ROWS) {
    const some = passages.slice(from, from + ROWS);
    await query(
      `INSERT INTO ${schema}.passages SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::text[],
         $5::json[], $6::text[], $7::int[], $8::int[], $9::text[], $10::text[], $11::json[])`,
      [
        some.map((_p, i) => from + i),
        some.map((_p, i) => planOf[from + i]),
        some.map((p) => p.id),
        some.map((p) => p.label),
        some.map((p) => JSON.stringify(p.path)),
        some.map((p) => p.kind),
        some.map((p) => p.start),
        some.map((p) => p.end),
        some.map((p) => p.text),
        some.map((p) => p.context),
        some.map((_p, i) => (enrichment[from + i] ? JSON.stringify(enrichment[from + i]) : null)),
      ],
    );
  }
}

/** Postings by term and plan, each row a list of documents beside the list of their scores. */
async function writeWeights(query: Query, schema: string, { lexical, planOf }: OpenIndex) {
  let terms: [number, string, string][] = [];
  let rows: [number, number, string, string][] = [];
  const flush = async () => {
    await query(`INSERT INTO ${schema}.terms SELECT * FROM unnest($1::int[], $2::text[], $3::real[])`, [
      terms.map((t) => t[0]),
      terms.map((t) => t[1]),
      terms.map((t) => t[2]),
    ]);
    await query(
      `INSERT INTO ${schema}.weights SELECT term, plan, docs::int[], scores::real[]
       FROM unnest($1::int[], $2::int[], $3::text[], $4::text[]) AS rows (term, plan, docs, scores)`,
      [rows.map((r) => r[0]), rows.map((r) => r[1]), rows.map((r) => r[2]), rows.map((r) => r[3])],
    );
    terms = [];
    rows = [];
  };
  let n = 0;
  for (const { term, idf, docs, scores } of lexical.postings()) {
    terms.push([n, term, exact(idf)]);
    for (let from = 0; from < docs.length; ) {
      const plan = planOf[docs[from] as number] as number;
      let to = from + 1;
      while (to < docs.length && planOf[docs[to] as number] === plan) to++;
      rows.push([
        n,
        plan,
        `{${docs.subarray(from, to).join(',')}}`,
        `{${Array.from(scores.subarray(from, to), exact).join(',')}}`,
      ]);
      from = to;
    }
    n++;
    if (rows.length >= 4 * ROWS) await flush();
  }
  await flush();
}

async function writeVectors(query: Query, schema: string, { planVectors, embedding }: OpenIndex) {
  let first = 0;
  for (const [plan, { values, owners }] of planVectors.entries()) {
    for (let from = 0; from < owners.length; from += ROWS) {
      const some = owners.slice(from, from + ROWS);
      const texts = some.map((_o, i) => {
        const at = (from + i) * embedding.dimension;
        return `[${Array.from(values.subarray(at, at + embedding.dimension), exact).join(',')}]`;
      });
      await query(
        `INSERT INTO ${schema}.vectors SELECT n, $1::int, doc, nth, embedding::vector
         FROM unnest($2::int[], $3::int[], $4::int[], $5::text[]) AS rows (n, doc, nth, embedding)`,
        [plan, some.map((_o, i) => first + from + i), some.map((o) => o.doc), some.map((o) => o.nth), texts],
      );
    }
    first += owners.length;
  }
}

/** Nine digits tell every 32-bit float from every other. */
const exact = (value: number): string => value.toPrecision(9);
