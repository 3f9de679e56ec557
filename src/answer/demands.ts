/**
 * Demands: the kind of thing a question wants, which the evidence must print — an amount, a date, a body, names,
 * a reason, a list of so many.
 * @module
 */
import { fold, squash } from '../language/normalise.ts';
import { parseNumeral } from '../language/numerals.ts';
import { taggedWords } from '../language/segment.ts';
import { presence } from '../retrieval/search.ts';
import type { Understood } from '../retrieval/understand.ts';
import { isPlace, questionWords } from '../retrieval/understand.ts';
import type { Demand } from './amounts.ts';
import { amountsOf, itemsIn } from './amounts.ts';
import type { Evidence } from './evidence.ts';
import { yearsIn } from './evidence.ts';
import type { Unit } from './units.ts';
import { foldedOf } from './units.ts';

/** A date, an interval or a time limit: 每年, 三十日内, 五年. */
const TIME =
  /每年|年度|每季度|每月|月底|\d+月|[\d一二三四五六七八九十百]+个?(?:年|月|日|天|小时|工作日|周|季度)/;

const PARTICULARS = questionWords.particulars.map(({ asked, printed, missing }) => ({
  asked: new RegExp(asked, 'u'),
  printed: new RegExp(printed, 'u'),
  missing,
}));

/** Asks for the places themselves, not what happens there. */
const WHEREABOUTS =
  /具体(?:地址|位置|范围|点位)|(?:建|放|设|选|落户|选址|分布|位|修|布)(?:[在于到]|的?是)?(?:哪里|哪儿|何处|什么地方|哪几?个?(?:区|县|市|镇|乡|村|城市|园区|地方)|哪[？?]?$)|(?:建|放|设|选|落户|选址|分布|位|修|布)[在于]哪|分别在哪|在(?:哪些|什么|啥)地方|落户哪/;
/** Areas may be told by their kind: 以饮用水水源地为重点, 在毗邻地区. */
const AREAS = /以[^，。；]{2,40}为(?:重点|主)|[在对][^，。；]{2,30}(?:等地|周边|沿线|地区|区域|流域|一带)/;
/** What has a name of its own. */
const NAMED =
  '区县|市县|县区|市（州）|市\\(州\\)|市州|地级市|城市|县|乡镇|镇|村庄?|街道|断面|河流|湖库|水库|园区|矿区|水源地|保护区';
/** Asks for the names of such things. */
const NAMES = new RegExp(
  `哪(?:几?个|些|几条|几座|几处|座|条)(?:${NAMED})(?!域|民)|(?:${NAMED})[^，。？]{0,4}(?:是|有|叫|属于)(?:的是)?哪(?:些|几)|(?:${NAMED})(?:的)?名单|是哪几?个(?:${NAMED})`,
);
/** Asks for all by name, whatever they are. */
const BY_NAME =
  /叫什么|叫啥|什么名字|名字(?:都|分别)?[是叫]|什么名称|名单(?:给|发|列|有哪|都?是|里有谁|[？?。]?$)|具体(?:是|有)?哪|(?:是|有)哪几[个家座处条项种类]|分别是哪|(?:一个个|逐个|都|全部?)列|(?:企业|公司|厂|单位|平台|基地|站点|村庄)(?:都|具体|到底)?有(?:哪些|哪几|啥|什么)/;

/** A sentence that holds this share of a why-question itself says what the question presumes. */
const AFFIRMED = 0.6;

