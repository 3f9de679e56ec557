/**
 * Makes the model of the built-in embedding:
 *
 *     npx tsx src/embedding/train.ts --corpus corpus --statutes DIR --out src/embedding/model
 *
 * Inputs: the plans of the corpus, its glossary and enrichment, and public statutes as Markdown (第N条 at the start of
 * a line). `--steps N` trains less or more. `--without-enrichment PLAN` leaves one plan's enrichment out, for measuring what training on it brings.
 * Statutes named in `tests/embedding/statutes.questions.jsonl` are always left out. Same inputs, same bytes.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as jieba from 'nodejs-jieba';
import { corpusGlossary } from '../index/build.ts';
import { readEnrichment } from '../index/enrichment.ts';
import type { Glossary } from '../language/glossary.ts';
import { EMPTY_GLOSSARY } from '../language/glossary.ts';
import { LEXICON } from '../language/lexicon.ts';
import { loadSegmenter } from '../language/segment.ts';
import { readCatalog } from '../plan/catalog.ts';
import { readPlan } from '../plan/read.ts';
import { bucketRows, seeded, writeModel } from './model.ts';
import type { Bag } from './tokens.ts';
import { BUCKETS, bagOf, LONGEST, runsOf } from './tokens.ts';
import type { Pair } from './training.ts';
import { latentSemantics, Trainer } from './training.ts';

const DIMENSION = 192;
/** Most tokens of each kind; what is rarer goes to the buckets. */
const LIMIT = { character: 3600, pair: 16_000, word: 7000, latin: 1600 } as const;
/** Articles used, environmental and planning ones first. */
const ARTICLES = 16_000;
const BATCH = 160;
const STEPS = 1100;
const TEMPERATURE = 0.06;
const RATE = 0.02;
/** Share of a question's tokens that training hides, so that no single word carries a pair. */
const DROPOUT = 0.15;
/** The same where a clause was put in everyday words: it has to be found by those, not by what was left. */
const DROPOUT_SAID = 0.4;
/** How often a printed word is put in everyday words. */
const SAID = 0.8;
/** How often a batch is made of each kind of pair. */
const MIX: Record<string, number> = {
  question: 8,
  sibling: 2,
  aids: 3,
  glossary: 3,
  clause: 3,
  sentence: 2,
  lexicon: 3,
  said: 8,
  asked: 2,
};

interface Passage {
  readonly text: string;
  readonly body: string;
  readonly questions: readonly string[];
  readonly synonyms: readonly string[];
  readonly english: readonly string[];
}

/** An article of a statute, with everyday questions it answers, if any were written. */
interface Article {
  readonly heading: string;
  readonly body: string;
  readonly questions: readonly string[];
}

interface Inputs {
  readonly passages: readonly Passage[];
  readonly articles: readonly Article[];
  readonly glossary: Glossary;
}

async function readPassages(corpus: string, without: string | undefined): Promise<Passage[]> {
  const passages: Passage[] = [];
  for (const entry of readCatalog(corpus)) {
    const plan = await readPlan(readFileSync(entry.path), entry.file, entry.facts);
    const aids = plan.facts.id === without ? [] : readEnrichment(corpus, plan);
    plan.passages.forEach((passage, i) => {
      const { questions = [], synonyms = [], english = [] } = aids[i] ?? {};
      const text = [passage.path.at(-1) ?? '', passage.context, passage.text].join('\n');
      passages.push({ text, body: passage.text, questions, synonyms, english });
    });
  }
  return passages;
}

