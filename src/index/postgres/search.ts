/**
 * Searching a generation's tables in SQL.
 * @module
 */
import type { Postgres } from '../../postgres/connect.ts';
import { PostgresError } from '../../postgres/connect.ts';
import type { LexicalHit } from '../lexical.ts';
import type { SharedSearch, SharedTerm } from '../shared.ts';
import type { VectorHit } from '../vectors.ts';
import { efFor } from '../vectors.ts';
import { schemaOf } from './tables.ts';

/**
 * How many more documents than wanted are fetched: SQL adds weights up in 64 bits and the typed-array index in 32, so
 * that documents of all but equal scores may change places at the edge.
 */
const EDGE = 40;

/** The most candidates that pgvector lets an approximate search keep. */
const EF_MOST = 1000;

/** What every connection is told first: how many candidates an approximate search among `count` vectors keeps. */
export const sessionFor = (count: number): string =>
  `SET hnsw.ef_search = ${Math.min(EF_MOST, efFor(count))}`;

/**
 * The searches of a generation; closing them closes the database. When the database fails, or has dropped the
 * generation for a newer one, they give undefined, and `onFault` is told why.
 */
export function searchIn(
  database: Postgres,
  generation: number,
  onFault: (message: string) => void = () => {},
): SharedSearch {
  const schema = schemaOf(generation);
  const orNothing = async <T>(search: Promise<T>): Promise<T | undefined> => {
    try {
      return await search;
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error;
      onFault(error.message);
      return undefined;
    }
  };
  return {
    lexical: (query, k, plans) => orNothing(byWords(database, schema, query, k, plans)),
    nearest: (vector, k, plans) => orNothing(byVector(database, schema, vector, k, plans)),
    close: () => database.close(),
  };
}

async function byWords(
  database: Postgres,
  schema: string,
  query: readonly SharedTerm[],
  k: number,
  plans: readonly number[],
): Promise<LexicalHit[]> {
  const { rows } = await database.query<{ doc: number; nth: number; score: number }>(
    `WITH parts AS MATERIALIZED (
       SELECT p.doc, q.nth, q.weight, p.score
       FROM unnest($1::text[], $2::float8[]) WITH ORDINALITY AS q (term, weight, nth)
       JOIN ${schema}.terms t ON t.term = q.term
       JOIN ${schema}.weights w ON w.term = t.n AND ($4::int[] IS NULL OR w.plan = ANY ($4::int[]))
       CROSS JOIN LATERAL unnest(w.docs, w.scores) AS p (doc, score)
     ), best AS (
       SELECT doc FROM parts GROUP BY doc ORDER BY sum(weight * score) DESC, doc LIMIT $3
     )
     SELECT doc, nth::int, score FROM parts JOIN best USING (doc)`,
    [
      query.map((q) => q.term),
      query.map((q) => q.weight * (q.rescaled ?? 1)),
      k + EDGE,
      plans.length > 0 ? plans : null,
    ],
  );
  return summed(rows, query)
    .sort((a, b) => b.score - a.score || a.doc - b.doc)
    .slice(0, k);
}

/** The scores as the typed-array index reckons them: term after term, in 32 bits. */
function summed(
  rows: readonly { doc: number; nth: number; score: number }[],
  query: readonly SharedTerm[],
): LexicalHit[] {
  const scores = new Map<number, number>();
  for (const { doc, nth, score } of rows.toSorted((a, b) => a.nth - b.nth)) {
    const { weight = 0, rescaled = 1 } = query[nth - 1] ?? {};
    const weighs = Math.fround(Math.fround(score) * rescaled);
    scores.set(doc, Math.fround((scores.get(doc) ?? 0) + weight * weighs));
  }
  return [...scores].map(([doc, score]) => ({ doc, score })).filter(({ score }) => score > 0);
}

async function byVector(
  database: Postgres,
  schema: string,
  vector: readonly number[],
  k: number,
  plans: readonly number[],
): Promise<VectorHit[]> {
  const within = plans.length > 0;
  const { rows } = await database.query<{ doc: number; nth: number; distance: number }>(
    // The sum keeps the planner from the approximate index, which knows nothing of plans.
    `SELECT doc, nth, embedding <=> $1::vector AS distance FROM ${schema}.vectors
     ${within ? 'WHERE plan = ANY ($3::int[])' : ''}
     ORDER BY ${within ? '(embedding <=> $1::vector) + 0, doc, n' : 'embedding <=> $1::vector'} LIMIT $2`,
    [`[${vector.join(',')}]`, k, ...(within ? [plans] : [])],
  );
  const seen = new Set<number>();
  return (
    rows
      // Of a vector that is all zeros PostgreSQL says NaN.
      .map(({ doc, nth, distance }) => ({ doc, nth, similarity: Number.isNaN(distance) ? 0 : 1 - distance }))
      .sort((a, b) => b.similarity - a.similarity || a.doc - b.doc)
      .filter(({ doc }) => !seen.has(doc) && seen.add(doc))
  );
}
