/**
 * Numbers of a text as they are meant: value, unit, range, bound (以上, 不超过) and role (由 … 提高到 …), whether printed
 * in digits, in full width or in Chinese; apart from years, ordinals and names that hold digits.
 * @module
 */
import { parseNumeral } from '../../language/numerals.ts';

/** A number with what it says. Offsets are into the folded text it was read from. */
export interface Quantity {
  /** Multiplied out: 1.2万 is 12000. */
  readonly value: number;
  /** The other end of a range. */
  readonly high?: number;
  /** As printed before 万 or 亿. */
  readonly bare: number;
  /** Multiplier and unit as printed: 万吨. */
  readonly printed: string;
  /** One name for each unit; `count` for measure words of things; empty without one. */
  readonly unit: string;
  readonly bound: 'min' | 'max' | 'about' | undefined;
  /** 由 … : what a change starts from; 提高 …: what it amounts to. */
  readonly role: 'from' | 'by' | 'to' | undefined;
  readonly start: number;
  readonly end: number;
}

/** A year and where it stands. */
export interface Year {
  readonly year: number;
  readonly start: number;
  readonly end: number;
}

const UNITS =
  '个百分点|百分点|平方公里|平方米|立方米|吨标准煤|公顷|公里|厘米|毫米|毫克|千克|公斤|ug/m3|mg/m3|ug/l|mg/l|ug|mg|kg|m3|m2|kw·h|kwh|kw|mw|千瓦时|千瓦|兆瓦|人次|个月|小时|分钟|世纪|分贝|db|°c|亩|米|吨|克|升|元|人|户|天|日|月|年|度|倍|成|级|%|‰|t(?![a-z])|m(?![a-z])';
const COUNTERS =
  '个|座|处|家|项|条|所|种|件|支|片|块|份|台|套|辆|只|位|名|口|栋|批|次|期|株|棵|头|艘|艇|场|部|门|班|村|类|大|方面';
const SUFFIX = '(?:/(?:日|天|月|年|小时|人|km2|平方公里|公顷|亩|立方米|升|m3|l|元|万元))?';
const SAME_UNIT: Readonly<Record<string, string>> = {
  天: '日',
  db: '分贝',
  kg: '千克',
  公斤: '千克',
  t: '吨',
  m3: '立方米',
  m2: '平方米',
  kw: '千瓦',
  mw: '兆瓦',
  kwh: '千瓦时',
  kw·h: '千瓦时',
  度: '度',
  个百分点: '百分点',
  mg: '毫克',
  m: '米',
};

const DIGITS = '\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?';
const HAN_DIGITS = '一二两三四五六七八九';
const HAN = `[〇零${HAN_DIGITS}十百千万亿]+`;
const ARABIC = new RegExp(
  `(${DIGITS})\\s*(多|余|来)?((?:[百万亿]|千(?![瓦克米]))*)(多|余|来)?\\s*((?:${UNITS}|${COUNTERS})?${SUFFIX})`,
  'gy',
);
const CHINESE = new RegExp(`(${HAN})(多|余|来)?((?:${UNITS}|${COUNTERS})${SUFFIX})`, 'gy');
const PERCENT = new RegExp(`百分之(${DIGITS}|[〇零点${HAN_DIGITS}十百]+)`, 'gy');
const FRACTION = new RegExp(`([${HAN_DIGITS}十百]+)分之([${HAN_DIGITS}十百]+)`, 'gy');

/** Names with digits, the five-year periods, ordinals: no amounts. */
const NAME = /[a-z]+[-.]?\d+(?:\.\d+)?[a-z]*|\d+(?:g|d|a|k|r|s|h)(?![a-z])/y;
const PERIOD = /"?十[一二三四五六七八九]五"?/y;
const ORDINAL = new RegExp(`第(?:\\d+|${HAN})(?:个(?=五年))?[\\p{Script=Han}]?`, 'uy');

/** The five-year periods named in a folded text, without quotation marks: 十四五. */
export function periodsIn(folded: string): string[] {
  return [...folded.matchAll(/十[一二三四五六七八九]五/g)].map((m) => m[0]);
}

/** 第三章, 第2批. */
export const ORDINALS = new RegExp(`第(\\d+|${HAN})([\\p{Script=Han}]?)`, 'gu');

/** Ordinals of a folded text in one spelling: 第3章, 第2批. */
export function ordinalsIn(folded: string): string[] {
  return [...folded.matchAll(ORDINALS)].map(
    (m) => `第${parseNumeral(m[1] as string) ?? m[1]}${m[2] === '个' ? '' : m[2]}`,
  );
}

