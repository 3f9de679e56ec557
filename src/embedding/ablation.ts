/**
 * What the built-in embedding brings, on the development half of the regression suite and on statutes that no input
 * of its training saw:
 *
 *     npx tsx src/embedding/ablation.ts --statutes DIR [--model DIR] [--unseen]
 *
 * Prints the tables of docs/retrieval.md. `lexical` and `both` go the way of the product; `vector` is the nearest
 * vectors alone.
 * @module
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_IDF_DICT } from 'nodejs-jieba';
import { buildIndex } from '../index/build.ts';
import { LexicalBuilder, LexicalIndex } from '../index/lexical.ts';
import type { OpenIndex } from '../index/open.ts';
import { openIndex } from '../index/open.ts';
import { nearestWithin } from '../index/vectors.ts';
import { loadSegmenter, terms } from '../language/segment.ts';
import { ScopeFinder } from '../retrieval/scope.ts';
import { searchPassages } from '../retrieval/search.ts';
import { understand } from '../retrieval/understand.ts';
import type { NamedEmbedding } from './index.ts';
import { normalise, readDescription, readModel, sumRows } from './model.ts';
import { bagOf } from './tokens.ts';
import { articlesOf, UNSEEN, unseenQuestions } from './train.ts';

type Embed = (text: string) => Float32Array;

/** The embedding before this one: hashed words and pairs weighted by idf, 384 dimensions. */
function hashing(): Embed {
  const idf = new Map(
    readFileSync(DEFAULT_IDF_DICT, 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .map(([word, value]) => [word as string, Number(value)]),
  );
  const hash = (text: string) => {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    return h >>> 0;
  };
  return (text) => {
    const vector = new Float32Array(384);
    const counts = new Map<string, number>();
    for (const term of terms(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) {
      const weight = (1 + Math.log(count)) * (idf.get(term) ?? 9 * (term.length === 2 ? 0.5 : 1));
      for (const h of [hash(term), hash(`${term}#`)]) vector[h % 384]! += h & 0x10000 ? weight : -weight;
    }
    normalise(vector);
    return vector;
  };
}

function trained(folder: string): Embed {
  const model = readModel(join(folder, 'model.bin'), readDescription(join(folder, 'model.json')));
  return (text) => {
    const { ids, weights } = bagOf(text, model.vocabulary);
    const vector = sumRows(model.rows, model.dimension, ids, weights);
    normalise(vector);
    return vector;
  };
}

function named(id: string, embed: Embed): NamedEmbedding {
  const array = (text: string) => Array.from(embed(text));
  return {
    id,
    dimension: embed('水').length,
    embeddings: {
      embedDocuments: async (texts) => texts.map(array),
      embedQuery: async (text) => array(text),
    },
  };
}

interface Question {
  readonly kind: string;
  readonly question: string;
  readonly need: string;
  readonly reason?: string;
  readonly gold: readonly { plan: string; quote: string }[];
}

function developmentHalf(): Question[] {
  const folder = 'tests/regression/development';
  return readdirSync(folder)
    .filter((f) => f.endsWith('.jsonl'))
    .sort()
    .flatMap((f) => readFileSync(join(folder, f), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Question);
}

/** As the suite compares quotes: without white space and markup. */
const plain = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/<\/?p>|\$/g, '')
    .replace(/_\{([^}]*)\}/g, '$1')
    .replace(/\\geq/g, '≥')
    .replace(/\\leq/g, '≤')
    .replace(/\s/g, '')
    .toLowerCase();

/** A corpus like the real one, with or without its glossary and its enrichment (of all plans, or but one). */
function corpusWith(
  root: string,
  parts: { glossary: boolean; enrichment: boolean; except?: string },
): string {
  const folder = join(root, `${parts.glossary}-${parts.enrichment}-${parts.except ?? ''}`);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync('corpus')) {
    if (file === 'glossary.yaml' && !parts.glossary) continue;
    if (file.endsWith('.enrichment.jsonl') && (!parts.enrichment || file.startsWith(`${parts.except}.`)))
      continue;
    copyFileSync(join('corpus', file), join(folder, file));
  }
  return folder;
}

async function indexOf(corpusDir: string, embedding: NamedEmbedding): Promise<OpenIndex> {
  const indexDir = `${corpusDir}-index-${embedding.id}`;
  await buildIndex({ corpusDir, indexDir, embedding });
  return openIndex(indexDir, corpusDir, embedding);
}

type Ranked = { doc: number; similarity: number }[];
type Ranker = (question: string) => Promise<Ranked>;

function rankers(index: OpenIndex): { nearest: Ranker; product: Ranker } {
  const finder = new ScopeFinder(index.plans.map((p) => p.facts));
  const read = (question: string) =>
    understand(question, index.glossary, finder.find(question), index.plans.length);
  return {
    nearest: async (question) => {
      const { folded, scope } = read(question);
      let text = folded;
      for (const { at, text: name } of scope.mentions)
        text = text.slice(0, at) + ' '.repeat(name.length) + text.slice(at + name.length);
      const vector = await index.embedding.embeddings.embedQuery(text);
      const plans = scope.only.length > 0 ? scope.only.map((n) => index.planVectors[n]!) : index.planVectors;
      return nearestWithin(plans, vector, 200);
    },
    product: async (question) => searchPassages(index, read(question), 10),
  };
}