/** Title of a statute file: its name without the date of its version. */
const titleOf = (file: string) => file.replace(/^.*\//, '').replace(/\(.*$|\.md$/g, '');

/** The lines of a file of this repository, parsed; none if it is not there. */
function linesOf<T>(path: string): T[] {
  const file = fileURLToPath(new URL(path, import.meta.url));
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

/** Questions on statutes that no training may see, with the articles that answer them. */
export interface StatuteQuestion {
  readonly statute: string;
  /** The article's place in its statute, from 1. */
  readonly article: number;
  readonly kind: 'verbatim' | 'paraphrase';
  readonly question: string;
}

/** The sets of questions on unseen statutes: the first written with the embedding, the second with the lexicon. */
export const UNSEEN = ['statutes', 'everyday'] as const;

/** The questions of one set. */
export function unseenQuestions(set: (typeof UNSEEN)[number]): StatuteQuestion[] {
  return linesOf(`../../tests/embedding/${set}.questions.jsonl`);
}

/** Statutes that the measurement on unseen documents needs unseen, those of the second suite among them. */
export function heldOut(): string[] {
  const suite = fileURLToPath(new URL('../../tests/regression/statutes/documents.json', import.meta.url));
  const { documents } = JSON.parse(readFileSync(suite, 'utf8')) as { documents: { path: string }[] };
  const questions = UNSEEN.flatMap((set) => unseenQuestions(set).map((q) => q.statute));
  return [...new Set([...questions, ...documents.map(({ path }) => titleOf(path))])];
}

/** The articles of a statute with the headings they stand under. */
export function articlesOf(markdown: string, title: string): { heading: string; body: string }[] {
  const articles: { heading: string; body: string }[] = [];
  let chapter = '';
  for (const line of markdown.split('\n')) {
    const text = line.trim();
    if (/^#{2,}/.test(text)) chapter = text.replace(/^#+\s*(?:第\S+[章节编]\s*)?/, '');
    else if (/^第[一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十])?[\s\u3000]/.test(text))
      articles.push({ heading: `${title} ${chapter}`, body: text.replace(/^\S+[\s\u3000]+/, '') });
    else if (text && articles.length > 0 && !/^[<#]/.test(text)) articles.at(-1)!.body += `\n${text}`;
  }
  return articles;
}

/** The latest version of every statute below a folder that is not held out, nor about one that is. */
function readArticles(folder: string): Article[] {
  const asked = new Map<string, string[]>();
  for (const { statute, article, questions } of linesOf<{
    statute: string;
    article: number;
    questions: string[];
  }>('./data/statutes.questions.jsonl'))
    asked.set(`${statute}#${article}`, questions);
  const out = heldOut();
  const latest = new Map<string, string>();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.md') && !e.name.startsWith('_'))
    .map((e) => join(e.parentPath, e.name))
    .sort();
  for (const file of files) {
    const title = titleOf(file);
    const bare = (name: string) => name.replace(/(?:暂行|管理)?(?:条例|法|办法|规定)$/, '');
    if (!out.some((name) => title.includes(bare(name)))) latest.set(title, file);
  }
  const random = seeded(2);
  return [...latest]
    .flatMap(([title, file]) =>
      articlesOf(readFileSync(file, 'utf8'), title).map((article, i) => ({
        ...article,
        questions: asked.get(`${title}#${i + 1}`) ?? [],
      })),
    )
    .filter(({ body, questions }) => questions.length > 0 || (body.length >= 30 && body.length <= 800))
    .map((article) => {
      if (article.questions.length > 0) return { article, rank: -1 };
      const near =
        article.heading.match(/环境|污染|生态|规划|水|林|节能|能源|土地|农业|城乡|安全生产|公共/g)?.length ??
        0;
      return { article, rank: random() / (1 + Math.min(3, near)) };
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, ARTICLES)
    .map(({ article }) => article);
}

/** The tokens worth a row of their own: the glossary's, then the most frequent of each kind. */
function vocabularyOf(inputs: Inputs): string[] {
  const counts = new Map<string, number>();
  const raise = (token: string, by: number) => counts.set(token, (counts.get(token) ?? 0) + by);
  const count = (text: string, by: number) => {
    const { han, latin } = runsOf(text);
    for (const word of latin) raise(word, by);
    for (const run of han) {
      for (let i = 0; i < run.length; i++) {
        raise(run[i]!, by);
        if (i + 1 < run.length) raise(run.slice(i, i + 2), by);
      }
      for (const word of jieba.cutForSearch(run, true))
        if (word.length >= 3 && word.length <= LONGEST) raise(word, by);
    }
  };
  for (const { heading, body, questions } of inputs.articles) {
    count(`${heading}\n${body}`, 1);
    count(questions.join('\n'), 8);
  }
  for (const { said, printed } of LEXICON.entries) count([...said, ...printed].join('\n'), 12);
  for (const { text, questions, synonyms, english } of inputs.passages) {
    count(text, 6);
    count([...questions, ...synonyms, ...english].join('\n'), 8);
  }
  for (const { term, also, everyday, english } of inputs.glossary.entries)
    count([term, ...also, ...everyday, ...english].join('\n'), 12);
  const kept = { character: 0, pair: 0, word: 0, latin: 0 };
  return [...counts]
    .filter(([, n]) => n >= 3)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .filter(([token]) => {
      const kind = /^[a-z\d]/.test(token)
        ? 'latin'
        : token.length === 1
          ? 'character'
          : token.length === 2
            ? 'pair'
            : 'word';
      return kept[kind]++ < LIMIT[kind];
    })
    .map(([token]) => token);
}

/** Pairs of texts by kind, each drawn anew from the random numbers it is given. */
function pairMakers(
  inputs: Inputs,
  bag: (text: string) => Bag,
): Record<string, (random: () => number) => Pair | undefined> {
  const kept = new Map<string, Bag>();
  const cached = (text: string) => {
    const found = kept.get(text) ?? bag(text);
    kept.set(text, found);
    return found;
  };
  const asked = inputs.passages.flatMap((p, group) => (p.questions.length > 0 ? [{ ...p, group }] : []));
  const entries = inputs.glossary.entries;
  const pick = <T>(list: readonly T[], random: () => number) => list[Math.floor(random() * list.length)];
  const answered = inputs.articles.flatMap((a, group) =>
    a.questions.length > 0 ? [{ ...a, text: `${a.heading}\n${a.body}`, group }] : [],
  );
  const spoken = everydayForms();
  const clauses = (text: string) => text.split(/[，。；：\n]/).filter((c) => c.length >= 5 && c.length <= 40);
  const texts = [
    ...inputs.passages.flatMap((p) => [p, p].map(({ text, body }) => ({ text, body }))),
    ...inputs.articles.map(({ heading, body }) => ({ text: `${heading}\n${body}`, body })),
  ].filter(({ body }) => body.length > 40);
  return {
    question: (random) => {
      const p = pick(asked, random);
      const q = p && pick(p.questions, random);
      return p && q ? { left: hide(cached(q), random), right: cached(p.text), group: p.group } : undefined;
    },
    sibling: (random) => {
      const p = pick(asked, random);
      if (!p || p.questions.length < 2) return undefined;
      const i = Math.floor(random() * p.questions.length);
      const j = (i + 1 + Math.floor(random() * (p.questions.length - 1))) % p.questions.length;
      return {
        left: hide(cached(p.questions[i]!), random),
        right: hide(cached(p.questions[j]!), random),
        group: p.group,
      };
    },
    aids: (random) => {
      const p = pick(asked, random);
      const words = p && (random() < 0.5 ? p.synonyms : p.english);
      if (!p || !words || words.length === 0) return undefined;
      const some = words.filter(() => random() < 0.5);
      return { left: bag(some.join('，') || words[0]!), right: cached(p.text), group: p.group };
    },
    glossary: (random) => {
      const i = Math.floor(random() * entries.length);
      const entry = entries[i];
      if (!entry) return undefined;
      const official = pick([entry.term, entry.term, ...entry.also], random)!;
      const other = pick([...entry.also, ...entry.everyday, ...entry.everyday, ...entry.english], random);
      return other ? { left: cached(other), right: cached(official), group: i } : undefined;
    },
    clause: (random) => {
      const i = Math.floor(random() * texts.length);
      const t = texts[i]!;
      const clause = pick(clauses(t.body), random);
      if (!clause) return undefined;
      // Half of the time the clause is taken out of what it has to find.
      const rest = random() < 0.5 ? cached(t.text) : bag(t.text.replace(clause, ''));
      return { left: hide(bag(clause), random), right: rest, group: i };
    },
    asked: (random) => {
      const a = pick(answered, random);
      const q = a && pick(a.questions, random);
      return a && q ? { left: hide(cached(q), random), right: cached(a.text), group: a.group } : undefined;
    },
    lexicon: (random) => {
      const i = Math.floor(random() * LEXICON.entries.length);
      const { said, printed } = LEXICON.entries[i]!;
      const left = said.filter(() => random() < 0.4).join('，') || pick(said, random)!;
      const right = printed.filter(() => random() < 0.6).join('，') || pick(printed, random)!;
      return { left: bag(left), right: bag(right), group: i };
    },
    said: (random) => {
      const i = Math.floor(random() * texts.length);
      const t = texts[i]!;
      const clause = pick(clauses(t.body), random);
      const put = clause && inEverydayWords(clause, spoken, random);
      if (!clause || !put) return undefined;
      const rest = random() < 0.5 ? cached(t.text) : bag(t.text.replace(clause, ''));
      return { left: hide(bag(put), random, DROPOUT_SAID), right: rest, group: i };
    },
    sentence: (random) => {
      const i = Math.floor(random() * texts.length);
      const parts = texts[i]!.body.split(/(?<=[。；\n])/).filter((s) => s.length >= 8);
      if (parts.length < 2) return undefined;
      const at = Math.floor(random() * parts.length);
      return {
        left: bag(parts[at]!),
        right: bag(parts.filter((_p, k) => k !== at).join('')),
        group: i,
      };
    },
  };
}

/** What the lexicon says for each printed word. */
function everydayForms(): ReadonlyMap<string, readonly string[]> {
  const spoken = new Map<string, string[]>();
  for (const { said, printed } of LEXICON.entries)
    for (const word of printed)
      spoken.set(word, [...(spoken.get(word) ?? []), ...said.filter((form) => !printed.includes(form))]);
  return new Map([...spoken].filter(([, forms]) => forms.length > 0));
}

/** A clause with most of its printed words put as people say them; undefined if it has none. */
function inEverydayWords(
  clause: string,
  spoken: ReadonlyMap<string, readonly string[]>,
  random: () => number,
): string | undefined {
  let out = '';
  let changed = false;
  for (let i = 0; i < clause.length; ) {
    let n = Math.min(12, clause.length - i);
    while (n >= 2 && !spoken.has(clause.slice(i, i + n))) n--;
    const forms = n >= 2 ? spoken.get(clause.slice(i, i + n)) : undefined;
    if (forms && random() < SAID) {
      out += forms[Math.floor(random() * forms.length)];
      changed = true;
      i += n;
    } else {
      out += clause.slice(i, i + Math.max(1, n));
      i += Math.max(1, n);
    }
  }
  return changed ? out : undefined;
}

/** A bag without some of its tokens. */
function hide({ ids, weights }: Bag, random: () => number, share: number = DROPOUT): Bag {
  const keep = Array.from(ids, () => random() >= share);
  if (!keep.includes(true)) return { ids, weights };
  return { ids: ids.filter((_id, k) => keep[k]), weights: weights.filter((_w, k) => keep[k]) };
}

function initialRows(
  inputs: Inputs,
  vocabulary: readonly string[],
  bag: (text: string) => Bag,
): Float32Array {
  const tokens = vocabulary.length;
  const own = ({ ids, weights }: Bag): Bag => ({
    ids: ids.filter((id) => id < tokens),
    weights: weights.filter((_w, k) => ids[k]! < tokens),
  });
  const documents = [
    ...inputs.passages.flatMap((p) => {
      const whole = own(bag([p.text, ...p.questions, ...p.synonyms, ...p.english].join('\n')));
      return [whole, whole];
    }),
    ...inputs.articles.map(({ heading, body, questions }) =>
      own(bag([`${heading}\n${body}`, ...questions].join('\n'))),
    ),
    ...LEXICON.entries.map(({ said, printed }) => own(bag([...said, ...printed].join('\n')))),
    ...inputs.glossary.entries.map((e) =>
      own(bag([e.term, ...e.also, ...e.everyday, ...e.english].join('\n'))),
    ),
  ];
  const frequency = new Float32Array(tokens);
  for (const { ids } of documents) for (const id of ids) frequency[id]! += 1;
  const idf = frequency.map((n) => Math.log((documents.length + 1) / (n + 1)));
  const semantic = latentSemantics(documents, idf, tokens, DIMENSION, 4);
  const random = seeded(3);
  const unit = 1 / Math.sqrt(DIMENSION);
  const rows = new Float32Array((tokens + BUCKETS) * DIMENSION);
  for (let t = 0; t < tokens; t++) {
    const length = vocabulary[t]!.length;
    // A lone character says little; a rare word much. The random part keeps tokens apart that share all documents.
    const weight =
      (idf[t]! / 6) * (length === 1 && !/[a-z]/.test(vocabulary[t]!) ? 0.4 : length >= 3 ? 1.2 : 0.8);
    for (let d = 0; d < DIMENSION; d++) {
      const own = random() < 0.5 ? -unit : unit;
      rows[t * DIMENSION + d] = weight * (0.6 * semantic[t * DIMENSION + d]! + 0.8 * own);
    }
  }
  rows.set(bucketRows(DIMENSION), tokens * DIMENSION);
  return rows;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string', default: 'corpus' },
      statutes: { type: 'string' },
      out: { type: 'string', default: 'src/embedding/model' },
      'without-enrichment': { type: 'string' },
      steps: { type: 'string', default: String(STEPS) },
    },
  });
  if (!values.statutes) throw new Error('请用 --statutes 指定法规目录（Markdown 文件）。');
  const steps = Number(values.steps);
  const began = Date.now();
  const log = (line: string) =>
    process.stderr.write(`${((Date.now() - began) / 1000).toFixed(0)} s  ${line}\n`);
  const glossary = corpusGlossary(values.corpus).glossary ?? EMPTY_GLOSSARY;
  loadSegmenter(glossary.segmenterWords());
  const inputs: Inputs = {
    passages: await readPassages(values.corpus, values['without-enrichment']),
    articles: readArticles(values.statutes),
    glossary,
  };
  const questions = inputs.passages.reduce((n, p) => n + p.questions.length, 0);
  log(
    `${inputs.passages.length} 段规划，${questions} 个问题，${inputs.articles.length} 条法规，${glossary.entries.length} 条术语`,
  );
  const vocabulary = vocabularyOf(inputs);
  const numbers = new Map(vocabulary.map((token, i) => [token, i]));
  const bag = (text: string) => bagOf(text, numbers);
  log(`词表 ${vocabulary.length}`);
  const rows = initialRows(inputs, vocabulary, bag);
  log('初始向量已成');
  const trainer = new Trainer(rows, DIMENSION, vocabulary.length);
  const makers = pairMakers(inputs, bag);
  const random = seeded(4);
  const kinds = Object.entries(MIX).flatMap(([kind, n]) => Array.from({ length: n }, () => kind));
  const losses = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    const make = makers[kind]!;
    const pairs: Pair[] = [];
    const groups = new Set<number>();
    for (let tries = 0; pairs.length < BATCH && tries < 4 * BATCH; tries++) {
      const pair = make(random);
      if (pair && pair.left.ids.length > 0 && pair.right.ids.length > 0 && !groups.has(pair.group)) {
        groups.add(pair.group);
        pairs.push(pair);
      }
    }
    if (pairs.length < 8) continue;
    const rate = RATE * (1 - 0.9 * (step / steps));
    const loss = trainer.step(pairs, { temperature: TEMPERATURE, rate });
    losses.set(kind, 0.9 * (losses.get(kind) ?? loss) + 0.1 * loss);
    if (step % 200 === 199) {
      log(`${step + 1}/${steps}  ${[...losses].map(([k, l]) => `${k} ${l.toFixed(2)}`).join('  ')}`);
    }
  }
  const { bytes, description } = writeModel(
    vocabulary,
    rows.subarray(0, vocabulary.length * DIMENSION),
    DIMENSION,
  );
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, 'model.bin'), bytes);
  writeFileSync(join(values.out, 'model.json'), `${JSON.stringify(description, null, 2)}\n`);
  log(`${join(values.out, 'model.bin')}：${(bytes.length / 1e6).toFixed(1)} MB`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
