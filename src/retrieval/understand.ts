/**
 * A question → what is searched for: its content words with their everyday and official equals, the plans it
 * names, the years it asks for and the kind of answer it wants.
 * @module
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { FormKind, Glossary } from '../language/glossary.ts';
import { EMPTY_GLOSSARY } from '../language/glossary.ts';
import { LEXICON } from '../language/lexicon.ts';
import { fold, foldQuestion } from '../language/normalise.ts';
import type { TaggedWord } from '../language/segment.ts';
import { taggedWords, terms } from '../language/segment.ts';
import { pairsOf } from './pairs.ts';
import type { Scope } from './scope.ts';

const askKinds = [
  'number',
  'date',
  'place',
  'body',
  'list',
  'reason',
  'manner',
  'whether',
  'where_written',
] as const;
/** What kind of thing an answer must hold. */
export type AskKind = (typeof askKinds)[number];

const list = z.array(z.string());
const wordsSchema = z.strictObject({
  units: z.array(z.strictObject({ asked: list, printed: list })),
  measures: z.array(z.strictObject({ of: list, printed: list })),
  particulars: z.array(z.strictObject({ asked: z.string(), printed: z.string(), missing: z.string() })),
  reason_given: list,
  looking_back: list,
  provinces: list,
  bodies: list,
  changes: list,
  asks: z.strictObject(
    Object.fromEntries(askKinds.map((k) => [k, z.array(z.string())])) as Record<
      AskKind,
      z.ZodArray<z.ZodString>
    >,
  ),
  compare: z.array(z.string()),
  which_plans: z.array(z.string()),
  details: list,
  parts: list,
  stop: z.array(z.string()),
  stop_english: z.array(z.string()),
});
/** Words of asking and telling, valid for any plan. */
export const questionWords = wordsSchema.parse(
  parse(readFileSync(new URL('../language/data/question-words.yaml', import.meta.url), 'utf8')),
);
const STOP = new Set(
  [
    ...questionWords.stop,
    ...questionWords.compare,
    ...questionWords.which_plans,
    ...Object.values(questionWords.asks).flat(),
  ].map(fold),
);
/** Single characters that are words of asking by themselves. */
export const STOP_CHARACTERS: ReadonlySet<string> = new Set([...STOP].filter((w) => w.length === 1));
const STOP_ENGLISH = new Set(questionWords.stop_english);

/** A content word of the question. */
export interface Concept {
  /** As typed, folded. */
  readonly text: string;
  /** Other ways to say it, with what a match of one counts (1 is the word itself). */
  readonly equals: readonly { readonly text: string; readonly weight: number }[];
  /** Where it begins in the folded question. */
  readonly at: number;
  /** How much of the subject a word of its kind carries, 0…1: nouns and terms 1, verbs less. */
  readonly weight: number;
  /** A place's name. */
  readonly place: boolean;
  /** The word and its equals without white space, and the word's bigrams: what matching looks for. */
  readonly forms: {
    readonly own: string;
    readonly equals: readonly string[];
    readonly bigrams: readonly string[];
    /** The pairs of characters of each of them. */
    readonly pairs: {
      readonly own: Uint32Array;
      readonly equals: readonly Uint32Array[];
      readonly bigrams: readonly Uint32Array[];
    };
  };
  /** A term of the glossary, or a noun of three characters and more: plans print it as it is. */
  readonly term: boolean;
  /** An everyday wording of the lexicon. */
  readonly lexicon?: true;
}

/** A question as the search sees it. */
export interface Understood {
  /** Folded question. */
  readonly folded: string;
  /** The folded question with the names of plans and their regions blanked out. */
  readonly bare: string;
  readonly concepts: readonly Concept[];
  readonly asks: ReadonlySet<AskKind>;
  readonly years: readonly number[];
  readonly english: boolean;
  readonly scope: Scope;
  /** The plans to be set side by side; empty if the question is about one subject in one place. */
  readonly compared: readonly number[];
}

/** What a glossary form counts as evidence for its term: equals nearly as much as the word itself. */
const EQUAL_WEIGHT: Record<FormKind, number> = {
  term: 0.9,
  also: 0.9,
  everyday: 0.75,
  english: 0.9,
  dictionary: 0.55,
};

/**
 * What an everyday wording of the lexicon carries of the subject, and what a match of what is printed instead counts;
 * a way of asking tells what kind of sentence answers, and carries little. Measured in docs/retrieval.md.
 */
const LEXICON_WEIGHT = { phrase: 0.9, word: 0.4, asking: 0.3, printed: 0.6 } as const;

