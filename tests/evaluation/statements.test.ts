import { describe, expect, it } from 'vitest';
import { statementsOf, withoutMarks } from '../../src/evaluation/statements.ts';

const of = (answer: string, ...known: number[]) => statementsOf(answer, new Set(known));

describe('statementsOf', () => {
  it('ends a statement at its marks', () => {
    expect(of('到2025年达到40%。[1] 建设22座设施[2][3]。', 1, 2, 3)).toEqual([
      { text: '到2025年达到40%。', cites: [1] },
      { text: '建设22座设施。', cites: [2, 3] },
    ]);
  });

  it('takes what carries no mark as a statement without citation', () => {
    expect(of('达到40%[1]。另外还很好。\n我认为不错。', 1)).toEqual([
      { text: '达到40%', cites: [1] },
      { text: '另外还很好。', cites: [] },
      { text: '我认为不错。', cites: [] },
    ]);
  });

  it('leaves brackets of the text alone', () => {
    expect(of('氨氮[6.3][7.4]下降[1]', 1)).toEqual([{ text: '氨氮[6.3][7.4]下降', cites: [1] }]);
    expect(of('见[2]', 1)).toEqual([{ text: '见[2]', cites: [] }]);
  });

  it('reads list items and table rows one by one, without headings, lead-ins and rules', () => {
    const answer = [
      '## 目标',
      '规划提出：',
      '- 甲[1]',
      '2. 乙 [2]',
      '| 名称 | 值 |',
      '| --- | --- |',
      '| 覆盖率 | 40%[1] |',
    ];
    expect(of(answer.join('\n'), 1, 2)).toEqual([
      { text: '甲', cites: [1] },
      { text: '乙', cites: [2] },
      { text: '覆盖率   40%', cites: [1] },
    ]);
  });

  it('gives marks on a line of their own to the statement before', () => {
    expect(of('达到40%。\n[1][2]', 1, 2)).toEqual([{ text: '达到40%。', cites: [1, 2] }]);
  });

  it('asks for no citation where an answer says that a plan does not say', () => {
    expect(of('- **重庆规划**：没有写到。\n- 江津规划没有给出数值。', 1)).toEqual([]);
    expect(of('规划没有规定，但一般是40%。', 1)).toHaveLength(1);
  });

  it('reads combined and full-width marks', () => {
    expect(of('甲[1, 2]乙［3］', 1, 2, 3)).toEqual([
      { text: '甲', cites: [1, 2] },
      { text: '乙', cites: [3] },
    ]);
  });
});

describe('withoutMarks', () => {
  it('drops the marks of citations only', () => {
    expect(withoutMarks('下降[7.4]%[1]，见[9]', new Set([1]))).toBe('下降[7.4]%，见[9]');
  });
});
