/**
 * Demands for numbers: an amount must be printed in a unit of the kind asked for, beside the thing that is measured.
 * @module
 */
import { fold, squash } from '../language/normalise.ts';
import { presence } from '../retrieval/search.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import { questionWords } from '../retrieval/understand.ts';
import type { Evidence } from './evidence.ts';
import { pointsAt } from './evidence.ts';
import { foldedOf } from './units.ts';

/** A kind of thing that was asked for and must be printed. */
export interface Demand {
  /** For the sentence that says it is missing. */
  readonly missing: string;
  readonly met: (evidence: Evidence) => boolean;
  /** It is an amount in a unit. */
  readonly unit?: boolean;
  /** It looks by itself for the word it must stand beside. */
  readonly anchored?: boolean;
}

/** 多少 or 几 with what stands between it and the noun that is counted. */
const HOW_MANY =
  /(?:多少|(?<![哪那这好])几(?=[个家座处所名户辆台套艘头株棵件支批块份栋万吨]))(?:[个家座处所名人户辆台套艘头株棵件支批块份栋项条种类次吨米克度万亿千百亩元%]|平方公里|平方米|公里|公顷|立方米)*/;

/** 多少名, 几家: how many of what is counted so; 几个月 is a time. */
const COUNTED =
  /(?:多少|(?<![好那这哪十，,\s])(?<!^)几)(个|家|座|处|所|名|人|户|辆|台|套|艘|头|株|棵|件|支|批|块)(?!月|世纪|方面|部分|阶段|章|节|专栏)/;
/** Classifiers that stand for each other. */
const LOOSE = '个家座处所项条类种';