/** Understands a question; `scope` are the plans it names, out of `planCount`. */
export function understand(
  question: string,
  glossary: Glossary,
  scope: Scope,
  planCount: number,
): Understood {
  const folded = foldQuestion(question);
  const masked = mask(folded, namesOfScope(scope));
  const latin = (masked.match(/[a-z]{2,}/g) ?? []).length;
  const han = (masked.match(/\p{Script=Han}/gu) ?? []).length;
  return {
    folded,
    bare: mask(folded, scope.mentions),
    concepts: conceptsOf(masked, glossary),
    asks: asksOf(folded),
    years: yearsOf(folded),
    english: latin >= 2 && han === 0,
    scope,
    compared: comparedPlans(folded, scope, planCount),
  };
}

/** Whether a folded text holds one of the words; English ones as whole words. */
function holdsAny(folded: string, words: readonly string[]): boolean {
  const { chinese, english } = matcherOf(words);
  return chinese.some((w) => folded.includes(w)) || english?.test(folded) === true;
}

/** Words told apart by their script, English ones as one expression. */
interface Matcher {
  readonly chinese: readonly string[];
  readonly english: RegExp | undefined;
}

const matchers = new WeakMap<readonly string[], Matcher>();

function matcherOf(words: readonly string[]): Matcher {
  let found = matchers.get(words);
  if (!found) {
    const english = words.filter((w) => /^[a-z ]+$/.test(w));
    found = {
      chinese: words.filter((w) => !english.includes(w)),
      english: english.length > 0 ? new RegExp(`\\b(?:${english.join('|')})\\b`) : undefined,
    };
    matchers.set(words, found);
  }
  return found;
}

/** The plans a question compares: those it names when it sets several side by side, all when it asks which. */
function comparedPlans(folded: string, scope: Scope, planCount: number): number[] {
  const named = [
    ...new Set(scope.mentions.filter((m) => !scope.refused.includes(m.plan)).map((m) => m.plan)),
  ];
  if (holdsAny(folded, questionWords.which_plans))
    return named.length >= 2 ? named : Array.from({ length: planCount }, (_x, i) => i);
  const enumerated = named.length >= 2 && sideBySide(folded, scope);
  return named.length >= 2 && (enumerated || holdsAny(folded, questionWords.compare)) ? named : [];
}

/** Two names joined by 、 or 和 stand side by side. */
function sideBySide(folded: string, { mentions }: Scope): boolean {
  return mentions.some((m) => {
    const end = m.at + m.text.length;
    const joined = /^(?:的|规划|方案|市|省|区|那份)*(?:、|和|与|跟|及|以及|,|，| and |vs)/.exec(
      folded.slice(end),
    );
    if (!joined) return false;
    const next = mentions.find(
      (o) => o.plan !== m.plan && o.at >= end && o.at - (end + joined[0].length) <= 1,
    );
    return next !== undefined;
  });
}

/** The content words of a folded question that are no plan's or region's names. */
export function contentOf(folded: string, mentions: Scope['mentions']): string[] {
  return conceptsOf(mask(folded, mentions), EMPTY_GLOSSARY)
    .filter((c) => !/^\d/.test(c.text))
    .map((c) => c.text);
}

/** Names of the plans that are looked in; another plan's region is part of the subject once a plan is named. */
function namesOfScope(scope: Scope): Scope['mentions'] {
  return scope.only.length === 0
    ? scope.mentions
    : scope.mentions.filter(
        (m) => m.kind === 'plan' || scope.only.includes(m.plan) || scope.refused.includes(m.plan),
      );
}

/** Takes the names of plans out of the question: they say where to look, not what for. */
function mask(folded: string, mentions: Scope['mentions']): string {
  let out = folded;
  for (const { at, text } of mentions) {
    // 规划里琼江: the word for where it is written must not grow together with what comes after it.
    const inside = /^(?:规划|方案|计划)?里[面头]?/.exec(folded.slice(at + text.length))?.[0] ?? '';
    const length = text.length + inside.length;
    out = out.slice(0, at) + ' '.repeat(length) + out.slice(at + length);
  }
  return out;
}

