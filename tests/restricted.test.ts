/** An assistant restricted to some plans: to it the others do not exist. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../src/assistant.ts';
import { assistantOver, UnknownPlanError } from '../src/assistant.ts';
import { following } from '../src/channels/following.ts';
import { restrictIndex } from '../src/index/restrict.ts';
import { openShared } from './opened-corpus.ts';

let whole: Assistant;
let restricted: Assistant;
let index: Awaited<ReturnType<typeof openShared>>['index'];
const SEEN = ['sichuan-2025', 'chengyu-2025'];
const HIDDEN = ['chongqing-2025', 'jiangjin-2025', 'chuanyu-pilot-draft'];

beforeAll(async () => {
  ({ index, assistant: whole } = await openShared());
  restricted = whole.restrictedTo(SEEN);
}, 120_000);

/** Whatever is returned names no hidden plan by its id, nor by its title as that of a plan. */
function showsNothingHidden(value: unknown): void {
  const text = JSON.stringify(value);
  for (const id of HIDDEN) {
    expect(text).not.toContain(id);
    const { title, file } = whole.plans().find((plan) => plan.id === id) as { title: string; file: string };
    expect(text).not.toContain(title);
    expect(text).not.toContain(file);
  }
}

test('has a method for all that the whole one has', () => {
  expect(Object.keys(restricted).sort()).toEqual(Object.keys(whole).sort());
});

test('so has one that follows another', () => {
  expect(Object.keys(following(() => whole)).sort()).toEqual(Object.keys(whole).sort());
});

test('lists, counts and outlines its own plans only', () => {
  expect(
    restricted
      .plans()
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...SEEN].sort());
  expect(restricted.index.plans).toBe(2);
  expect(restricted.index.passages).toBe(restricted.plans().reduce((sum, plan) => sum + plan.passages, 0));
  showsNothingHidden(restricted.plans());
  showsNothingHidden(restricted.indicators());
  expect(restricted.indicators().length).toBeGreaterThan(0);
  showsNothingHidden(restricted.board());
  expect(restricted.board().length).toBeGreaterThan(0);
  expect(restricted.blocks('sichuan-2025')).toEqual(whole.blocks('sichuan-2025'));
});

test.each(HIDDEN)('knows %s no more than a plan that never was', async (id) => {
  const nowhere = (call: (id: string) => unknown) => {
    const told = (asked: string) => {
      try {
        call(asked);
      } catch (error) {
        return [(error as Error).name, (error as Error).message.replace(asked, 'ID')];
      }
      return 'returned';
    };
    expect(told(id)).toEqual(told('nowhere-2025'));
    expect(told(id)).not.toBe('returned');
  };
  nowhere((plan) => restricted.outline(plan));
  nowhere((plan) => restricted.text(plan));
  nowhere((plan) => restricted.blocks(plan));
  nowhere((plan) => restricted.indicators({ plan }));
  await expect(restricted.search({ query: '水', plans: [id] })).rejects.toThrow(UnknownPlanError);
  await expect(restricted.ask({ question: '水', plans: [id] })).rejects.toThrow(UnknownPlanError);
});

describe('answers', () => {
  const QUESTIONS = [
    '重庆2025年森林覆盖率目标是多少？',
    '江津区PM2.5浓度目标是多少',
    '四川和重庆的森林覆盖率目标哪个高？',
    '哪些规划提到了臭氧？',
    '征求意见稿里有几章？',
    '江津有多少个专栏',
    '比较各规划的单位GDP能耗目标',
    '不是重庆的，四川的空气质量目标',
    'nongmo huishou 率',
    '先行区建设的总体目标',
    '全市饮用水水源地水质达标率',
    'What is the forest coverage target of Chongqing?',
  ];
  test.each(QUESTIONS)('%s', async (question) => {
    const history = [{ role: 'user' as const, content: '江津区的农村污水治理率是多少？' }];
    for (const request of [{ question }, { question: `那${question}`, history }]) {
      showsNothingHidden(await restricted.ask(request));
      showsNothingHidden(await restricted.search({ query: request.question, k: 50 }));
    }
  });

  test('come from its plans as well as those of the whole do', async () => {
    const question = '四川近零碳排放开发区2025年建几个';
    const [mine, all] = await Promise.all([restricted.ask({ question }), whole.ask({ question })]);
    expect(mine.citations[0]?.quote).toBe(all.citations[0]?.quote);
    expect(mine.status).toBe('answered');
  });

  test('are refused by one that may see nothing', async () => {
    const nothing = whole.restrictedTo([]);
    expect(nothing.plans()).toEqual([]);
    expect(await nothing.search({ query: '森林覆盖率' })).toEqual([]);
    for (const question of [...QUESTIONS, '有哪些规划', '第三章讲什么']) {
      const answer = await nothing.ask({ question });
      expect(answer).toMatchObject({ status: 'not_found', citations: [], related: [] });
      showsNothingHidden(answer);
    }
  });
});

test('a list in another order, with strangers and repetitions, is the same assistant', () => {
  expect(whole.restrictedTo([...SEEN].reverse().concat('nowhere', SEEN))).toBe(restricted);
});

test('a restricted assistant widens to nothing', () => {
  expect(restricted.restrictedTo([...SEEN, ...HIDDEN]).plans()).toHaveLength(2);
});

test('words that only hidden plans use are no words of the vocabulary', () => {
  const part = restrictIndex(index, new Set(SEEN));
  const own = index.passages.filter((p) => SEEN.includes(p.planId)).length;
  expect(part.lexical.size).toBe(own);
  expect(part.manifest.sources.map((s) => s.planId).sort()).toEqual([...SEEN].sort());
  expect(index.lexical.has('江津')).toBe(true);
  const texts = part.passages.map((p) => `${p.path.join('')}${p.context}${p.text}`).join('\n');
  const aids = part.enrichment.map((e) => JSON.stringify(e)).join('\n');
  for (const term of ['白沙', '支坪', '四面', '璧南'])
    if (index.lexical.has(term)) expect(part.lexical.has(term)).toBe((texts + aids).includes(term));
});

test('all plans, restricted to all, answer alike', async () => {
  const all = assistantOver(restrictIndex(index, new Set(index.plans.map((p) => p.facts.id))));
  const query = '饮用水水源地保护';
  const ids = async (assistant: Assistant) => (await assistant.search({ query, k: 5 })).map((hit) => hit.id);
  expect(await ids(all)).toEqual(await ids(whole));
});

test('what one has read of a passage does not mislead the other: each numbers its plans itself', async () => {
  const { unitsOf } = await import('../src/answer/units.ts');
  const part = restrictIndex(index, new Set(['jiangjin-2025']));
  const numbersIn = (of: typeof index, doc: number) => {
    const hit = { doc, passage: of.passages[doc], plan: of.planOf[doc] } as never;
    return [...new Set(unitsOf(hit, of).map((unit) => unit.planNumber))];
  };
  const doc = part.passages.findIndex((p) => p.kind !== 'heading');
  const inWhole = index.passages.indexOf(part.passages[doc] as (typeof index.passages)[number]);
  expect(numbersIn(index, inWhole)).toEqual([index.planOf[inWhole]]);
  expect(numbersIn(part, doc)).toEqual([0]);
  expect(index.planOf[inWhole]).not.toBe(0);
});
