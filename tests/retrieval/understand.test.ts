import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GlossaryEntry } from '../../src/language/glossary.ts';
import { EMPTY_GLOSSARY, Glossary, readGlossary } from '../../src/language/glossary.ts';
import { loadSegmenter } from '../../src/language/segment.ts';
import { readCatalog } from '../../src/plan/catalog.ts';
import type { PlanFacts } from '../../src/plan/types.ts';
import { resolveFollowUp } from '../../src/retrieval/followup.ts';
import { ScopeFinder } from '../../src/retrieval/scope.ts';
import { Speller } from '../../src/retrieval/spelling.ts';
import type { Concept } from '../../src/retrieval/understand.ts';
import { STOP_CHARACTERS, searchTerms, understand, yearsOf } from '../../src/retrieval/understand.ts';
import { CORPUS } from '../opened-corpus.ts';

const glossary = readGlossary(join(CORPUS, 'glossary.yaml'));
loadSegmenter(glossary.segmenterWords());
const facts = readCatalog(CORPUS).map((entry) => entry.facts as PlanFacts);
const ids = facts.map((f) => f.id);
const scopes = new ScopeFinder(facts);
const understood = (question: string, words = glossary) =>
  understand(question, words, scopes.find(question), facts.length);

/** The plans of a scope by their ids. */
function scopeOf(question: string, restrict: readonly string[] = []) {
  const { only, preferred, refused } = scopes.find(
    question,
    restrict.map((id) => ids.indexOf(id)),
  );
  const named = (numbers: readonly number[]) => numbers.map((n) => ids[n]);
  return { only: named(only), preferred: named(preferred), refused: named(refused) };
}

describe('the scope of a question', () => {
  it.each([
    ['重庆规划对噪声有什么要求', ['chongqing-2025']],
    ['先行区方案的目标是什么', ['chuanyu-pilot-draft']],
    ['成渝双城规划怎么写危险废物', ['chengyu-2025']],
    ['四川省“十四五”生态环境保护规划的目标', ['sichuan-2025']],
    ["What does Jiangjin's plan say about noise?", ['jiangjin-2025']],
    ['江津规划和四川规划对噪声怎么写', ['jiangjin-2025', 'sichuan-2025']],
  ])('is restricted to the plan that is named: %s', (question, plans) => {
    expect(scopeOf(question)).toMatchObject({ only: plans, preferred: [] });
  });

  it.each([
    ['成渝双城圈规划要建多少个充电桩', ['chengyu-2025']],
    ['双城圈规划里写了什么', ['chengyu-2025']],
    ['重庆生态规划里的噪声', ['chongqing-2025']],
    ['省生态环保规划里怎么说', ['sichuan-2025']],
  ])('is restricted to the plan whose title is cut short: %s', (question, plans) => {
    expect(scopeOf(question).only).toEqual(plans);
  });

  it.each(['贵州省“十四五”生态环境规划的目标', '国土空间规划什么时候编', '怎么编专项规划'])(
    'takes no other plan for one of them: %s',
    (question) => {
      expect(scopeOf(question).only).toEqual([]);
    },
  );

  it('reads a plan’s name in traditional characters', () => {
    expect(scopeOf('為什麼重慶規劃要治理噪聲').only).toEqual(['chongqing-2025']);
  });

  it.each([
    ['重庆的PM2.5目标', ['chongqing-2025']],
    ['四川省的噪声', ['sichuan-2025']],
    ['PM2.5 in Sichuan', ['sichuan-2025']],
    ['江津和重庆的PM2.5', ['jiangjin-2025', 'chongqing-2025']],
    ['川渝的噪声', ['chengyu-2025', 'chuanyu-pilot-draft']],
  ])('prefers the plans of a region, and rules out none: %s', (question, plans) => {
    expect(scopeOf(question)).toEqual({ only: [], preferred: plans, refused: [] });
  });

  it.each([
    ['全省的噪声', 'sichuan-2025'],
    ['全市的噪声', 'chongqing-2025'],
    ['全区的噪声', 'jiangjin-2025'],
  ])('takes a level for the plan of that level: %s', (question, plan) => {
    expect(scopeOf(question).preferred).toEqual([plan]);
  });

  it.each(['重庆江津的PM2.5', '重庆市江津区的PM2.5'])(
    'is the narrower place where a wider one only says where that lies: %s',
    (question) => {
      expect(scopeOf(question).preferred).toEqual(['jiangjin-2025']);
    },
  );

  it('sets aside a plan that is named only to be left out', () => {
    expect(scopeOf('江津的PM2.5，不是重庆全市的')).toEqual({
      only: [],
      preferred: ['jiangjin-2025'],
      refused: ['chongqing-2025'],
    });
    expect(scopeOf('not the Chongqing plan, the Jiangjin plan')).toMatchObject({
      only: ['jiangjin-2025'],
      refused: ['chongqing-2025'],
    });
  });

  it('is what the caller restricts it to, whatever the question names', () => {
    expect(scopeOf('重庆规划的噪声', ['sichuan-2025']).only).toEqual(['sichuan-2025']);
    expect(scopeOf('噪声怎么治理', ['jiangjin-2025', 'chengyu-2025']).only).toEqual([
      'jiangjin-2025',
      'chengyu-2025',
    ]);
  });

  it('is every plan when the question names none', () => {
    expect(scopeOf('PM2.5目标是多少')).toEqual({ only: [], preferred: [], refused: [] });
  });
});

