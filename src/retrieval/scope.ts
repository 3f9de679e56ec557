/**
 * Which plans a question is about: named outright (restricts), or by a region or level only (prefers). All by the
 * facts of the plans.
 * @module
 */
import { fold, foldQuestion } from '../language/normalise.ts';
import type { PlanFacts } from '../plan/types.ts';

/** A plan's or region's name found in the question. */
export interface Mention {
  readonly plan: number;
  /** Where in the folded question. */
  readonly at: number;
  readonly text: string;
  readonly kind: 'plan' | 'region';
}

/** The plans a question is about, by their numbers. */
export interface Scope {
  /** Only these may answer; empty: all. */
  readonly only: readonly number[];
  /** These are preferred. */
  readonly preferred: readonly number[];
  readonly mentions: readonly Mention[];
  /** Named only to be set aside: 不是重庆全市的. */
  readonly refused: readonly number[];
}

interface Name {
  readonly text: string;
  readonly plan: number;
  readonly kind: 'plan' | 'region';
}

/** Finds the plans that questions name, for a given set of plans. */
export class ScopeFinder {
  readonly #names: Name[];
  /** Titles that hold a word for what a plan is, by that word. */
  readonly #titles: ReadonlyMap<string, readonly { readonly plan: number; readonly title: string }[]>;
  /** The first two characters of a name → the places in `#names` of those that begin so. */
  readonly #byBeginning = new Map<string, number[]>();
  readonly #facts: readonly PlanFacts[];

  constructor(facts: readonly PlanFacts[]) {
    this.#facts = facts;
    const titles = facts.map((f, plan) => ({ plan, title: fold(f.title) }));
    this.#titles = new Map(TYPES.map((type) => [type, titles.filter(({ title }) => title.includes(type))]));
    this.#names = facts
      .flatMap((f, plan): Name[] => [
        ...[f.title, stripPunctuation(f.title), ...f.shortNames].map(
          (text): Name => ({ text: fold(text), plan, kind: 'plan' }),
        ),
        ...f.regions.map((text): Name => ({ text: fold(text), plan, kind: 'region' })),
      ])
      .filter((n) => n.text.length >= 2)
      .sort((a, b) => b.text.length - a.text.length);
    this.#names.forEach(({ text }, at) => {
      const beginning = text.slice(0, 2);
      const same = this.#byBeginning.get(beginning);
      if (same) same.push(at);
      else this.#byBeginning.set(beginning, [at]);
    });
  }

  /** @param restrict plan numbers the caller restricts the search to */
  find(question: string, restrict: readonly number[] = []): Scope {
    const folded = foldQuestion(question);
    const all = this.#mentions(folded);
    const refused = all.filter((m) => isSetAside(folded, m));
    const mentions = all.filter((m) => !refused.includes(m));
    const named = unique(mentions.filter((m) => m.kind === 'plan').map((m) => m.plan));
    const regional = unique([
      ...mentions.filter((m) => m.kind === 'region').map((m) => m.plan),
      ...(mentions.length === 0 ? this.#byLevel(folded) : []),
    ]);
    const only = restrict.length > 0 ? restrict : named;
    const preferred = only.length > 0 ? [] : narrowest(regional, mentions, this.#facts);
    return { only, preferred, mentions: all, refused: refused.map((m) => m.plan) };
  }

  /** Whether the mentions name one plan outright, and that one of a region of several provinces. */
  isRegional(mentions: readonly Mention[]): boolean {
    const named = unique(mentions.filter((m) => m.kind === 'plan').map((m) => m.plan));
    return named.length === 1 && this.#facts[named[0] as number]?.level === 'regional';
  }

  #mentions(folded: string): Mention[] {
    const taken = new Uint8Array(folded.length);
    const mentions: Mention[] = [];
    for (const { text, plan, kind } of this.#namesThatBeginIn(folded)) {
      for (let at = folded.indexOf(text); at >= 0; at = folded.indexOf(text, at + text.length)) {
        const inside = taken.subarray(at, at + text.length);
        const same = mentions.some((m) => m.at === at && m.text.length === text.length);
        if (inside.some((t) => t === 1) && !same) continue;
        inside.fill(1);
        mentions.push({ plan, at, text, kind });
      }
    }
    const shortened = this.#shortened(folded, mentions);
    return mentions
      .filter((m) => !shortened.some((s) => s.at <= m.at && m.at < s.at + s.text.length))
      .map((m) => this.#asPlan(m, folded))
      .concat(shortened, this.#byStatus(folded, mentions))
      .sort((a, b) => a.at - b.at);
  }

  /**
   * Titles cut short: 成渝双城圈规划 has, in their order, only characters of one title. Where several titles hold
   * them, the one whose region it begins with is meant.
   */
  #shortened(folded: string, mentions: readonly Mention[]): Mention[] {
    return [...folded.matchAll(TYPE)].flatMap((type): Mention[] => {
      for (let at = Math.max(0, type.index - TITLE_MAX); at <= type.index - SHORTENED_MIN; at++) {
        const name = folded.slice(at, type.index);
        const plans = (this.#titles.get(type[0]) ?? []).flatMap(({ plan, title }) =>
          isShortFor(name, type[0], title) ? [plan] : [],
        );
        if (plans.length === 0) continue;
        const own = mentions.filter((m) => m.at === at).map((m) => m.plan);
        if (own.length === 0 && !STARTS_NAME.test(folded.slice(0, at))) return [];
        const meant = plans.length === 1 ? plans : plans.filter((n) => own.includes(n));
        const known = mentions.some(
          (m) => m.kind === 'plan' && m.at < type.index && m.at + m.text.length > at,
        );
        return meant.length === 1 && !known
          ? [{ plan: meant[0] as number, at, text: name + type[0], kind: 'plan' }]
          : [];
      }
      return [];
    });
  }

  /** The names of which at least the beginning stands in a text, longest first. */
  #namesThatBeginIn(folded: string): Name[] {
    const places = new Set<number>();
    for (let i = 0; i + 1 < folded.length; i++)
      for (const at of this.#byBeginning.get(folded.slice(i, i + 2)) ?? []) places.add(at);
    return [...places].sort((a, b) => a - b).map((at) => this.#names[at] as Name);
  }

  /** A region whose 规划 or 方案 is spoken of names the one plan of the region that is called so. */
  #asPlan(mention: Mention, folded: string): Mention {
    const after = folded.slice(mention.at + mention.text.length);
    const called = PLAN_OF_REGION.exec(after)?.[1];
    if (mention.kind === 'plan' || !called) return mention;
    const plans = this.#facts.flatMap((f, i) =>
      f.regions.some((r) => fold(r) === mention.text) && f.title.includes(called) ? [i] : [],
    );
    return plans.length === 1 && plans[0] === mention.plan ? { ...mention, kind: 'plan' } : mention;
  }

  /** 征求意见稿 names the draft, if there is just one. */
  #byStatus(folded: string, mentions: readonly Mention[]): Mention[] {
    const found = /征求意见稿?|草案|\bdraft\b/.exec(folded);
    const drafts = this.#facts.flatMap((f, i) => (f.status === 'draft' ? [i] : []));
    if (!found || drafts.length !== 1) return [];
    const { index: at, 0: text } = found;
    if (mentions.some((m) => m.at <= at && at < m.at + m.text.length)) return [];
    return [{ plan: drafts[0] as number, at, text, kind: 'plan' }];
  }

  /** 全省, 全市, 全区 and the like name a level. */
  #byLevel(folded: string): number[] {
    const level = /(?:全|我)(省|市|区|县)|(省|市|区|县)里/.exec(folded);
    if (!level) return [];
    const suffix = level[1] ?? level[2];
    const wanted =
      suffix === '省' ? ['provincial'] : suffix === '市' ? ['provincial', 'municipal'] : ['district'];
    return this.#facts.flatMap((f, i) =>
      f.level && wanted.includes(f.level) && titlePlaceEnds(f, suffix as string) ? [i] : [],
    );
  }
}

