/**
 * Slots: what a question asks for that must itself stand in the evidence — its year, its place, its subject, and
 * the kind of thing it wants (an amount in a unit, a date, a body, a reason, a list of so many).
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { fold, squash } from '../language/normalise.ts';
import { parseNumeral } from '../language/numerals.ts';
import { taggedWords } from '../language/segment.ts';
import { docsThatMayHold } from '../retrieval/holding.ts';
import { passageWords, presence } from '../retrieval/search.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import { isPlace, questionWords } from '../retrieval/understand.ts';
import type { Evidence } from './evidence.ts';
import { yearsIn } from './evidence.ts';

/** The words that make a question's subject: those that say most. */
export function coreConcepts(query: Understood, weights: readonly number[]): number[] {
  const all = query.concepts.flatMap((c, i) =>
    c.weight >= 0.8 && !c.place && !/^\d/.test(c.text) ? [i] : [],
  );
  const subjects = all.filter((i) => !questionWords.details.includes((query.concepts[i] as Concept).text));
  const nouns = subjects.length > 0 ? subjects : all;
  const top = Math.max(0, ...nouns.map((i) => weights[i] as number));
  return nouns.filter((i) => (weights[i] as number) >= 0.6 * top);
}

/** Whether evidence is about the subject: the unit, its lead, headings or the words before it name it. */
export function onSubject(evidence: Evidence, core: readonly number[], weights: readonly number[]): boolean {
  const total = core.reduce((sum, i) => sum + (weights[i] as number), 0);
  if (total === 0) return false;
  return (
    core.reduce((sum, i) => sum + (evidence.close[i] as number) * (weights[i] as number), 0) / total >= 0.6
  );
}

/** Whether the unit gives a value for the years asked for. */
export function givesYear(evidence: Evidence, query: Understood): boolean {
  if (!evidence.yearFits) return false;
  const { row } = evidence.unit;
  if (!row) return !query.asks.has('number') || evidence.kindFits;
  return query.years.every((year) => {
    const columns = row.table.header.flatMap((h, i) => (h.includes(String(year)) ? [i] : []));
    return columns.length === 0 || columns.some((i) => !/^[—–\-\s]*$/.test(row.row.cells[i]?.text ?? ''));
  });
}

/** Places the question asks about, other than those of the plans it is asked of. */
export function placesAsked(query: Understood, index: OpenIndex): Concept[] {
  const own = new Set(
    query.scope.only
      .concat(query.scope.preferred)
      .flatMap((n) => index.plans[n]?.facts.regions ?? [])
      .map(fold),
  );
  return query.concepts.filter((c) => c.place && !own.has(c.text) && isNamed(c.text, index));
}

/** A place by its ending or because a plan names it; the segmenter alone takes too many words for places. */
const isNamed = (place: string, index: OpenIndex) =>
  !/^[东西南北中]{1,3}部?$/.test(place) &&
  (/[省市区县州镇乡]$|街道$/.test(place) ||
    questionWords.provinces.includes(place) ||
    isPrinted(place, docsThatMayHold(index, [place]), index, '省市区县州镇'));

/**
 * Whether one of some documents prints a word.
 * @param before characters of which one must follow it; anything may if left out
 */
export function isPrinted(word: string, docs: Iterable<number>, index: OpenIndex, before = ''): boolean {
  for (const doc of docs) {
    const { body } = passageWords(index, doc);
    for (let at = body.indexOf(word); at >= 0; at = body.indexOf(word, at + 1)) {
      const next = body[at + word.length];
      if (before === '' || (next !== undefined && before.includes(next))) return true;
    }
  }
  return false;
}

/** Whether the unit, or what stands right before it, names the place. */
export function namesPlace({ unit }: Evidence, place: Concept): boolean {
  return (
    presence(place, squash(unit.before + unit.text)) >= 0.9 ||
    squash(unit.before + unit.text).includes(place.text.replace(/[省市区县州镇乡]$/, '').padEnd(2, '　'))
  );
}

/** A kind of thing that was asked for and must be printed. */
export interface Demand {
  /** For the sentence that says it is missing. */
  readonly missing: string;
  readonly met: (evidence: Evidence) => boolean;
  /** It is an amount in a unit. */
  readonly unit?: boolean;
}

/** A date, an interval or a time limit: 每年, 三十日内, 五年. */
const TIME = /每年|每季度|每月|月底|\d+月|[\d一二三四五六七八九十百]+个?(?:年|月|日|天|小时|工作日|周|季度)/;

/** 多少 or 几 with what stands between it and the noun that is counted. */
const HOW_MANY =
  /(?:多少|(?<!哪)几(?=[个家座处所名户辆台套艘头株棵件支批块份栋万吨]))(?:[个家座处所名人户辆台套艘头株棵件支批块份栋项条种类次吨米克度万亿千百亩元%]|平方公里|平方米|公里|公顷|立方米)*/;