/** What is no value of its own: years, names of pollutants and periods, quoted slogans such as “三个一批”. */
const NO_VALUE = /[“"][^”"]*[”"]|(?:19|20)\d\d年?|pm2\.5|pm10|十[一二三四五]五|第[一二三四五六七八九十\d]+/g;
const VALUE =
  /\d+(?:\.\d+)?|[一二三四五六七八九十百千两]+(?=[个家座处所名项条种类万亿倍成元吨日天月米亩次级度户人件台公平])|百分之[一二三四五六七八九十]|翻番|全部|分之[一二三四五]/g;

/** A value that is given by another paper: 达到国家考核目标. */
const REFERRED = /(?:达到|完成|按照|满足|优于|控制在).{0,12}(?:目标|要求|标准|任务|限值)|下达/;

/** Asks whether somebody looks after it, not for the number: 有多少种有人查吗. */
const WHETHER = /(?:吗|没有?|不|谁[^，。]{0,4}|咋样)[?？。！]*$|有没有|查不查|怎么/;

/** From this nearness on, the enrichment question that points to a unit vouches for the thing measured. */
const VOUCHED = 0.6;

/** The demands of a question for how much or how many; `near` is all evidence on its subject. */
export function amountsOf(query: Understood, near: readonly Evidence[]): Demand[] {
  const { folded, asks } = query;
  const demands: Demand[] = [];
  for (const { asked, printed } of UNITS) {
    const word = firstFound(asked, folded);
    if (!word) continue;
    demands.push({
      unit: true,
      missing: `${word.replace(/^几|^多少/, '')}的数字`.replace(/^的/, '具体'),
      met: (e) => printsAmount(e, printed),
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
        amount.test(foldedOf(e.unit).replace(NO_VALUE, '')) ||
        (asks.has('list') && itemsIn(e.unit.text) >= 3),
    });
  }
  const measured = asks.has('list') || WHETHER.test(folded) ? undefined : measuredConcept(query);
  if (measured) {
    const nth = query.concepts.indexOf(measured);
    // A word that none of the evidence uses is the asker's own: then any number may be the one.
    const own = !near.some((e) => (e.close[nth] as number) >= 0.6);
    demands.push({
      unit: true,
      anchored: !own,
      missing: `“${measured.text}”的数字`,
      met: (e) => numberBeside(e, measured, query, own),
    });
  }
  const measure = measureAsked(query);
  if (measure)
    demands.push({
      unit: true,
      missing: `“${measure.name}”的数字`,
      met: (e) =>
        printsAmount(e, measure.printed) ||
        REFERRED.test(e.unit.text) ||
        (e.unit.row !== undefined && foldedOf(e.unit).includes(measure.name)),
    });
  return demands;
}

/** How many things a text lists. */
export function itemsIn(text: string): number {
  return /[、；]/.test(text) ? text.split(/[、；]|和(?=[^、；，。]{2,12}(?:[，。；]|等))/).length : 1;
}

/** 多少亩 is also asked as 多少万亩. */
function askedFor(word: string): RegExp {
  return new RegExp(word.replace(/^(多少|几)/, '$1[千百万亿]*'));
}

/** A unit with how an amount in it is printed. */
interface Printed {
  readonly unit: string;
  readonly amount: RegExp;
}

const amountsIn = (units: readonly string[]): Printed[] =>
  units.map((unit) => ({
    unit,
    amount: new RegExp(`[\\d一二三四五六七八九十百千万亿两几]\\s*[万亿千百]?\\s*${unit}`),
  }));

/** Units with what asks for them. */
const UNITS = questionWords.units.map(({ asked, printed }) => ({
  asked: asked.map(askedFor),
  printed: amountsIn(printed),
}));

/** What is measured, with its units. */
const MEASURES = questionWords.measures.map(({ of, printed }) => ({ of, printed: amountsIn(printed) }));

/** What the first of some expressions that a text holds finds in it. */
function firstFound(expressions: readonly RegExp[], text: string): string | undefined {
  for (const expression of expressions) {
    const found = expression.exec(text);
    if (found) return found[0];
  }
  return undefined;
}

function printsAmount({ unit }: Evidence, printed: readonly Printed[]): boolean {
  const text = foldedOf(unit);
  if (printed.some(({ amount }) => amount.test(text))) return true;
  if (!unit.row) return false;
  const { row, table } = unit.row;
  const around = fold(`${row.cells.map((c) => c.text).join(' ')} ${table.header.join(' ')}`);
  return printed.some((p) => around.includes(p.unit));
}

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

/** Whether a number that the question does not give stands beside the word. */
function numberBeside({ unit }: Evidence, concept: Concept, { folded }: Understood, own: boolean): boolean {
  const vouched = own || (pointsAt(unit.hit.pointer, unit) && (unit.hit.pointer?.nearness ?? 0) >= VOUCHED);
  if (unit.row) {
    const { header, title } = unit.row.table;
    return vouched || presence(concept, squash(`${unit.text} ${title} ${header.join(' ')}`)) >= 0.5;
  }
  const given = new Set(folded.match(/\d+(?:\.\d+)?/g));
  const clauses = unit.text.split(/[，；。：！？\n]/).map(squash);
  const numbered = clauses.map((clause) =>
    (clause.replace(NO_VALUE, '').match(VALUE) ?? []).some((number) => !given.has(number)),
  );
  const there = clauses.flatMap((clause, i) => (presence(concept, clause) >= 0.6 ? [i] : []));
  if (there.length > 0)
    return there.some((i) => numbered[i] || numbered[i + 1] || REFERRED.test(clauses[i] as string));
  const nearby = presence(concept, unit.squashed.lead + unit.squashed.before + unit.squashed.title) >= 0.7;
  return (nearby || vouched) && numbered.some(Boolean);
}

/** A word that may stand between what is measured and 多少. */
const BETWEEN =
  /(?:提高到|升到|降到|达到|控制在|需要|应该|目标|指标|标准|大概|一共|总共|分别|[要得会能将需应是为有到达约的各定写值底末年占\d\s])$/u;

/** What is measured in units of one kind: a rate in per cent, an area in 亩 or 公顷. */
function measureAsked({ folded, asks }: Understood) {
  if (!asks.has('number')) return undefined;
  const at = HOW_MANY.exec(folded)?.index ?? folded.search(/多大|多高|多长/);
  if (at < 0 || /^几|^多少[个家座处所名户辆台套艘头株棵件支批块份栋项条种类次]/.test(folded.slice(at)))
    return undefined;
  let before = folded.slice(0, at);
  for (let last = ''; last !== before; ) {
    last = before;
    before = before.replace(BETWEEN, '');
  }
  for (const { of, printed } of MEASURES) {
    const name = of.find((noun) => before.endsWith(noun));
    if (name) return { name, printed };
  }
  return undefined;
}
