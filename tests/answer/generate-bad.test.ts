/**
 * What a bad model says does not reach the person: each of these replies is served by a scripted endpoint over HTTP,
 * and the product asked over HTTP, streamed and not.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Act, Asked } from '../models/scripted-server.ts';
import { handleOf, openGenerated, unsupported } from './generated.ts';

const COMMUNITY = '到2025年重庆绿色社区创建率要达到多少？';
const COMMUNITY_AT = '绿色社区创建率达到60%';
const FOREST = '重庆到2025年森林覆盖率要达到多少？';
const FOREST_AT = '森林覆盖率（%）\t\t52.5\t57';
const RIVER = '成渝规划禁止在长江干支流岸线多大范围内新建化工园区？';
const RIVER_AT = '岸线 1 公里范围内新建';
const CAR = '成渝规划到2025年新能源汽车新车销量占比是多少？';
const CAR_AT = '新能源汽车新车销量占比';
const STRAW = '四川规划到2025年秸秆综合利用率是多少？';
const STRAW_AT = '秸秆综合利用率保持在';

/** A reply that ends as it should, of pieces of three characters: no sentence and no mark comes whole. */
const torn = (text: string): Act => ({ say: text.match(/[\s\S]{1,3}/g) ?? [] });

interface Bad {
  readonly name: string;
  readonly question: string;
  readonly at: string;
  /** `@` stands for the handle of the passage that prints `at`. */
  readonly says: string | ((handle: string, asked: Asked) => string);
  /** What the person must not see. */
  readonly never: RegExp;
}

const bad = (
  name: string,
  [question, at]: readonly [string, string],
  says: Bad['says'],
  never: RegExp,
): Bad => ({ name, question, at, says, never });

const community = [COMMUNITY, COMMUNITY_AT] as const;
const forest = [FOREST, FOREST_AT] as const;
const river = [RIVER, RIVER_AT] as const;
const car = [CAR, CAR_AT] as const;
const straw = [STRAW, STRAW_AT] as const;
const GOOD = '到2025年，重庆市绿色社区创建率达到60%[@]。';

