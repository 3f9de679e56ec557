/**
 * What is known of a plan beyond its text: from `plans.yaml` where it has an entry, otherwise from its own title,
 * name and opening words.
 * @module
 */
import type { PlanFacts, PlanLevel } from './types.ts';

/** Facts as far as the document itself tells them. */
export function factsFromDocument(file: string, heading: string, opening: string): PlanFacts {
  const stem = file.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '');
  const title =
    /\p{Script=Han}{4}/u.test(stem) && !isLawHeading(heading)
      ? stem.replace(/^[\d\s._-]+/, '')
      : cleanTitle(heading) || stem;
  const { regions, level } = placesIn(title);
  const period = periodOf(`${title} ${heading}`, opening);
  const outlook = /展望(?:到|至)?\s*(20\d\d)\s*年/.exec(opening)?.[1];
  const draft = /征求意见稿|草案|送审稿|讨论稿|公示稿/.test(`${title} ${heading} ${opening.slice(0, 200)}`);
  return {
    id: stem.replace(/[\s/\\#?%]+/g, '-'),
    title,
    shortNames: [],
    regions,
    ...(level ? { level } : {}),
    ...(period ? { period } : {}),
    ...(outlook ? { outlookYear: Number(outlook) } : {}),
    status: draft ? 'draft' : 'in_force',
    file,
  };
}

const isLawHeading = (heading: string) =>
  /^[\p{Script=Han}（）“”、〇\s]{4,60}(?:法|条例|规定|办法|规则|决定|解释)(?:\s|$)/u.test(heading);

function cleanTitle(heading: string): string {
  return (
    heading
      .replace(/^附件\s*\d*\s*/, '')
      .replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '')
      .split(' ')[0] ?? ''
  );
}

const FIVE_YEARS: Record<string, number> = {
  十二五: 2011,
  十三五: 2016,
  十四五: 2021,
  十五五: 2026,
  十六五: 2031,
};

function periodOf(title: string, opening: string): PlanFacts['period'] {
  const range = /((?:19|20)\d\d)\s*年?\s*[—–\-~～至]+\s*((?:19|20)\d\d)/;
  const named =
    range.exec(title) ??
    /规划期(?:限|为|从|自)?\s*((?:19|20)\d\d)\s*年?\s*[—–\-~～至到]+\s*((?:19|20)\d\d)/.exec(opening);
  if (named) return { start: Number(named[1]), end: Number(named[2]) };
  for (const [name, start] of Object.entries(FIVE_YEARS)) {
    if (title.includes(name)) return { start, end: start + 4 };
  }
  const base = /基准年为?\s*((?:19|20)\d\d)/.exec(opening)?.[1];
  const until = /规划期至\s*((?:19|20)\d\d)/.exec(opening)?.[1];
  if (until) return { start: base ? Number(base) + 1 : Number(until) - 4, end: Number(until) };
  const outlook = /((?:20)\d\d)\s*年(?:远景|愿景)/.exec(title)?.[1];
  return outlook ? undefined : undefined;
}

const MUNICIPALITIES = new Set(['北京', '上海', '天津', '重庆']);

/** The places a title names, widest first, and the level of the narrowest. */
function placesIn(title: string): { regions: string[]; level?: PlanLevel } {
  const regions: string[] = [];
  let level: PlanLevel | undefined;
  let rest = title.replace(/^中华人民共和国/, () => {
    level = 'national';
    return '';
  });
  for (;;) {
    const m =
      /^(\p{Script=Han}{2,10}?)(特别行政区|自治区|自治州|自治县|经济圈|城市群|流域|地区|新区|省|市|州|区|县|旗)/u.exec(
        rest,
      );
    if (!m || /[关于实施加强生态规划]/.test(m[1] as string)) break;
    const [whole, name, suffix] = m as unknown as [string, string, string];
    regions.push(name);
    if (/经济圈|城市群|流域|^地区/.test(suffix)) level = 'regional';
    else if (
      suffix === '省' ||
      suffix === '自治区' ||
      suffix === '特别行政区' ||
      (suffix === '市' && MUNICIPALITIES.has(name))
    )
      level = 'provincial';
    else if (suffix === '市' || suffix === '州' || suffix === '自治州')
      level = regions.length > 1 && level === 'municipal' ? 'district' : 'municipal';
    else level = 'district';
    rest = rest.slice(whole.length);
  }
  return { regions, ...(level ? { level } : {}) };
}