describe('the years of a question', () => {
  it.each([
    ['2025年PM2.5目标', [2025]],
    ['25年PM2.5目标', [2025]],
    ['到2035森林覆盖率', [2035]],
    ['2025年和2035年的目标', [2025, 2035]],
    ['２０３０年的目标', [2030]],
    ['PM2.5 in 2025', [2025]],
    ['十四五PM2.5目标', []],
    ['25年前的水质', []],
    ['20年内完成', []],
    ['去年的水质', []],
    ['12025号文件', []],
  ])('%s', (question, years) => {
    expect(yearsOf(understood(question).folded)).toEqual(years);
  });
});

describe('the kind of thing asked for', () => {
  it.each([
    ['PM2.5要降到多少', 'number'],
    ['哪年完成改造', 'date'],
    ['什么时候完成改造', 'date'],
    ['在哪里建污水处理厂', 'place'],
    ['噪声由谁负责', 'body'],
    ['治理噪声的工程有哪些', 'list'],
    ['为什么治理噪声', 'reason'],
    ['怎样治理噪声', 'manner'],
    ['有没有提到噪声', 'whether'],
    ['哪一章讲噪声', 'where_written'],
    ['How many wetlands will be restored?', 'number'],
    ['By when will the work be done?', 'date'],
    ['Which department is responsible?', 'body'],
  ] as const)('%s asks for a %s', (question, kind) => {
    expect([...understood(question).asks]).toContain(kind);
  });

  it('is nothing in particular when only a subject is named', () => {
    expect(understood('江津森林覆盖率').asks.size).toBe(0);
  });

  it('reads English question words as words, not as letters inside others', () => {
    expect([...understood('whenever 噪声').asks]).toEqual([]);
  });
});

describe('the plans a question compares', () => {
  const comparedBy = (question: string) => understood(question).compared.map((n) => ids[n]);

  it('are those it sets side by side', () => {
    expect(comparedBy('江津和重庆的森林覆盖率')).toEqual(['jiangjin-2025', 'chongqing-2025']);
    expect(comparedBy('四川与江津相差多少')).toEqual(['sichuan-2025', 'jiangjin-2025']);
  });

  it('are all when it asks which of them', () => {
    expect(comparedBy('哪些规划提到碳普惠')).toEqual(ids);
  });

  it('are none for one plan, or for no plan', () => {
    expect(comparedBy('江津的森林覆盖率')).toEqual([]);
    expect(comparedBy('森林覆盖率的差别')).toEqual([]);
  });

  it('leave out the plan that is set aside', () => {
    expect(comparedBy('江津和四川的噪声对比，不是重庆全市的')).toEqual(['jiangjin-2025', 'sichuan-2025']);
  });
});