/** First-5 recall (comparisons: all spans within 10) by kind. */
async function recall(
  questions: readonly Question[],
  index: OpenIndex,
  rank: Ranker,
): Promise<Map<string, { right: number; of: number }>> {
  const texts = index.passages.map((p) => plain(p.text));
  const scores = new Map<string, { right: number; of: number }>();
  for (const { kind, question, need, gold } of questions) {
    if (gold.length === 0) continue;
    const found = await rank(question);
    const ranks = gold.map(({ plan, quote }) =>
      found.findIndex(
        ({ doc }) =>
          index.passages[doc]!.planId === plan &&
          (texts[doc]!.includes(plain(quote)) || plain(quote).includes(texts[doc]!)),
      ),
    );
    const right =
      kind === 'compare' && need === 'all'
        ? ranks.every((r) => r >= 0 && r < 10)
        : ranks.some((r) => r >= 0 && r < 5);
    for (const key of [kind, 'all']) {
      const score = scores.get(key) ?? { right: 0, of: 0 };
      scores.set(key, { right: score.right + Number(right), of: score.of + 1 });
    }
  }
  return scores;
}

const percent = (score: { right: number; of: number } | undefined) =>
  score && score.of > 0 ? ((100 * score.right) / score.of).toFixed(1) : '–';

const ANSWERABLE = new Set(['paraphrase', 'noisy', 'fact', 'numeric', 'list', 'table', 'scoped', 'english']);

/** How surely a question the plans answer has a nearer vector than one from elsewhere (area under the ROC curve). */
async function separation(questions: readonly Question[], rank: Ranker): Promise<number> {
  const inside: number[] = [];
  const outside: number[] = [];
  for (const { kind, question, reason } of questions) {
    const to = ANSWERABLE.has(kind)
      ? inside
      : kind === 'injection' || reason === 'out_of_scope' || reason === 'nothing_found'
        ? outside
        : undefined;
    to?.push((await rank(question))[0]?.similarity ?? 0);
  }
  let wins = 0;
  for (const a of inside) for (const b of outside) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (inside.length * outside.length);
}

/** First-5 recall among all articles of the held-out statutes. */
function unseenStatutes(folder: string, embeds: readonly [string, Embed][]): string[][] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort();
  const questions = UNSEEN.flatMap(unseenQuestions);
  const articles = [...new Set(questions.map((q) => q.statute))].flatMap((name) => {
    const file = files.filter((f) => f.split('/').at(-1)!.startsWith(`${name}(`)).at(-1);
    if (!file) throw new Error(`${folder} 里没有 ${name}`);
    // Articles count from 1 in their order; the held-out statutes leave none out.
    return articlesOf(readFileSync(file, 'utf8'), name).map(({ heading, body }, i) => ({
      key: `${name}#${i + 1}`,
      text: `${heading}\n${body}`,
    }));
  });
  const builder = new LexicalBuilder();
  for (const { text } of articles) builder.add([{ terms: terms(text), weight: 1 }]);
  const lexical = new LexicalIndex(builder.build());
  const words = (question: string): Map<number, number> => {
    const hits = lexical.search(
      terms(question).map((term) => ({ term, weight: 1 })),
      80,
    );
    return new Map(hits.map(({ doc, score }) => [doc, score / hits[0]!.score]));
  };
  const row = (label: string, scoreOf: (question: string) => (doc: number) => number): string[] => {
    const right = { verbatim: 0, paraphrase: 0 };
    for (const { statute, article, kind, question } of questions) {
      const score = scoreOf(question);
      const best = articles.map((_a, doc) => doc).sort((a, b) => score(b) - score(a) || a - b);
      if (best.slice(0, 5).some((doc) => articles[doc]!.key === `${statute}#${article}`)) right[kind]++;
    }
    const of = (kind: string) => questions.filter((q) => q.kind === kind).length;
    return [
      label,
      ...(['verbatim', 'paraphrase'] as const).map((k) => percent({ right: right[k], of: of(k) })),
      percent({ right: right.verbatim + right.paraphrase, of: questions.length }),
    ];
  };
  const rows = [
    row('lexical', (question) => {
      const found = words(question);
      return (doc) => found.get(doc) ?? 0;
    }),
  ];
  for (const [label, embed] of embeds) {
    const vectors = articles.map(({ text }) => embed(text));
    const similarity = (question: string) => {
      const q = embed(question);
      return (doc: number) => vectors[doc]!.reduce((sum, x, d) => sum + x * q[d]!, 0);
    };
    rows.push(row(`vector, ${label}`, similarity));
    for (const weight of [0.25, 0.5, 1, 1.5]) {
      rows.push(
        row(`both (× ${weight}), ${label}`, (question) => {
          const found = words(question);
          const near = similarity(question);
          return (doc) => (found.get(doc) ?? 0) + weight * Math.max(0, near(doc));
        }),
      );
    }
  }
  return rows;
}

