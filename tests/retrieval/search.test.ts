import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import { UnknownPlanError } from '../../src/assistant.ts';
import type { OpenIndex } from '../../src/index/open.ts';
import { ScopeFinder } from '../../src/retrieval/scope.ts';
import { searchPassages } from '../../src/retrieval/search.ts';
import { understand } from '../../src/retrieval/understand.ts';
import { openShared } from '../opened-corpus.ts';

let index: OpenIndex;
let assistant: Assistant;
beforeAll(async () => {
  ({ index, assistant } = await openShared());
});

const PLANS = ['chengyu-2025', 'chuanyu-pilot-draft', 'chongqing-2025', 'sichuan-2025', 'jiangjin-2025'];
const find = (query: string, k = 5, plans: readonly string[] = []) => assistant.search({ query, k, plans });
const texts = async (query: string, k = 5) => (await find(query, k)).map((hit) => hit.text);

describe('a search', () => {
  it('finds by the words of a passage', async () => {
    expect((await texts('放开再生水政府定价', 1))[0]).toContain('放开再生水政府定价');
  });

  it('finds by a heading', async () => {
    const hits = await find('珍稀濒危野生动物保护工程');
    expect(hits.some((hit) => hit.path.join().includes('珍稀濒危野生动物保护工程'))).toBe(true);
  });

  it('finds a table row whose subject stands only in a merged cell above it', async () => {
    const hits = await find('重庆规划主要污染物重点工程减排量 氮氧化物');
    const row = hits.find((hit) => hit.text.startsWith('氮氧化物'));
    expect(row?.text).not.toContain('减排量');
    expect(row?.context).toContain('减排量');
  });

  it('finds a table row by its table’s header', async () => {
    const hits = await find('江津规划森林覆盖率 2025年目标值', 3);
    const row = hits.find((hit) => hit.text.includes('森林覆盖率'));
    expect(row?.text).not.toContain('目标值');
    expect(row?.context).toContain('2025年目标值');
  });

  it.each([
    ['雾霾', /PM ?2\.5|PM ?_|细颗粒物/],
    ['喝的水安全吗', /饮用水/],
    ['冒黑烟的车', /机动车|黑烟/],
  ])('finds by everyday words: %s', async (query, official) => {
    const hits = await texts(query, 2);
    expect(hits.every((text) => official.test(text))).toBe(true);
  });

  it.each([
    ['hazardous wastes', '危险废'],
    ['smog', '2.5'],
    ['drinking water sources', '饮用水'],
  ])('finds Chinese passages by English words: %s', async (query, official) => {
    expect((await texts(query, 3)).some((text) => text.includes(official))).toBe(true);
  });

  it('gives search aids no place among the passages', async () => {
    const aids = index.enrichment.flatMap((e) => e?.questions.slice(0, 1) ?? []).slice(0, 20);
    for (const aid of aids) {
      for (const hit of await find(aid, 3)) {
        const passage = index.passages.find((p) => p.id === hit.id);
        expect(hit.text).toBe(passage?.text);
      }
    }
  });

  it('leads from the prepared questions of a passage to that passage', async () => {
    const passage = index.passages.findIndex(
      (p, i) => p.planId === 'sichuan-2025' && (index.enrichment[i]?.questions.length ?? 0) > 0,
    );
    const question = index.enrichment[passage]?.questions[0] as string;
    const ids = (await find(question, 5, ['sichuan-2025'])).map((hit) => hit.id);
    expect(ids).toContain(index.passages[passage]?.id);
  });

  it.each(PLANS)('restricted to %s gives passages of that plan only, and as many as wanted', async (plan) => {
    const hits = await find('噪声 重庆 四川 江津 污水', 20, [plan]);
    expect(hits).toHaveLength(20);
    expect(new Set(hits.map((hit) => hit.plan.id))).toEqual(new Set([plan]));
  });

  it('restricted to two plans gives passages of these', async () => {
    const hits = await find('噪声', 20, ['jiangjin-2025', 'sichuan-2025']);
    expect(new Set(hits.map((hit) => hit.plan.id))).toEqual(new Set(['jiangjin-2025', 'sichuan-2025']));
  });

  it('keeps to a plan named in the question', async () => {
    const hits = await find('江津规划对成渝地区双城经济圈怎么说', 10);
    expect(new Set(hits.map((hit) => hit.plan.id))).toEqual(new Set(['jiangjin-2025']));
  });

  it('puts a region’s own plan first, without shutting out the others', async () => {
    const hits = await find('重庆江津的森林覆盖率', 20);
    expect(hits[0]?.plan.id).toBe('jiangjin-2025');
    expect(new Set(hits.map((hit) => hit.plan.id)).size).toBeGreaterThan(1);
  });

  it('restricted to an unknown plan names it', async () => {
    await expect(find('噪声', 5, ['no-such-plan'])).rejects.toThrow(UnknownPlanError);
    await expect(find('噪声', 5, ['no-such-plan'])).rejects.toThrow(/no-such-plan/);
  });

  it('gives the best first, no passage twice, each a slice of its plan', async () => {
    const hits = await find('污染防治', 50);
    const scores = hits.map((hit) => hit.score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(hits.map((hit) => hit.id)).size).toBe(50);
    for (const hit of hits) {
      expect(assistant.text(hit.plan.id, hit).text).toBe(hit.text);
      expect(hit.text.length).toBeLessThanOrEqual(600);
    }
  });

  it('gives the same passages in the same order every time', async () => {
    for (const query of ['雾霾怎么治', '江津噪声', 'hazardous wastes', '乌染防治']) {
      const [first, ...others] = await Promise.all([find(query, 20), find(query, 20), find(query, 20)]);
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it('gives ten passages unless told otherwise', async () => {
    expect(await assistant.search({ query: '污水' })).toHaveLength(10);
  });

  it('tells how much of the question a passage covers, from 0 to 1', async () => {
    const scopes = new ScopeFinder(index.plans.map((p) => p.facts));
    const question = '江津区域环境噪声平均值 麒麟';
    const query = understand(question, index.glossary, scopes.find(question), index.plans.length);
    for (const hit of await searchPassages(index, query, 20)) {
      for (const share of [hit.coverage, hit.similarity, hit.full]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1 + 1e-6);
      }
      expect(hit.coverage).toBeLessThan(1);
    }
  });
});

describe('a query that says nothing', () => {
  it.each(['', '   ', '？？？', '！@#￥%……&*（）', '😀😀', '\u0000\u200b'])(
    'finds nothing: %j',
    async (query) => {
      expect(await find(query)).toEqual([]);
    },
  );

  it('of 2,000 characters is searched like any other', async () => {
    expect(await find('污'.repeat(2000))).toHaveLength(5);
    expect(await find('废气、废水和噪声怎么治理？'.repeat(150), 3)).toHaveLength(3);
  });

  it('never makes the search throw, whatever its characters', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('重庆', '第（', '[1]', '(?:', '\\', '《', '专栏', '\uD800', '%00', '2025年'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const hits = await find(pieces.join(''), 3);
        expect(hits.every((hit) => Number.isFinite(hit.score))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('spelling', () => {
  const READ_AS = /^按“/;
  const readAs = async (question: string) => {
    const answer = await assistant.ask({ question });
    return { question: answer.question, notices: answer.notices.filter((n) => READ_AS.test(n)) };
  };

  it.each([
    ['乌染防治攻坚战怎么打', '污染防治', '乌染防治'],
    ['锅炉牌坊标准', '排放标准', '牌坊标准'],
    ['噪生怎么治理', '噪声', '噪生'],
  ])('%s is read as %s, and the person is told', async (typed, to, from) => {
    const read = await readAs(typed);
    expect(read.question).toContain(to);
    expect(read.notices).toEqual([`按“${to}”理解“${from}”。`]);
  });

  it('reads pinyin between Chinese characters', async () => {
    const read = await readAs('废弃nongmo huishou率2025年目标');
    expect(read.question.replace(/\s/g, '')).toContain('废弃农膜回收率');
    expect(read.notices).toHaveLength(2);
  });

  it.each([
    '农村污水怎么治理',
    '哪里有污水处理厂，怎么处理的',
    '哪些部门负责',
    '江津规划在那里',
    '川渝先行区方案的目标是啥',
    '请问重庆市江津区生态环境保护“十四五”规划讲了什么',
  ])('leaves words of asking and names of plans as they are: %s', async (question) => {
    expect(await readAs(question)).toEqual({ question, notices: [] });
  });

  it.each([
    ['農村生活污水治理率', '农村生活污水治理率'],
    ['ＰＭ２．５年均浓度', 'PM2.5年均浓度'],
    ['pm 2.5年均浓度', 'PM2.5年均浓度'],
    ['乌染地块安全利用率', '污染地块安全利用率'],
  ])('%s finds what %s finds', async (typed, meant) => {
    const [found, wanted] = [await find(typed), await find(meant)];
    expect(found.map((hit) => hit.id)).toEqual(wanted.map((hit) => hit.id));
  });

  it('no traditional or full-width character is called a misspelling', async () => {
    expect((await readAs('農村生活污水治理率２０２５年目標')).notices).toEqual([]);
  });
});
