/**
 * The indicator board: indicators of several plans side by side. Rows hold the indicators of one name, one kind of
 * unit and one target year; nothing is converted, and what keeps values from being compared is said.
 * @module
 */
import type { Glossary } from '../language/glossary.ts';
import { squash } from '../language/normalise.ts';
import type { Indicator, IndicatorValue } from '../plan/types.ts';

/** What of an indicator the board reads. */
export type Comparable = Pick<Indicator, 'planId' | 'name' | 'unit' | 'baseline' | 'target' | 'others'>;

/** One row of the board. */
export interface BoardRow<T extends Comparable> {
  /** The shortest of the printed names. */
  readonly name: string;
  readonly targetYear?: number;
  /** The unit as printed, if all have the same. */
  readonly unit?: string;
  /** All units are the same, and cumulative values stand with cumulative ones: values may be drawn on one scale. */
  readonly comparable: boolean;
  /** The values as numbers, one entry for each of `indicators`; what is printed in words has none. */
  readonly numbers: readonly { readonly baseline?: number; readonly target?: number }[];
  /** What keeps the values from being compared, for the person. */
  readonly remarks: readonly string[];
  /** In the order of the plans; a plan may have several of one name. */
  readonly indicators: readonly T[];
}

/** Rows of the board: those that more plans share come first, then later target years, then the order given. */
export function boardOf<T extends Comparable>(
  indicators: readonly T[],
  shortName: (planId: string) => string,
  glossary: Glossary,
): BoardRow<T>[] {
  const terms = termsOf(glossary);
  const groups = new Map<string, T[]>();
  for (const indicator of indicators) {
    const key = [nameKey(indicator.name, terms), unitKind(indicator.unit), yearOf(indicator)].join('|');
    groups.set(key, [...(groups.get(key) ?? []), indicator]);
  }
  return [...groups.values()]
    .map((group) => rowOf(group, shortName))
    .sort(
      (a, b) =>
        planCount(b.indicators) - planCount(a.indicators) || (b.targetYear ?? 0) - (a.targetYear ?? 0),
    );
}

const planCount = (indicators: readonly Comparable[]) => new Set(indicators.map((i) => i.planId)).size;

/** The year the row is about: of the target, or, if no target is printed, of the latest value. */
const yearOf = ({ target, others }: Comparable): number | undefined =>
  target?.year ?? others.map((value) => value.year).find((year) => year !== undefined);

function rowOf<T extends Comparable>(group: readonly T[], shortName: (id: string) => string): BoardRow<T> {
  const first = group[0] as T;
  const units = distinct(group, (i) => squash(i.unit ?? ''));
  const baselines = distinct(
    group.filter((i) => i.baseline?.year !== undefined),
    (i) => i.baseline?.year,
  );
  const cumulative = distinct(
    group.flatMap(({ baseline, target, unit }) =>
      [baseline, target].filter((value) => value !== undefined && numberIn(value.value, unit) !== undefined),
    ),
    (value) => isCumulative(value as IndicatorValue),
  );
  const list = (values: readonly T[], say: (i: T) => string) =>
    values.map((i) => `${shortName(i.planId)} ${say(i)}`).join('，');
  const remarks = [
    units.length > 1 && `单位不同（${list(units, (i) => i.unit ?? '未注明')}），未作换算`,
    baselines.length > 1 && `基准年不同（${list(baselines, (i) => `${i.baseline?.year}年`)}）`,
    cumulative.length > 1 && '带括号的一般是规划期累计值（以表注为准），与其他数值不可直接比较',
  ].filter((remark) => remark !== false);
  const year = yearOf(first);
  return {
    name: group.map((i) => i.name).reduce((a, b) => (b.length < a.length ? b : a)),
    ...(year === undefined ? {} : { targetYear: year }),
    ...(units.length === 1 && first.unit ? { unit: first.unit } : {}),
    comparable: units.length === 1 && cumulative.length <= 1,
    remarks,
    numbers: group.map(({ baseline, target, unit }) => ({
      ...asNumber('baseline', baseline, unit),
      ...asNumber('target', target, unit),
    })),
    indicators: group,
  };
}

