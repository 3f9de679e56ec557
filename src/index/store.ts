/**
 * The passage store: plans with their passages and search aids as binary files, of which nothing is parsed before it
 * is asked for. `text.bin` holds the texts in UTF-16, so that offsets are places in it; `bodies.bin` a plan's outline,
 * tables and indicators; `passages.bin` one record a passage and `passages.offsets` where each begins; `contents.json`
 * the plans' facts and their places.
 * @module
 */
import { join } from 'node:path';
import type { Passage, Plan, PlanFacts } from '../plan/types.ts';
import type { Enrichment } from './enrichment.ts';
import type { GrowingFile, Pieces } from './files.ts';
import { growingFile } from './files.ts';
import { lazyList, listOf } from './lazy.ts';

/** Where a plan's parts are, and how many; `text` in UTF-16 units, `body` in bytes. */
export interface PlanEntry {
  readonly facts: PlanFacts;
  readonly text: { readonly at: number; readonly length: number };
  readonly body: { readonly at: number; readonly length: number };
  readonly passages: { readonly first: number; readonly count: number };
  /** One for every passage, then one for every enrichment question. */
  readonly vectors: { readonly first: number; readonly count: number };
  readonly indicators: number;
}

/** The store's files; the first is the only one that is parsed when an index is opened. */
export const STORE_FILES = [
  'contents.json',
  'text.bin',
  'bodies.bin',
  'passages.bin',
  'passages.offsets',
] as const;

/** Passages, and whole plans, kept once decoded; a corpus that has no more is decoded at once. */
const KEPT = { passages: 8192, plans: 64 } as const;

type Body = Pick<Plan, 'outline' | 'tables' | 'indicators'>;
/** A passage as stored: what its plan and its place do not tell. */
type Stored = readonly [
  start: number,
  end: number,
  nodeId: string,
  kind: Passage['kind'],
  path: readonly string[],
  label: string,
  context: string,
  enrichment: Enrichment | null,
];

/** Writes the store, plan by plan. */
export interface StoreWriter {
  add(plan: Plan, enrichment: readonly (Enrichment | null)[], vectors: number): void;
  finish(): { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/** Begins a store in a folder. */
export function storeWriter(directory: string): StoreWriter {
  const files = STORE_FILES.map((name) => growingFile(join(directory, name)));
  const [contents, texts, bodies, records, places] = files as [
    GrowingFile,
    GrowingFile,
    GrowingFile,
    GrowingFile,
    GrowingFile,
  ];
  const entries: PlanEntry[] = [];
  const offsets: number[] = [0];
  let vectorsBefore = 0;
  return {
    add(plan, enrichment, vectors) {
      const { outline, tables, indicators } = plan;
      const body = Buffer.from(JSON.stringify({ outline, tables, indicators } satisfies Body), 'utf8');
      entries.push({
        facts: plan.facts,
        text: { at: texts.size / 2, length: plan.text.length },
        body: { at: bodies.size, length: body.length },
        passages: { first: offsets.length - 1, count: plan.passages.length },
        vectors: { first: vectorsBefore, count: vectors },
        indicators: indicators.length,
      });
      vectorsBefore += vectors;
      texts.append(Buffer.from(plan.text, 'utf16le'));
      bodies.append(body);
      plan.passages.forEach((p, i) => {
        const stored: Stored = [
          p.start,
          p.end,
          p.nodeId,
          p.kind,
          p.path,
          p.label,
          p.context,
          enrichment[i] ?? null,
        ];
        records.append(Buffer.from(JSON.stringify(stored), 'utf8'));
        offsets.push(records.size);
      });
    },
    finish() {
      contents.append(Buffer.from(JSON.stringify(entries), 'utf8'));
      places.append(new Uint8Array(Float64Array.from(offsets).buffer));
      return files.map((file, i) => ({ name: STORE_FILES[i] as string, ...file.finish() }));
    },
  };
}

/** An opened store. Document number i is `passages[i]`, with the search aids `enrichment[i]` (null without). */
export interface PlanStore {
  readonly entries: readonly PlanEntry[];
  readonly plans: readonly Plan[];
  readonly passages: readonly Passage[];
  readonly enrichment: readonly (Enrichment | null)[];
  /** For every document number the number of its plan. */
  readonly planOf: Uint32Array;
}

/** Opens a store from its files. @throws Error if they do not belong together */
export function openStore(files: Readonly<Record<(typeof STORE_FILES)[number], Pieces>>): PlanStore {
  const whole = (name: (typeof STORE_FILES)[number]) => files[name].read(0, files[name].length);
  const entries = JSON.parse(whole('contents.json').toString('utf8')) as PlanEntry[];
  const text = files['text.bin'];
  const offsets = floats64(whole('passages.offsets'));
  const count = offsets.length - 1;
  const planOf = new Uint32Array(count);
  entries.forEach(({ passages }, n) => {
    planOf.fill(n, passages.first, passages.first + passages.count);
  });
  const slice = (n: number, start: number, end: number) => {
    const { at } = (entries[n] as PlanEntry).text;
    return text.read(2 * (at + start), 2 * (at + end)).toString('utf16le');
  };
  const documents = lazyList(
    count,
    (doc) => {
      const n = planOf[doc] as number;
      const { id: planId } = (entries[n] as PlanEntry).facts;
      const record = files['passages.bin']
        .read(offsets[doc] as number, offsets[doc + 1] as number)
        .toString('utf8');
      const [start, end, nodeId, kind, path, label, context, enrichment] = JSON.parse(record) as Stored;
      const passage: Passage = {
        id: `${planId}#${start}-${end}`,
        planId,
        nodeId,
        kind,
        path,
        label,
        text: slice(n, start, end),
        context,
        start,
        end,
      };
      return { passage, enrichment };
    },
    KEPT.passages,
  );
  type Document = (typeof documents)[number];
  const passages = listOf(count, (doc) => (documents[doc] as Document).passage);
  const enrichment = listOf(count, (doc) => (documents[doc] as Document).enrichment);
  const bodies = lazyList(
    entries.length,
    (n): Body & Pick<Plan, 'text' | 'passages'> => {
      const { body, text, passages: own } = entries[n] as PlanEntry;
      const json = files['bodies.bin'].read(body.at, body.at + body.length).toString('utf8');
      let cut: readonly Passage[] | undefined;
      return {
        ...(JSON.parse(json) as Body),
        text: slice(n, 0, text.length),
        get passages() {
          cut ??= passages.slice(own.first, own.first + own.count);
          return cut;
        },
      };
    },
    KEPT.plans,
  );
  const plans = entries.map(({ facts }, n): Plan => {
    const body = () => bodies[n] as (typeof bodies)[number];
    return {
      facts,
      get text() {
        return body().text;
      },
      get outline() {
        return body().outline;
      },
      get tables() {
        return body().tables;
      },
      get passages() {
        return body().passages;
      },
      get indicators() {
        return body().indicators;
      },
    };
  });
  return { entries, plans, passages, enrichment, planOf };
}

const floats64 = (bytes: Buffer) =>
  new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8));