/** The word whose amount is asked for: what 多少 counts, or else what stands before it. */
function measuredConcept({ folded, concepts, asks }: Understood): Concept | undefined {
  const found = asks.has('number') ? HOW_MANY.exec(folded) : null;
  if (!found) return undefined;
  const end = found.index + found[0].length;
  const subject = (c: Concept) =>
    c.weight >= 0.8 &&
    !c.place &&
    !/^\d/.test(c.text) &&
    c.text.length >= 2 &&
    !questionWords.details.includes(c.text);
  const counted = concepts.find((c) => c.at >= found.index && c.at <= end + 1 && c.at + c.text.length > end);
  if (counted && subject(counted)) return counted;
  return concepts.filter((c) => c.at + c.text.length <= found.index && subject(c)).at(-1);
}

/** A value that is given by another paper: 达到国家考核目标. */
const REFERRED = /(?:达到|完成|按照|满足|优于|控制在).{0,12}(?:目标|要求|标准|任务|限值)|下达/;

/** Whether a number that the question does not give stands beside the word; undefined if the word is not there. */
function numberBeside({ unit }: Evidence, concept: Concept, { folded }: Understood): boolean | undefined {
  if (unit.row) {
    const { header, title } = unit.row.table;
    return presence(concept, squash(`${unit.text} ${title} ${header.join(' ')}`)) >= 0.5 ? true : undefined;
  }
  const given = new Set(folded.match(/\d+(?:\.\d+)?/g));
  const clauses = unit.text.split(/[，；。：！？\n]/).map(squash);
  const numbered = clauses.map((clause) =>
    (
      clause
        .replace(/(?:19|20)\d\d年?|pm2\.5|pm10|十[一二三四五]五/g, '')
        .match(
          /\d+(?:\.\d+)?|[一二三四五六七八九十百千两]+(?=[个家座处所名项条种类万亿倍成元吨日天月米亩次级度户人件台公平])|百分之[一二三四五六七八九十]/g,
        ) ?? []
    ).some((number) => !given.has(number)),
  );
  const there = clauses.flatMap((clause, i) => (presence(concept, clause) >= 0.6 ? [i] : []));
  if (there.length > 0)
    return there.some((i) => numbered[i] || numbered[i + 1] || REFERRED.test(clauses[i] as string));
  if (presence(concept, unit.squashed.lead + unit.squashed.before + unit.squashed.title) >= 0.7)
    return numbered.some(Boolean);
  return undefined;
}

/** 多少名, 几家: how many of what is counted so; 几个月 is a time. */
const COUNTED =
  /(?:多少|(?<![好那这哪十，,\s])(?<!^)几)(个|家|座|处|所|名|人|户|辆|台|套|艘|头|株|棵|件|支|批|块)(?!月|世纪|方面|部分|阶段|章|节|专栏)/;
/** Classifiers that stand for each other. */
const LOOSE = '个家座处所项条类种';

const PARTICULARS = questionWords.particulars.map(({ asked, printed, missing }) => ({
  asked: new RegExp(asked),
  printed: new RegExp(printed),
  missing,
}));
/** Asks for the places themselves, not what happens there. */
const WHEREABOUTS =
  /具体(?:地址|位置|范围|点位)|(?:建|放|设|落户|选址|分布|位)[在于]哪|哪几?个(?:区县?|县|镇|村|乡|街道)(?!域)|分别在哪/;

/** Whether a unit names a place other than those the question and its plan's title do. */
function namesWhere({ unit }: Evidence, { folded }: Understood): boolean {
  const own = unit.plan.facts.regions.map(fold);
  return (
    unit.row !== undefined ||
    taggedWords(fold(unit.text)).some(
      ({ word, tag }) =>
        isPlace(word, tag) && !folded.includes(word) && !own.some((region) => region.includes(word)),
    )
  );
}

/** The part of a text that speaks of so many; all of it if none does. */
function countedIn(text: string, count: number): string {
  return text.split(/[；。]/).find((part) => new RegExp(`(?<!\\d)${count}(?!\\d)`).test(part)) ?? text;
}