/** What the question demands of its evidence; `near` is all that is on its subject. */
export function demandsOf(query: Understood, near: readonly Evidence[]): Demand[] {
  const { folded, asks } = query;
  if (asks.has('where_written')) return [];
  const demands = amountsOf(query, near);
  for (const { asked, printed, missing } of PARTICULARS) {
    if (asked.test(folded))
      demands.push({ missing, met: (e) => e.unit.row !== undefined || printed.test(foldedOf(e.unit)) });
  }
  const where = WHEREABOUTS.test(folded);
  const whether = asks.has('whether');
  if (where)
    demands.push({ missing: '具体地点', met: (e) => namesWhere(e, query) || AREAS.test(e.unit.text) });
  else if (!whether && NAMES.test(folded))
    demands.push({ missing: '具体名单', met: (e) => namesWhere(e, query) });
  if (asks.has('date'))
    demands.push({
      missing: '时间',
      met: (e) =>
        yearsIn(e.unit.text).length > 0 ||
        TIME.test(foldedOf(e.unit)) ||
        yearsIn(e.unit.before).length > 0 ||
        e.unit.row !== undefined,
    });
  if (asks.has('body') && !/谁高|谁多|谁低/.test(folded))
    demands.push({
      missing: '由谁负责',
      met: (e) => questionWords.bodies.some((b) => e.unit.text.includes(b)),
    });
  const count = listCount(folded);
  if (count !== undefined && count >= 4) {
    const counted = partThatCounts(count);
    demands.push({
      missing: '具体名单',
      met: (e) => itemsIn(counted(e.unit.text)) >= Math.max(2, count * 0.5),
    });
  } else if (!whether && BY_NAME.test(folded))
    demands.push({ missing: '具体名单', met: (e) => namesThem(e, query) });
  if (asks.has('reason'))
    demands.push({
      missing: '原因',
      // A purpose needs no word of reason: what the sentence goes on to say after the very thing asked about is one.
      met: (e) =>
        questionWords.reason_given.some((w) => e.unit.text.includes(w)) ||
        (e.inside >= AFFIRMED &&
          query.concepts.every((c, i) => c.weight < 0.8 || (e.held[i] as number) >= 0.5) &&
          /[，；]/.test(e.unit.text)),
    });
  return demands;
}

/** Whether a clause that speaks of the subject lists things, or names them in quotation marks. */
function namesThem({ unit, held }: Evidence, { concepts, folded }: Understood): boolean {
  const own = concepts.filter((c, i) => c.weight >= 0.6 && (held[i] as number) >= 0.5);
  const clauses = unit.row ? unit.row.row.cells.map((c) => c.text) : unit.text.split(/[，。；：]/);
  return clauses.some((clause, i) => {
    const items = clause.split(/[、；]|和(?=[^、；，。]{2,12}$)/).filter((item) => !/^\s*\d/.test(item));
    const quoted = [...clause.matchAll(/[“《]([^”》]+)[”》]/g)].filter(
      (m) => !folded.includes(fold(m[1] as string)),
    );
    const names =
      quoted.length > 0 || (items.length === 2 && namesIn(clause).some((name) => !folded.includes(name)));
    if (items.length < 3 && !names) return false;
    const around = squash(unit.row ? unit.text : `${clauses[i - 1] ?? ''}${clause}${clauses[i + 1] ?? ''}`);
    return own.length === 0 || own.some((c) => presence(c, around) >= 0.5);
  });
}

/** Tags of names: jieba takes many a place that it does not know for a person. */
const NAME_TAGS = new Set(['ns', 'nr', 'nrt']);

/** Whether a unit names a place other than those the question and its plan's title do. */
function namesWhere({ unit }: Evidence, { folded }: Understood): boolean {
  const own = unit.plan.facts.regions.map(fold);
  return namesOf(unit).some((name) => !folded.includes(name) && !own.some((region) => region.includes(name)));
}

const namesIn = (text: string): string[] =>
  taggedWords(fold(text)).flatMap(({ word, tag }) =>
    isPlace(word, tag) || NAME_TAGS.has(tag) ? [word] : [],
  );

const namesOfUnits = new WeakMap<Unit['squashed'], readonly string[]>();

/** Names in a unit, looked for once. */
export function namesOf({ squashed, text }: Pick<Unit, 'squashed' | 'text'>): readonly string[] {
  const names = namesOfUnits.get(squashed) ?? namesIn(text);
  namesOfUnits.set(squashed, names);
  return names;
}

/** Finds the part of a text that speaks of so many; all of it if none does. */
function partThatCounts(count: number): (text: string) => string {
  const speaks = new RegExp(`(?<!\\d)${count}(?!\\d)`);
  return (text) => text.split(/[；。]/).find((part) => speaks.test(part)) ?? text;
}

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