function conceptsOf(folded: string, glossary: Glossary): Concept[] {
  const concepts: Omit<Concept, 'forms'>[] = [];
  const taken = new Uint8Array(folded.length);
  for (const match of glossary.match(folded)) {
    const { entry, form, at, kind } = match;
    if (kind === 'dictionary' && STOP_ENGLISH.has(form)) continue;
    const length =
      kind === 'english' || kind === 'dictionary' || !/\p{Script=Han}/u.test(form)
        ? latinLength(folded, at, form.split(' ').length)
        : form.length;
    taken.fill(1, at, at + length);
    const weight = EQUAL_WEIGHT[kind];
    const equals = [entry.term, ...entry.also].map(fold).filter((t) => t !== form);
    concepts.push({
      text: folded.slice(at, at + length),
      equals: [
        ...equals.map((text) => ({ text, weight })),
        ...(kind === 'term' || kind === 'also'
          ? entry.related.map((text) => ({ text: fold(text), weight: 0.25 }))
          : []),
      ],
      at,
      weight: 1,
      place: false,
      term: kind === 'term' || kind === 'also',
    });
  }
  const words = taggedWords(folded);
  for (const { form, at, printed, asking } of LEXICON.match(folded, bordersOf(folded, words))) {
    if (taken.subarray(at, at + form.length).some((t) => t === 1)) continue;
    taken.fill(1, at, at + form.length);
    concepts.push({
      text: form,
      equals: printed.map((text) => ({ text, weight: LEXICON_WEIGHT.printed })),
      at,
      weight: asking ? LEXICON_WEIGHT.asking : Math.max(LEXICON_WEIGHT.word, wordWeight(form, words)),
      place: false,
      term: false,
      lexicon: true,
    });
  }
  // What is put in quotation marks is one name, whatever the segmenter makes of it.
  for (const quoted of folded.matchAll(/["《]([^"《》]{2,16})["》]/g)) {
    const start = quoted.index + 1;
    const end = start + (quoted[1] as string).length;
    if (taken.subarray(start, end).some((t) => t === 1) || !/\p{Script=Han}/u.test(quoted[1] as string))
      continue;
    taken.fill(1, start, end);
    concepts.push({ text: quoted[1] as string, equals: [], at: start, weight: 1, place: false, term: true });
  }
  let at = 0;
  for (const { word, tag } of words) {
    const start = folded.indexOf(word, at);
    if (start < 0) continue;
    at = start + word.length;
    if (taken.subarray(start, at).some((t) => t === 1)) continue;
    const weight = contentWeight(word, tag);
    if (weight > 0)
      concepts.push({
        text: word,
        equals: [],
        at: start,
        weight,
        place: isPlace(word, tag),
        term: word.length >= 3 && tag.startsWith('n'),
      });
  }
  for (const match of folded.matchAll(/[a-z]+\d+(?:\.\d+)?|\d+(?:\.\d+)?%?/g)) {
    const start = match.index;
    if (
      concepts.some((c) => c.at <= start && start < c.at + c.text.length && c.text.length >= match[0].length)
    )
      continue;
    concepts.push({
      text: match[0],
      equals: [],
      at: start,
      weight: /^\d/.test(match[0]) ? 0.5 : 0.8,
      place: false,
      term: false,
    });
  }
  return concepts.sort((a, b) => a.at - b.at).map((concept) => ({ ...concept, forms: formsOf(concept) }));
}

/** What a wording carries: as much as a word of its kind if it is one word, more if it is several. */
function wordWeight(form: string, words: readonly TaggedWord[]): number {
  const word = words.find((w) => w.word === form);
  return word ? contentWeight(word.word, word.tag) : LEXICON_WEIGHT.phrase;
}

/** Where the segmenter's words begin and end. */
function bordersOf(folded: string, words: readonly TaggedWord[]): Set<number> {
  const borders = new Set<number>();
  let at = 0;
  for (const { word } of words) {
    const start = folded.indexOf(word, at);
    if (start < 0) continue;
    at = start + word.length;
    borders.add(start).add(at);
  }
  return borders;
}

function formsOf({ text, equals }: Omit<Concept, 'forms'>): Concept['forms'] {
  const bare = (t: string) => t.replace(/\s/g, '');
  const own = bare(text);
  const others = equals.map((e) => bare(e.text));
  const bigrams = terms(text).filter((t) => t.length === 2);
  const pairs = { own: pairsOf(own), equals: others.map(pairsOf), bigrams: bigrams.map(pairsOf) };
  return { own, equals: others, bigrams, pairs };
}

/** Length of `count` Latin words in a folded text, from `at` on. */
function latinLength(folded: string, at: number, count: number): number {
  return (
    new RegExp(`^[a-z0-9.]+(?:[^a-z0-9]+[a-z0-9.]+){${count - 1}}`).exec(folded.slice(at))?.[0].length ?? 1
  );
}

/** A place by jieba's tag, or by its ending (渝中区, 白沙镇). */
export function isPlace(word: string, tag: string): boolean {
  if (
    /^(?:城[市乡镇]|(?:地级|县级|直辖|特大|大)市|都市区|建成区|[上入出]路|[入出]川|省控|[两各哪几本该老我咱你他某每整邻外](?:省|市|区|县|州|镇|乡|街道)|省[界边]|新建|跨?区县?|县区|市县|省市|各?县|乡镇|镇街|跨市|跨省|外省|邻省|毗邻区县|全区|全市|全省|全县)$/.test(
      word,
    )
  )
    return false;
  return tag === 'ns'
    ? !/[江河湖山海岛]$/.test(word)
    : /^\p{Script=Han}{1,4}(?:省|市|区|县|州|镇|乡|街道|新区)$/u.test(word) &&
        !/(?:地|城|社|园|景|库|山|林|牧|灾|小|片|能|护|发|业|范|城镇|郊|矿|辖|市|燃|养|域|行|厂|感|源|验|控|商|街|住|民|中心|采)区$|^老城区$|^(?:城|都|超|夜|集|街|上|股|楼|菜|地|门)市$|^(?:城|乡|集|场|市)镇$/.test(
          word,
        );
}

/** What a word carries of the question's subject, by its part of speech; 0 for words without a subject. */
function contentWeight(word: string, tag: string): number {
  if (/^[\s\p{P}\p{S}]*$/u.test(word) || /^\d/.test(word)) return 0;
  if (/^[a-z]+$/.test(word)) return word.length > 1 && !STOP_ENGLISH.has(word) ? 1 : 0;
  if (STOP.has(word)) return 0;
  // Pronouns, particles, prepositions, conjunctions, adverbs, measure words, numerals, directions.
  if (/^(?:r|u|y|e|o|p|c|d|q|m|f)/.test(tag)) return 0;
  const alone = word.length === 1 ? 0.4 : 1;
  // Tag x: the segmenter only guesses that this is a word.
  return (/^(?:v|a|t|z|x)$|^(?:vd|vi|ad)/.test(tag) ? 0.6 : 1) * alone;
}

function asksOf(folded: string): Set<AskKind> {
  const asks = new Set<AskKind>();
  for (const kind of askKinds) {
    if (holdsAny(folded, questionWords.asks[kind])) asks.add(kind);
  }
  // 几 asks for a number only before a measure word or a place.
  if (asks.has('list') && !/多少|百分之|几(?![个种类项条座家处]|大)|(?<!哪)几/.test(folded))
    asks.delete('number');
  return asks;
}

/** Years named in a question: 2025年, 25年, 2035. A planning period's name (十四五) is no year. */
export function yearsOf(folded: string): number[] {
  const years = new Set<number>();
  for (const m of folded.matchAll(/(?<!\d)((?:19|20)\d\d)(?!\d)/g)) years.add(Number(m[1]));
  // 25年 is a year, 满10年 and 20年以上 are none.
  for (const m of folded.matchAll(
    /(?<![\d.]|满|足|到|过|近|少|每|达|共|约|为|长|的)((?:1[5-9]|[2-4]\d))年(?!前|内|来|间|度|期|以|限|的?时间|多)/g,
  )) {
    years.add(2000 + Number(m[1]));
  }
  return [...years];
}

/** Query terms for the lexical index: words of the question count 1, their equals less. */
export function searchTerms(understood: Understood): { term: string; weight: number }[] {
  const weights = new Map<string, number>();
  const raise = (term: string, weight: number) => weights.set(term, Math.max(weights.get(term) ?? 0, weight));
  for (const concept of understood.concepts) {
    for (const term of terms(concept.text)) raise(term, 1);
  }
  for (const term of looseTerms(understood)) raise(term, 0.35);
  for (const concept of understood.concepts) {
    const alternatives = concept.equals.flatMap(({ text, weight }) =>
      terms(text).map((term) => ({ term, weight })),
    );
    const share = Math.min(1, 6 / Math.max(1, alternatives.length));
    for (const { term, weight } of alternatives) raise(term, weight * 0.6 * share);
  }
  for (const year of understood.years) raise(String(year), 0.8);
  return [...weights].map(([term, weight]) => ({ term, weight }));
}

/**
 * Terms of the whole question but its words of asking: they hold names that the segmenter cut apart and words
 * that are no concepts.
 */
function looseTerms(understood: Understood): string[] {
  let rest = mask(understood.folded, namesOfScope(understood.scope));
  let at = 0;
  for (const { word, tag } of taggedWords(rest)) {
    const start = rest.indexOf(word, at);
    if (start < 0) continue;
    at = start + word.length;
    if (STOP.has(word) || /^(?:r|u|y|e|o|p|c)/.test(tag))
      rest = rest.slice(0, start) + ' '.repeat(word.length) + rest.slice(at);
  }
  return terms(rest.replace(/ /g, '，'));
}