/** The first of each kind. */
function distinct<T>(values: readonly T[], kind: (value: T) => unknown): T[] {
  const seen = new Map<unknown, T>();
  for (const value of values) if (!seen.has(kind(value))) seen.set(kind(value), value);
  return [...seen.values()];
}

function asNumber(key: 'baseline' | 'target', value: IndicatorValue | undefined, unit: string | undefined) {
  const number = value && numberIn(value.value, unit);
  return number === undefined ? {} : { [key]: number };
}

/** The number a printed value is, whatever bound, bracket or mark stands with it; undefined for words and other units. */
export function numberIn(value: string, unit?: string): number | undefined {
  const bare = value
    .normalize('NFKC')
    .replace(/[\s[\]〔〕【】*≥≤><=]/g, '')
    .replace(unit === '%' ? /%$/ : /$^/, '');
  return /^-?\d+(?:\.\d+)?$/.test(bare) ? Number(bare) : undefined;
}

/** Plans print what adds up over the years of the period in brackets. */
const isCumulative = ({ value }: IndicatorValue) => /^[≥≤>＞<＜\s]*[[［〔【]/.test(value);

const MEASURE =
  /(?:率|比例|比重|占比|面积|浓度|指数|强度|天数|总量|存量|积量|用量|用水量|放量|排量|水平|里程|密度|降低|下降|减少|提高)$/;

/**
 * What names are compared by: squashed, without brackets, with one word for each of what plans word in several ways.
 * Of a name in parts (空气质量 优良天数比率) the last counts if it says by itself what is measured.
 */
function nameKey(name: string, terms: ReadonlyMap<string, string>): string {
  const own = name.split(/(?<=\p{Script=Han}) (?=\p{Script=Han})/u).at(-1) as string;
  const key = worded(withoutBrackets(own));
  const whole = MEASURE.test(key) ? key : worded(withoutBrackets(name));
  return terms.get(whole) ?? whole;
}

const withoutBrackets = (text: string) => squash(text).replace(/[(（][^()（）]{0,40}[)）]/g, '');

const worded = (squashed: string) =>
  squashed
    .replace(/(?:地区|国内)生产总值/g, 'gdp')
    .replace(/比率/g, '比例')
    .replace(/能源消耗|能源消费/g, '能耗')
    .replace(/(?:下降|降低|减少)(?:率|比例|幅度)?$/, '降低');

/** Official terms and what the glossary holds to be equal to them. */
function termsOf(glossary: Glossary): ReadonlyMap<string, string> {
  return new Map(
    glossary.entries.flatMap(({ term, also }) =>
      [term, ...also].map((form) => [worded(squash(form)), worded(squash(term))] as const),
    ),
  );
}

/** Units that measure the same thing in other steps; a number word before them (万, 亿) is such a step. */
const UNIT_KINDS: readonly (readonly [string, RegExp])[] = [
  ['share', /^(?:%|‰|百分比|百分点)$/],
  ['mass', /^(?:吨|千克|公斤|克|毫克|kg|g|mg|t)$/],
  ['area', /^(?:亩|公顷|平方公里|平方米|km2|m2|hm2)$/],
  ['volume', /^(?:立方米|方|升|m3|l)$/],
  ['length', /^(?:公里|米|km|m)$/],
  ['energy', /^(?:吨标准煤|吨标煤|tce|千瓦时|度|kwh)$/],
  ['power', /^(?:千瓦|瓦|kw|mw|gw|w)$/],
  ['sound', /^(?:分贝|db(?:\(a\))?)$/],
];

/** What a unit measures; an unknown unit is a kind by itself. */
function unitKind(unit: string | undefined): string {
  const bare = squash(unit ?? '').replace(/^[十百千万亿]+(?=.)/, '');
  return UNIT_KINDS.find(([, pattern]) => pattern.test(bare))?.[0] ?? bare;
}