/** Whether a folded text prints a year in digits. */
export const printsYear = (folded: string, year: number) => new RegExp(`(?<!\\d)${year}(?!\\d)`).test(folded);

/** Every number of a folded text, and every year. */
export function numbersIn(folded: string): { quantities: Quantity[]; years: Year[] } {
  const quantities: Quantity[] = [];
  const years: Year[] = [];
  const at = (pattern: RegExp, i: number) => {
    pattern.lastIndex = i;
    return pattern.exec(folded);
  };
  let i = 0;
  while (i < folded.length) {
    const skip = at(NAME, i) ?? at(PERIOD, i) ?? at(ORDINAL, i);
    if (skip && skip[0].length > 0) {
      i += skip[0].length;
      continue;
    }
    const year = yearAt(folded, i);
    if (year) {
      years.push(year);
      i = year.end;
      continue;
    }
    const found = numberAt(folded, i);
    if (!found) {
      i++;
      continue;
    }
    quantities.push(found);
    i = found.end;
  }
  return { quantities: joinRanges(quantities, folded), years };
}

function yearAt(folded: string, i: number): Year | undefined {
  if (/\d/.test(folded[i - 1] ?? '')) return undefined;
  const digits = /^(?:19|20)\d\d(?![\d,.]\d|\d)/.exec(folded.slice(i, i + 6))?.[0];
  if (digits) {
    const after = folded.slice(i + 4, i + 8);
    const amount = new RegExp(`^\\s*(?:[百千万亿多余]|${UNITS.replace('|年', '')}|${COUNTERS})`).test(after);
    if (amount && !/^\s*年/.test(after)) return undefined;
    const end = i + 4 + (/^\s*年/.exec(after)?.[0].length ?? 0);
    return { year: Number(digits), start: i, end };
  }
  const han = new RegExp(`^[一二][〇零${HAN_DIGITS}]{3}(?=年)`).exec(folded.slice(i, i + 6))?.[0];
  if (!han) return undefined;
  return { year: parseNumeral(han) as number, start: i, end: i + 5 };
}

function numberAt(folded: string, i: number): Quantity | undefined {
  const match = (pattern: RegExp) => {
    pattern.lastIndex = i;
    return pattern.exec(folded);
  };
  const percent = match(PERCENT);
  if (percent) {
    const value = decimal(percent[1] as string);
    return value === undefined ? undefined : quantity(folded, i, percent[0].length, value, value, '%', '%');
  }
  const fraction = match(FRACTION);
  if (fraction) {
    const [below, above] = [parseNumeral(fraction[1] as string), parseNumeral(fraction[2] as string)];
    if (below && above)
      return quantity(folded, i, fraction[0].length, above / below, above / below, '分之', '分之');
  }
  const arabic = match(ARABIC);
  if (arabic && !/[\d.]/.test(folded[i - 1] ?? '')) {
    const bare = Number((arabic[1] as string).replaceAll(',', ''));
    const times = [...(arabic[3] as string)].reduce((t, c) => t * (MULTIPLE[c] as number), 1);
    const printed = `${arabic[3]}${arabic[5]}`.replace(/\s/g, '');
    const more = arabic[2] !== undefined || arabic[4] !== undefined;
    return quantity(
      folded,
      i,
      arabic[0].trimEnd().length,
      bare * times,
      bare,
      arabic[5] as string,
      printed,
      more,
    );
  }
  const chinese = match(CHINESE);
  if (chinese && !new RegExp(`[${HAN_DIGITS}〇零十百千万亿几数]`).test(folded[i - 1] ?? '')) {
    const digits = chinese[1] as string;
    const unit = chinese[3] as string;
    const value = parseNumeral(digits);
    // 一个, 一批 hardly count; 千家万户 and 百年 do not.
    if (value === undefined || !new RegExp(`[${HAN_DIGITS}十]`).test(digits)) return undefined;
    if (digits === '一' && !/^[座家处所条倍]/.test(unit)) return undefined;
    if (/^十/.test(digits) && digits === '十' && /^[分足]/.test(unit)) return undefined;
    return quantity(folded, i, chinese[0].length, value, value, unit, unit, chinese[2] !== undefined);
  }
  return undefined;
}

const MULTIPLE: Readonly<Record<string, number>> = { 百: 100, 千: 1000, 万: 1e4, 亿: 1e8 };

function decimal(text: string): number | undefined {
  if (/^\d/.test(text)) return Number(text.replaceAll(',', ''));
  const [whole = '', part] = text.split('点');
  const value = parseNumeral(whole);
  if (value === undefined || part === undefined) return value;
  const digits = [...part].map((c) => parseNumeral(c));
  return Number(`${value}.${digits.join('')}`);
}

