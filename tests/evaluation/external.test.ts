import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overlapF1, readExternal, runExternal } from '../../src/evaluation/external.ts';
import { inProcess } from '../../src/evaluation/target.ts';
import { readPlan } from '../../src/plan/read.ts';
import { stubAssistant } from './stub-assistant.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'external-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
const write = (name: string, content: string) => {
  const file = join(dir, name);
  writeFileSync(file, content);
  return file;
};

const squad = JSON.stringify({
  version: 'v1.0',
  data: [
    {
      title: '范廷颂',
      paragraphs: [
        {
          context: '范廷颂是越南罗马天主教枢机。1963年被任为主教；他生于1919年。',
          qas: [
            {
              id: 'T_0',
              question: '范廷颂是何时被任为主教的？',
              answers: [{ text: '1963年', answer_start: 14 }],
            },
            { id: 'T_1', question: '他养了几只猫？', answers: [], is_impossible: true },
          ],
        },
      ],
    },
  ],
});
const rgb = [
  {
    id: 0,
    query: '哪年举办',
    answer: [['2022年', '二〇二二年'], '北京'],
    positive: ['冬奥会于2022年在北京举办。', '无关的话。'],
    negative: ['世界杯在卡塔尔举办。'],
  },
]
  .map((line) => JSON.stringify(line))
  .join('\n');

describe('readExternal', () => {
  it('makes documents and questions of SQuAD’s format, gold being the sentence of the answer', () => {
    const set = readExternal(write('cmrc.json', squad), 'squad');
    expect(set.documents).toMatchObject([{ id: 'doc-1', title: '范廷颂（1）' }]);
    expect(set.cases).toMatchObject([
      { id: 'T_0', kind: 'fact', gold: [{ plan: 'doc-1', quote: '1963年被任为主教' }], must: [['1963年']] },
      { id: 'T_1', kind: 'unanswerable', gold: [] },
    ]);
  });

  it('reads the flat form of CMRC’s trial data too', () => {
    const flat = JSON.stringify([
      {
        context_id: 'X',
        context_text: '甲生于1919年。',
        title: '甲',
        qas: [{ query_id: 'X_1', query_text: '甲生于何年', answers: ['1919年'] }],
      },
    ]);
    expect(readExternal(write('flat.json', flat), 'squad').cases).toMatchObject([
      { gold: [{ quote: '甲生于1919年' }] },
    ]);
  });

  it('reads RGB, with every document or only those without the answer', () => {
    const file = write('rgb.jsonl', rgb);
    const all = readExternal(file, 'rgb');
    expect(all.documents).toHaveLength(3);
    expect(all.cases).toMatchObject([
      { must: [['2022年', '二〇二二年'], ['北京']], gold: [{ quote: '冬奥会于2022年在北京举办' }] },
    ]);
    const refusal = readExternal(file, 'rgb-refusal');
    expect(refusal.documents).toHaveLength(1);
    expect(refusal.cases).toMatchObject([{ kind: 'unanswerable', gold: [] }]);
  });

  it('says when a file has another format', () => {
    expect(() => readExternal(write('x.json', '{"a": 1}'), 'squad')).toThrow(/不是 squad 格式/);
    expect(() => readExternal(write('y.json', 'nonsense'), 'rgb')).toThrow(/不是 rgb 格式/);
  });
});

describe('runExternal', () => {
  it('builds a corpus, reports the figures the data are known by, and clears up', async () => {
    let corpus = '';
    const report = await runExternal(readExternal(write('cmrc.json', squad), 'squad'), async (corpusDir) => {
      corpus = corpusDir;
      const files = readdirSync(corpusDir).filter((f) => f.endsWith('.txt'));
      const plans = files.map((f) =>
        readPlan(readFileSync(join(corpusDir, f)), f, { id: f.replace('.txt', '') }),
      );
      return inProcess(stubAssistant(await Promise.all(plans)));
    });
    expect(report.run.results).toHaveLength(2);
    expect(report).toMatchObject({ accuracy: expect.any(Number), f1: expect.any(Number), exactMatch: 0 });
    expect(report.rejection).toBeDefined();
    expect(existsSync(corpus)).toBe(false);
  });
});

describe('overlapF1', () => {
  it('is precision and recall of the longest common substring', () => {
    // 5 of 9 and 5 of 5: 2 · (5/9) · 1 / (14/9)
    expect(overlapF1('于1963年被任为', '1963年')).toBeCloseTo(10 / 14);
    expect(overlapF1('1963年', '1963年')).toBe(1);
    expect(overlapF1('', '1963年')).toBe(0);
  });
});