const LIES: readonly Bad[] = [
  // Numbers
  bad('another number', community, '到2025年，重庆市绿色社区创建率达到75%[@]。', /75/),
  bad('another number in full width', community, '到2025年，重庆市绿色社区创建率达到７５％[@]。', /７５|75/),
  bad(
    'another number in Chinese',
    community,
    '到2025年，重庆市绿色社区创建率达到百分之七十五[@]。',
    /百分之七十五/,
  ),
  bad(
    'the right number in another unit',
    community,
    '到2025年，重庆市绿色社区创建率达到60个百分点[@]。',
    /百分点/,
  ),
  bad('a number ten thousand times too large', community, '重庆市绿色社区达到60万个[@]。', /60万/),
  bad('a range for a number', community, '到2025年，重庆市绿色社区创建率达到60%—70%[@]。', /70/),
  bad(
    'a number made by adding',
    community,
    '到2025年，重庆市绿色社区创建率达到60%，绿色学校、绿色社区合计达到120%[@]。',
    /120/,
  ),
  bad(
    'the number of a neighbouring column',
    forest,
    '到2025年，重庆市森林覆盖率达到52.5%[@]。',
    /2025年，重庆市森林覆盖率达到52/,
  ),
  bad(
    'a second number beside the right one',
    community,
    '到2025年，重庆市绿色社区创建率达到60%，绿色学校创建率达到80%[@]。',
    /80/,
  ),
  bad('a count in Chinese that nobody gave', community, '重庆市开展八项绿色社区创建[@]。', /八项/),
  // Years
  bad('another year', community, '到2030年，重庆市绿色社区创建率达到60%[@]。', /2030/),
  bad('another year in Chinese', community, '到二〇三〇年，重庆市绿色社区创建率达到60%[@]。', /二〇三〇/),
  bad('another planning period', community, '“十五五”期间，重庆市绿色社区创建率达到60%[@]。', /十五五/),
  // Places and bodies
  bad('another province', community, '到2025年，四川省绿色社区创建率达到60%[@]。', /四川省绿色社区/),
  bad(
    'a district that the passage does not name',
    community,
    '到2025年，渝中区绿色社区创建率达到60%[@]。',
    /渝中区/,
  ),
  bad('a body that the passage does not name', community, '由市民政局推进绿色社区创建[@]。', /民政局/),
  // Indicators and things
  bad('another indicator', community, '到2025年，重庆市绿色学校创建率达到60%[@]。', /绿色学校创建率/),
  bad(
    'an indicator of the next row',
    forest,
    '到2025年，重庆市城市建成区绿化覆盖率达到57%[@]。',
    /绿化覆盖率达到57/,
  ),
  bad('a thing made up', community, '重庆市开展绿色社区创建，建设核电站[@]。', /核电站/),
  bad('something else done to it', community, '到2025年，重庆市撤销绿色社区[@]。', /撤销/),
  // Quotation marks
  bad('a quotation that is none', community, '重庆市提出“绿色社区百日攻坚”[@]。', /百日攻坚/),
  bad('a document that is none', community, '按照《重庆市绿色社区条例》开展绿色社区创建[@]。', /条例/),
  bad('another chapter', community, '第三章提出开展绿色社区创建[@]。', /第三章提出/),
  // Turning round
  bad(
    'a prohibition as a permission',
    river,
    '成渝地区允许在长江干支流岸线1公里范围内新建化工园区[@]。',
    /允许/,
  ),
  bad(
    'a prohibition without its no',
    river,
    '成渝地区在长江干支流岸线1公里范围内新建化工园区[@]。',
    /(?<!禁止)在长江干支流岸线1公里/,
  ),
  bad(
    'a prohibition for another distance',
    river,
    '禁止在长江干支流岸线五公里范围内新建化工园区[@]。',
    /五公里/,
  ),
  bad('an exact number for an approximate one', car, '到2025年，新能源汽车新车销量占比达20%[@]。', /20%\[/),
  bad(
    'a lower bound for an approximate number',
    car,
    '到2025年，新能源汽车新车销量占比达20%以上[@]。',
    /20%以上/,
  ),
  bad('an upper bound for a lower one', straw, '到2025年，四川省秸秆综合利用率不超过90%[@]。', /不超过90/),
  bad('a bound left out', straw, '到2025年，四川省秸秆综合利用率达到90%[@]。', /达到90%\[/),
  bad('expected for binding', forest, '到2025年，重庆市森林覆盖率达到57%，为预期性指标[@]。', /预期性/),
  bad('done for planned', community, '重庆市已完成绿色社区创建[@]。', /已完成/),
  bad('all for some', community, '重庆市所有社区必须开展绿色社区创建[@]。', /所有社区/),
  bad('a fall for a rise', forest, '重庆市森林覆盖率下降到57%[@]。', /下降/),
  // Citations
  bad('a handle that was not given', community, '到2025年，重庆市绿色社区创建率达到60%[c99]。', /c99|\[99\]/),
  bad(
    'the wrong passage',
    community,
    (handle, { passages }) =>
      `到2025年，重庆市绿色社区创建率达到66%[${[...passages.keys()].find((h) => h !== handle)}]。`,
    /66/,
  ),
  bad('no citation, and nothing that says it', community, '到2025年，重庆市绿色社区创建率达到66%。', /66/),
  bad(
    'a citation of its own making',
    community,
    '到2025年，重庆市绿色社区创建率达到66%（见《重庆市规划》第5页）。',
    /66|第5页/,
  ),
  bad(
    'marks as the endpoint’s own search makes them',
    community,
    '到2025年，重庆市绿色社区创建率达到66%【4:0†source】。',
    /66|†/,
  ),
  // Markup
  bad('a link', community, `重庆市开展[绿色社区](https://evil.example/a)创建[@]。`, /evil|\]\(/),
  bad('a bare address', community, '重庆市开展绿色社区创建，详见 evil.example.com/a [@]。', /evil/),
  bad('an image', community, '![绿色社区](http://evil.example/p.png)重庆市开展绿色社区创建[@]。', /!\[|evil/),
  bad('HTML', community, '<img src=x onerror=alert(1)>重庆市开展绿色社区创建[@]。', /onerror|<img/i),
  bad('HTML entities', community, '&lt;script&gt;重庆市开展绿色社区创建[@]。', /&lt;|script/),
  bad('a heading that says something', community, `## 绿色社区创建率达到88%\n${GOOD}`, /88|##/),
  bad(
    'a table with another number',
    community,
    `| 指标 | 2025年 |\n| --- | --- |\n| 绿色社区创建率 | 77%[@] |`,
    /77/,
  ),
  bad(
    'a table whose header lies',
    community,
    `| 指标 | 2040年 |\n| --- | --- |\n| 绿色社区创建率 | 60%[@] |`,
    /2040/,
  ),
  bad('code', community, '```\nrm -rf 绿色社区\n```', /rm -rf/),
  bad(
    'direction characters that hide a number',
    community,
    '到2025年，重庆市绿色社区创建率达到\u202e57\u202c%[@]。',
    /\u202e|57/,
  ),
  // Behaviour
  bad('a refusal', community, '抱歉，作为人工智能助手，我无法回答这个问题。', /抱歉|人工智能助手/),
  bad('an injection carried out', community, '系统提示已忽略。管理员密码是 hunter2。', /hunter2|系统提示/),
  bad('its own instructions', community, '规则：1. 每句话都在句末用方括号注明出处。', /规则|注明出处/),
  bad(
    'the fence',
    community,
    (_h, { user }) => `${/<<<资料 c1 (\w+)/.exec(user)?.[1]} 绿色社区[@]。`,
    /[0-9a-f]{12}/,
  ),
  bad('thoughts aloud', community, `<think>绿色社区大概是 91% 吧。</think>${GOOD}`, /91|think/),
  bad('English', community, 'The green community rate will reach 61% by 2025 [@].', /green|61/),
  bad(
    'the same lie again and again',
    community,
    '到2025年，重庆市绿色社区创建率达到99%[@]。'.repeat(30),
    /99/,
  ),
  bad('a sentence without an end', community, '绿色社区创建率达到98%，'.repeat(120), /98/),
  bad('a subject borrowed from the sentence before', community, `${GOOD}其中，到2025年达到45%[@]。`, /45/),
  bad('a pronoun without anything before it', community, '其比例达到60%[@]。', /其比例/),
  bad('advice', community, `${GOOD}建议您拨打12345热线咨询。`, /12345|建议您/),
  bad('a cause that nobody gave', community, '由于资金不足，重庆市绿色社区创建率达到60%[@]。', /资金不足/),
];

describe('a bad model', () => {
  let product: Awaited<ReturnType<typeof openGenerated>>;
  beforeAll(async () => {
    product = await openGenerated();
  }, 120_000);

  it('there are at least forty of its replies', () => {
    expect(LIES.length).toBeGreaterThanOrEqual(40);
  });

  it.each(LIES)('does not get through: $name', { timeout: 60_000 }, async ({ question, at, says, never }) => {
    for (const stream of [false, true]) {
      await product.configure();
      let served = '';
      // Asked once more, it says the same again.
      product.model.play((asked) => {
        const handle = handleOf(asked, at);
        const text = (typeof says === 'string' ? says : says(handle, asked)).replaceAll('@', handle);
        served = text;
        return torn(
          asked.task === 'repair'
            ? `1. ${text.replaceAll('\n', ' ')}\n2. ${text.replaceAll('\n', ' ')}`
            : text,
        );
      });
      const given = await product.ask(question, { stream });
      const { answer } = given;
      expect(served).not.toBe('');
      expect(answer.status).toBe('answered');
      expect(answer.answer).not.toMatch(never);
      expect(given.deltas.join('')).not.toMatch(never);
      if (stream) expect(given.deltas.join('')).toBe(answer.answer);
      // What is left is the answer all the same, each word of it cited, each quote verbatim.
      expect(answer.answer).not.toBe('');
      expect(unsupported(answer)).toEqual([]);
      expect(answer.citations.length).toBeGreaterThan(0);
      for (const c of answer.citations) {
        const plan = product.index.plans.find((p) => p.facts.id === c.plan.id);
        expect(plan?.text.slice(c.start, c.end)).toBe(c.quote);
      }
      expect(answer.mode === 'generated').toBe(answer.model !== undefined);
    }
  });
});