function quantity(
  folded: string,
  start: number,
  length: number,
  value: number,
  bare: number,
  unit: string,
  printed: string,
  more = false,
): Quantity {
  const end = start + length;
  return {
    value,
    bare,
    printed,
    unit: unitName(unit),
    bound: boundOf(folded, start, end) ?? (more ? 'about' : undefined),
    role: roleOf(folded, start),
    start,
    end,
  };
}

function unitName(unit: string): string {
  const bare = unit.replace(/\s/g, '');
  if (bare === '') return '';
  const [head = '', per] = bare.split('/');
  if (new RegExp(`^(?:${COUNTERS})$`).test(head)) return per ? `count/${per}` : 'count';
  return (
    SAME_UNIT[bare] ??
    (per === undefined || SAME_UNIT[head] === undefined ? bare : `${SAME_UNIT[head]}/${per}`)
  );
}

const VERB = '(?:[^\\d，。；、,;]{0,4})';
const MIN_BEFORE = new RegExp(
  `(?:不得?[低少小]于|至少|不止|>=|>|≥|≧|\\\\geq?|(?<!不|不得)(?:大于|超过|高于|多于|突破)|优于)\\$?\\s*${VERB}$`,
);
const MAX_BEFORE = new RegExp(
  `(?:不得?[高多大]于|不得?超过|至多|<=|<|≤|≦|\\\\leq?|(?<!不|不得)[小低少]于)\\$?\\s*${VERB}$`,
);
const ABOUT_BEFORE = /(?:大约|约|接近|将近|近)$/;

/** The words a bound is said in. */
export const BOUND_WORDS =
  /不得?[低少小高多大]于|不得?超过|至少|至多|不止|[大高多小低少]于|超过|优于|及?以[上下内]|左右|上下|大约|接近/g;

function boundOf(folded: string, start: number, end: number): Quantity['bound'] {
  const before = folded.slice(Math.max(0, start - 12), start);
  const after = folded.slice(end, end + 6).replace(/^\$?\s*/, '');
  // A unit that is not known may stand between: 100总吨以下.
  if (/^[^\d，。；、,;]{0,3}?(?:及|或|\(含\))?以上/.test(after)) return 'min';
  if (/^[^\d，。；、,;]{0,3}?(?:及|或|\(含\))?(?:以下|以内|之内)/.test(after)) return 'max';
  if (MIN_BEFORE.test(before)) return 'min';
  if (MAX_BEFORE.test(before)) return 'max';
  if (/^(?:左右|上下)/.test(after) || ABOUT_BEFORE.test(before)) return 'about';
  return undefined;
}

const CHANGE = '提高|提升|增加|增长|上升|下降|降低|减少|压减|削减|缩减|扩大|新增|增';

function roleOf(folded: string, start: number): Quantity['role'] {
  const before = folded.slice(Math.max(0, start - 14), start);
  const clause = before.replace(/^.*[，。；,;](?!\d)/s, '');
  if (new RegExp(`(?:${CHANGE})(?:了)?(?:约|近|超过|不低于|不少于)?$`).test(clause)) return 'by';
  if (
    /(?:到|至|达到?|为)(?:了)?(?:约|近|超过|不低于|不少于|不超过|不高于)?(?:(?:19|20)\d\d年?(?:底|末)?的?)?$/.test(
      clause,
    )
  )
    return 'to';
  if (/(?:由|从)(?:(?:19|20)\d\d年?(?:底|末)?)?的?$/.test(clause)) return 'from';
  return undefined;
}

/** Two numbers joined by a dash or 至 are one range; the first takes the second's unit. */
function joinRanges(quantities: readonly Quantity[], folded: string): Quantity[] {
  const joined: Quantity[] = [];
  for (const q of quantities) {
    const last = joined.at(-1);
    const between = last ? folded.slice(last.end, q.start) : '';
    const range =
      last !== undefined &&
      last.high === undefined &&
      last.role !== 'from' &&
      /^\s*(?:-+|至|到)\s*$/.test(between) &&
      (last.unit === '' || last.unit === q.unit);
    if (!range) {
      joined.push(q);
      continue;
    }
    const times = last.printed === '' && q.bare !== 0 ? q.value / q.bare : 1;
    joined[joined.length - 1] = {
      ...q,
      value: last.value * times,
      bare: last.bare,
      high: q.value,
      role: last.role,
      bound: last.bound ?? q.bound,
      start: last.start,
    };
  }
  return joined;
}