/** What titles call a plan. */
const TYPES = ['规划', '方案', '计划', '纲要'];
const TYPE = new RegExp(TYPES.join('|'), 'g');
/** The longest and the shortest name, without its 规划, that is taken for a title cut short. */
const TITLE_MAX = 16;
const SHORTENED_MIN = 3;

/** A name that starts with no region stands free: 贵州省生态环境规划 is not the 省 of another title. */
const STARTS_NAME = /(?:^|[^\p{L}\p{N}]|[的这那个份在看问查按照])$/u;

/** Whether a title has the characters of a name in their order, and after them the word for what it is. */
function isShortFor(name: string, type: string, title: string): boolean {
  let at = 0;
  for (const char of name) {
    at = title.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return title.indexOf(type, at) >= 0;
}

/** What stands between a region and the word for its plan: 四川省的生态环境保护规划. */
const PLAN_OF_REGION =
  /^(?:的|那份|这份|省|市|区|生态|环境|环保|保护|["“”]|十四五|五年|建设|实施)*(规划|方案)/;

/** Named only to be told apart: 不是重庆的, 和成渝规划那份不一样的. */
function isSetAside(folded: string, { at, text }: Mention): boolean {
  const before = folded.slice(Math.max(0, at - 8), at);
  const after = folded.slice(at + text.length);
  return (
    /(?:不是|不要|不看|不问|别给|而非|not(?: the)?) ?$/.test(before) ||
    (/[和与跟同于]$/.test(before) &&
      /^(?:规划|方案|那份|那个|的)*(?:不一样|不同)的?(?:$|[，。？?])/.test(after))
  );
}

const titlePlaceEnds = (facts: PlanFacts, suffix: string) => facts.regions.some((r) => r.endsWith(suffix));
const unique = (list: readonly number[]) => [...new Set(list)];
const stripPunctuation = (title: string) => title.replace(/[“”"（(].*?[”"）)]|[“”"]/g, '');

/** 重庆江津, 重庆市江津区: a place right before a narrower one only says where that lies. */
function narrowest(
  plans: readonly number[],
  mentions: readonly Mention[],
  facts: readonly PlanFacts[],
): number[] {
  const order = ['national', 'regional', 'provincial', 'municipal', 'district'];
  const rank = (plan: number) => order.indexOf(facts[plan]?.level ?? 'regional');
  return plans.filter(
    (plan) =>
      !mentions.some(
        (outer) =>
          outer.plan === plan &&
          mentions.some(
            (inner) => inner.at === outer.at + outer.text.length && rank(inner.plan) > rank(plan),
          ) &&
          mentions.filter((m) => m.plan === plan).length === 1,
      ),
  );
}