/** What the question demands of its evidence. */
export function demandsOf(query: Understood, isKnown: (concept: Concept) => boolean = () => false): Demand[] {
  const { folded, asks } = query;
  const demands: Demand[] = [];
  for (const { asked, printed } of questionWords.units) {
    const word = asked.map((w) => askedFor(w).exec(folded)?.[0]).find((w) => w !== undefined);
    if (!word) continue;
    demands.push({
      unit: true,
      missing: `${word.replace(/^几|^多少/, '')}的数字`.replace(/^的/, '具体'),
      met: (e) =>
        printed.some(
          (p) =>
            amountIn(p).test(fold(e.unit.text)) ||
            (e.unit.row !== undefined &&
              fold(
                `${e.unit.row.row.cells.map((c) => c.text).join(' ')} ${e.unit.row.table.header.join(' ')}`,
              ).includes(p)),
        ),
    });
  }
  const counted = COUNTED.exec(folded)?.[1];
  if (counted) {
    const classifiers = LOOSE.includes(counted) ? LOOSE : counted;
    const amount = new RegExp(
      `[\\d一二三四五六七八九十百千两]\\s*[万亿千百]?\\s*(?:多|余)?\\s*[${classifiers}]`,
    );
    demands.push({
      unit: true,
      missing: '具体数量',
      met: (e) =>
        e.unit.row !== undefined ||
        amount.test(fold(e.unit.text)) ||
        (asks.has('list') && items(e.unit.text) >= 3),
    });
  }
  const measured = measuredConcept(query);
  if (measured && !asks.has('list'))
    demands.push({
      unit: true,
      missing: `“${measured.text}”的数字`,
      met: (e) => numberBeside(e, measured, query) ?? !isKnown(measured),
    });
  for (const { asked, printed, missing } of PARTICULARS) {
    if (asked.test(folded))
      demands.push({ missing, met: (e) => e.unit.row !== undefined || printed.test(fold(e.unit.text)) });
  }
  if (WHEREABOUTS.test(folded)) demands.push({ missing: '具体地点', met: (e) => namesWhere(e, query) });
  if (asks.has('date'))
    demands.push({
      missing: '时间',
      met: (e) =>
        yearsIn(e.unit.text).length > 0 ||
        TIME.test(fold(e.unit.text)) ||
        yearsIn(e.unit.before).length > 0 ||
        e.unit.row !== undefined,
    });
  if (asks.has('body') && !/谁高|谁多|谁低/.test(folded))
    demands.push({
      missing: '由谁负责',
      met: (e) => questionWords.bodies.some((b) => e.unit.text.includes(b)),
    });
  const count = listCount(folded);
  if (count !== undefined && count >= 4)
    demands.push({
      missing: '具体名单',
      met: (e) => items(countedIn(e.unit.text, count)) >= Math.max(2, count * 0.5),
    });
  else if (/叫什么|什么名字|名单|具体(?:是|有)?哪/.test(folded))
    demands.push({
      missing: '具体名单',
      met: (e) => items(e.unit.text) >= 2 || e.unit.row !== undefined || /[“《]/.test(e.unit.text),
    });
  if (asks.has('reason'))
    demands.push({
      missing: '原因',
      met: (e) => questionWords.reason_given.some((w) => e.unit.text.includes(w)),
    });
  return demands;
}

/** 多少亩 is also asked as 多少万亩. */
const askedFor = (word: string) => new RegExp(word.replace(/^(多少|几)/, '$1[千百万亿]*'));
const amountIn = (unit: string) =>
  new RegExp(`[\\d一二三四五六七八九十百千万亿两几]\\s*[万亿千百]?\\s*${unit}`);
const items = (text: string) =>
  /[、；]/.test(text) ? text.split(/[、；]|和(?=[^、；，。]{2,12}(?:[，。；]|等))/).length : 1;

/** 哪22个, 20个…是哪20个: a question for all members of a counted set. */
function listCount(folded: string): number | undefined {
  if (!/哪|名单|名字|都有|列|清单|点位|分别(?:是|建|在|装|位)|in which|which/.test(folded)) return undefined;
  const counts = [
    ...folded.matchAll(
      /(?<![\d.年])(\d{1,3}|[二三四五六七八九十两]{1,3})(?:个|座|家|条|处|项|类|种|所|支|片|只|台)/g,
    ),
  ].flatMap((m) => parseNumeral(m[1] as string) ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts);
}

const printsNumber = (text: string, number: string) =>
  new RegExp(`(?<![\\d.])${number.replace('.', '\\.')}(?![\\d.]\\d|\\d)`).test(text);

/** The part of a 为什么 question that the evidence contradicts: a change it does not speak of, numbers it does not print. */
export function brokenPremise(query: Understood, evidence: readonly Evidence[]): string | undefined {
  if (!query.asks.has('reason')) return undefined;
  const { folded } = query;
  const texts = evidence.map((e) => squash(e.unit.before + e.unit.text));
  const change = questionWords.changes.find((w) => folded.includes(w));
  if (change && !texts.some((t) => t.includes(change))) return change;
  const fromTo = /从(\d+(?:\.\d+)?)%?.{0,12}?(?:到|至|成|为)(\d+(?:\.\d+)?)/.exec(folded);
  if (fromTo) {
    const [, from, to] = fromTo as unknown as [string, string, string];
    const told = texts.some(
      (t) => printsNumber(t, from) && printsNumber(t, to) && t.indexOf(from) < t.lastIndexOf(to),
    );
    if (!told) return `从${from}到${to}`;
  }
  const numbers = [...folded.matchAll(/(?<![\d.])(\d+(?:\.\d+)?)(?![\d.]|年)/g)]
    .map((m) => m[1] as string)
    .filter((n) => !/^(?:19|20)\d\d$/.test(n) && n !== '2.5');
  const missing = numbers.find((n) => !texts.some((t) => printsNumber(t, n)));
  return missing;
}