/**
 * First-5 recall on the unseen statutes the product's way: the statutes of a set in one index, without enrichment or
 * glossary, and an article found if a passage of it is.
 */
async function unseenThroughProduct(folder: string, root: string, embed: Embed): Promise<string[][]> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort();
  const rows: string[][] = [];
  for (const set of UNSEEN) {
    const questions = unseenQuestions(set);
    const corpus = join(root, `unseen-${set}`);
    mkdirSync(corpus);
    const labels = new Map<string, string>();
    for (const name of new Set(questions.map((q) => q.statute))) {
      const file = files.filter((f) => f.split('/').at(-1)!.startsWith(`${name}(`)).at(-1);
      if (!file) throw new Error(`${folder} 里没有 ${name}`);
      copyFileSync(file, join(corpus, `${name}.md`));
      const numbers =
        readFileSync(file, 'utf8').match(/^\s*第[一二三四五六七八九十百千]+条(?=[\s\u3000])/gm) ?? [];
      numbers.forEach((label, i) => {
        labels.set(`${name}#${i + 1}`, label.trim());
      });
    }
    const index = await indexOf(corpus, named('trained', embed));
    const { product } = rankers(index);
    for (const kind of new Set(questions.map((q) => q.kind))) {
      const own = questions.filter((q) => q.kind === kind);
      let right = 0;
      for (const { statute, article, question } of own) {
        const label = labels.get(`${statute}#${article}`);
        const found = (await product(question)).slice(0, 5).map(({ doc }) => index.passages[doc]!);
        const hit = (p: (typeof found)[number]) =>
          p.planId === statute &&
          (p.label === label || p.label.startsWith(`${label}第`) || p.path.at(-1) === label);
        if (found.some(hit)) right++;
      }
      rows.push([set, kind, String(own.length), percent({ right, of: own.length })]);
    }
  }
  return rows;
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'), '\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      statutes: { type: 'string' },
      model: { type: 'string', default: 'src/embedding/model' },
      /** A plan whose enrichment the model was trained without: measured on its questions only. */
      'left-out': { type: 'string' },
      quick: { type: 'boolean', default: false },
      /** Only what the product finds in the unseen statutes. */
      unseen: { type: 'boolean', default: false },
    },
  });
  loadSegmenter();
  const hash = hashing();
  const embed = trained(values.model);
  const embeds: [string, Embed][] = [
    ['hash', hash],
    ['trained', embed],
  ];
  if (values.statutes && values.unseen) {
    const root = mkdtempSync(join(tmpdir(), 'guiwen-ablation-'));
    try {
      const rows = await unseenThroughProduct(values.statutes, root, embed);
      printTable(['set', 'kind', 'n', 'first five'], rows);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
    return;
  }
  if (values.statutes && !values['left-out']) {
    printTable(
      ['unseen statutes', 'in their words', 'everyday words', 'all'],
      unseenStatutes(values.statutes, embeds),
    );
  }
  const root = mkdtempSync(join(tmpdir(), 'guiwen-ablation-'));
  try {
    const left = values['left-out'];
    const questions = developmentHalf().filter(
      (q) => !left || (q.gold.length > 0 && q.gold.every((g) => g.plan === left)),
    );
    const kinds = ['all', ...new Set(questions.filter((q) => q.gold.length > 0).map((q) => q.kind))];
    const settings = left
      ? [
          { glossary: true, enrichment: true },
          { glossary: true, enrichment: true, except: left },
        ]
      : values.quick
        ? [{ glossary: true, enrichment: true }]
        : [true, false].flatMap((glossary) => [true, false].map((enrichment) => ({ glossary, enrichment })));
    const rows: string[][] = [];
    const areas: string[][] = [];
    for (const setting of settings) {
      const corpus = corpusWith(root, setting);
      const note = `${setting.glossary ? '+' : '−'} glossary ${setting.enrichment && !('except' in setting) ? '+' : '−'} enrichment`;
      const add = async (label: string, index: OpenIndex, rank: Ranker) => {
        const scores = await recall(questions, index, rank);
        rows.push([note, label, ...kinds.map((kind) => percent(scores.get(kind)))]);
      };
      // A vector that is near nothing takes the vectors out of the product's own fusion.
      const none = await indexOf(
        corpus,
        named('none', (text) => Float32Array.from([1, text === '' ? 1 : 0])),
      );
      const blind = { ...none, embedding: named('none', () => Float32Array.from([0, -1])) };
      await add('lexical', blind, rankers(blind).product);
      for (const [label, e] of embeds) {
        const index = await indexOf(corpus, named(label, e));
        const { nearest, product } = rankers(index);
        await add(`vector, ${label}`, index, nearest);
        await add(`both, ${label}`, index, product);
        if (!left) areas.push([note, label, (await separation(questions, nearest)).toFixed(3)]);
      }
    }
    printTable(['index', 'ranking', ...kinds], rows);
    if (!left) printTable(['index', 'embedding', 'AUC answerable / elsewhere'], areas);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

await main();