describe('the concepts of a question', () => {
  const concept = (question: string, text: string): Concept => {
    const { concepts } = understood(question);
    const found = concepts.find((c) => c.text === text);
    if (!found) throw new Error(`no ${text} among ${concepts.map((c) => c.text).join(' ')}`);
    return found;
  };
  const equals = (question: string, text: string) => concept(question, text).equals.map((e) => e.text);

  it('hold the official term for an everyday word', () => {
    expect(equals('雾霾怎么治', '雾霾')).toEqual(expect.arrayContaining(['细颗粒物', 'pm2.5']));
  });

  it('hold the official term for an abbreviation', () => {
    expect(equals('危废怎么处理', '危废')).toContain('危险废物');
  });

  it('hold the Chinese term for an English one, in the plural too', () => {
    expect(equals('How is hazardous waste handled?', 'hazardous waste')).toContain('危险废物');
    expect(equals('Where do hazardous wastes go?', 'hazardous wastes')).toContain('危险废物');
  });

  it('count an equal less than the word itself, an everyday word less than an abbreviation', () => {
    const weights = (question: string, text: string) => concept(question, text).equals.map((e) => e.weight);
    expect(Math.max(...weights('危废怎么处理', '危废'))).toBeLessThan(1);
    expect(Math.max(...weights('雾霾怎么治', '雾霾'))).toBeLessThan(
      Math.max(...weights('危废怎么处理', '危废')),
    );
  });

  it('leave out the words of asking and the plans’ names', () => {
    const words = understood('请问江津规划里到底有哪些噪声').concepts.map((c) => c.text);
    expect(words).toEqual(['噪声']);
  });

  it('take what stands in quotation marks for one name', () => {
    expect(understood('“林溪长院”是什么', EMPTY_GLOSSARY).concepts.map((c) => c.text)).toEqual(['林溪长院']);
  });

  it('work without a glossary', () => {
    const { concepts } = understood('危险废物填埋场', EMPTY_GLOSSARY);
    expect(concepts.length).toBeGreaterThan(0);
    expect(concepts.every((c) => c.equals.length === 0)).toBe(true);
  });

  it('know a term that an office adds to its glossary', () => {
    const entry: GlossaryEntry = {
      term: '海绵城市',
      also: [],
      everyday: ['会喝水的城'],
      english: [],
      related: [],
    };
    const { concepts } = understood('会喝水的城怎么建', new Glossary([entry]));
    expect(concepts[0]?.equals.map((e) => e.text)).toEqual(['海绵城市']);
  });

  it('weigh words of the question above their equals when searched for', () => {
    const terms = new Map(searchTerms(understood('雾霾怎么治')).map((t) => [t.term, t.weight]));
    expect(terms.get('雾霾')).toBe(1);
    expect([...terms].filter(([term]) => term.includes('颗粒')).every(([, weight]) => weight < 1)).toBe(true);
  });

  it('are found in any text without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (question) => {
        const { concepts, folded } = understood(question);
        for (const { at, text } of concepts) expect(folded.slice(at, at + text.length)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a follow-up', () => {
  const resolve = (...turns: string[]) =>
    resolveFollowUp(turns.at(-1) as string, turns.slice(0, -1), scopes, async () => false);
  const about = (question: string) => {
    const { years, concepts } = understood(question);
    const { only, preferred } = scopeOf(question);
    return { plans: [...only, ...preferred], years, words: concepts.map((c) => c.text) };
  };

  it('takes its subject from the question before and brings its own place: 那四川呢', async () => {
    expect(about(await resolve('江津的森林覆盖率是多少', '那四川呢'))).toEqual({
      plans: ['sichuan-2025'],
      years: [],
      words: ['森林覆盖率'],
    });
  });

  it('replaces the year: 2035年呢', async () => {
    expect(about(await resolve('江津2025年PM2.5目标', '2035年呢'))).toMatchObject({
      plans: ['jiangjin-2025'],
      years: [2035],
    });
  });

  it('adds a year where there was none', async () => {
    expect(about(await resolve('江津的森林覆盖率是多少', '2035年呢'))).toMatchObject({
      plans: ['jiangjin-2025'],
      years: [2035],
    });
  });

  it('brings its place and repeats its subject: 那江津的污染地块呢', async () => {
    const { plans, words } = about(await resolve('四川污染地块安全利用率目标', '那江津的污染地块呢'));
    expect(plans).toEqual(['jiangjin-2025']);
    expect(words.join('')).toContain('污染地块');
  });

  it('replaces a plan by a plan', async () => {
    expect(scopeOf(await resolve('江津规划的PM2.5目标', '那四川规划呢')).only).toEqual(['sichuan-2025']);
  });

  it('keeps both places when it compares: 和四川比呢', async () => {
    const resolved = await resolve('江津2025年PM2.5目标', '和四川比呢');
    expect(understood(resolved).compared.map((n) => ids[n])).toEqual(['sichuan-2025', 'jiangjin-2025']);
  });

  it('fills in what a pronoun stands for', async () => {
    const { plans, words } = about(await resolve('重庆怎样治理黑臭水体', '它的牵头部门是谁'));
    expect(plans).toEqual(['chongqing-2025']);
    expect(words).toContain('黑臭水体');
  });

  it('stays in the plan spoken of when only the subject is new', async () => {
    const { plans, words } = about(await resolve('江津规划的PM2.5目标', '噪声怎么治理'));
    expect(plans).toEqual(['jiangjin-2025']);
    expect(words).toContain('噪声');
    expect(words).not.toContain('pm2.5');
  });

  it('drops what was before when the question stands by itself', async () => {
    const question = '成渝规划里再生水价格由谁定';
    expect(await resolve('江津的森林覆盖率是多少', question)).toBe(question);
  });

  it('resolves a chain of three, each upon the one before', async () => {
    expect(about(await resolve('江津2025年PM2.5目标', '那四川呢', '2035年呢'))).toMatchObject({
      plans: ['sichuan-2025'],
      years: [2035],
    });
  });

  it('is the question itself without history', async () => {
    expect(await resolve('那四川呢')).toBe('那四川呢');
  });

  it.each([
    ['江津怎么治理黑臭水体', '谁来负责', ['江津', '黑臭水体', '谁来负责']],
    ['江津怎么治理黑臭水体', '要花多少钱', ['江津', '黑臭水体', '多少钱']],
    ['四川十四五期间PM2.5要降到多少', '重庆的呢', ['重庆', '十四五', 'pm2.5']],
    ['重庆“十三五”取得哪些成效', '大气方面', ['重庆', '十三五', '成效', '大气']],
  ])('asks a detail or an aspect of the same subject: %s … %s', async (before, now, words) => {
    const resolved = await resolve(before, now);
    for (const word of words) expect(resolved).toContain(word);
  });

  it('does not pile up the details asked before', async () => {
    const resolved = await resolve('江津怎么治理黑臭水体', '要花多少钱', '什么时候完成');
    expect(resolved).toContain('黑臭水体');
    expect(resolved).not.toContain('多少钱');
  });

  it('compares when asked for the difference: 跟四川的做法有什么不同', async () => {
    const resolved = await resolve('重庆怎么管医疗废物', '跟四川的做法有什么不同');
    expect(understood(resolved).compared.map((n) => ids[n])).toEqual(
      expect.arrayContaining(['sichuan-2025', 'chongqing-2025']),
    );
  });

  it('takes a new word with the subject before if some passage is about both', async () => {
    const read = (both: boolean) => resolveFollowUp('装机多少', ['四川的水电'], scopes, async () => both);
    expect(await read(true)).toContain('水电');
    expect(await read(false)).not.toContain('水电');
  });

  it('never throws, and never loses a question that stands first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
        async (turns) => {
          expect(typeof (await resolve(...turns))).toBe('string');
          expect(await resolve(turns[0] as string)).toBe((turns[0] as string).trim());
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a speller', () => {
  const words = new Map([
    ['污染', 90],
    ['排放', 80],
    ['农膜', 3],
    ['回收', 20],
    ['部门', 50],
  ]);
  const known = (text: string) => [...words.keys()].some((w) => w.includes(text));
  const mend = (question: string) => new Speller(words, STOP_CHARACTERS).correct(question, known);

  it('reads a homophone that no passage uses as the word that sounds like it', () => {
    expect(mend('乌染')).toEqual({ question: '污染', corrections: [{ from: '乌染', to: '污染' }] });
  });

  it('reads pinyin among Chinese characters', () => {
    expect(mend('废弃nongmo').question).toBe('废弃农膜');
  });

  it('leaves English alone', () => {
    expect(mend('paifang in english').corrections).toEqual([]);
  });

  it('leaves words that the corpus uses, and gives the question back as it was typed', () => {
    expect(mend('ＰＭ２．５ 污染')).toEqual({ question: 'ＰＭ２．５ 污染', corrections: [] });
  });

  it('leaves what sounds like nothing in the corpus', () => {
    expect(mend('麒麟').corrections).toEqual([]);
  });

  it('does without words', () => {
    expect(new Speller(new Map(), STOP_CHARACTERS).correct('乌染', () => false).corrections).toEqual([]);
  });
});
