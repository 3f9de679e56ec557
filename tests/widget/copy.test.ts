/** An answer pasted elsewhere: nothing is lost, and nothing becomes markup. */
import { expect, test } from 'vitest';
import { answerAsMarkdown, answerAsText } from '../../src/widget/copy.ts';
import type { Answer } from '../../src/widget/types.ts';

const answer: Answer = {
  id: 'a1',
  status: 'answered',
  mode: 'extractive',
  question: '目标是*多少*？',
  answer: '- **四川**：41%[1]\n- 数据见\\[2021\\]',
  citations: [
    {
      n: 1,
      plan: { id: 'p 1', title: '某规划' },
      path: [],
      label: '专栏2 第6项',
      quote: '森林覆盖率\n<b>41</b>',
      start: 3,
      end: 9,
    },
  ],
  notices: ['规划期已满。'],
  related: [],
  followUps: [],
  tookMs: 1,
};

test('as text: question, answer without marks but with numbers, quotes with their places, notices', () => {
  expect(answerAsText(answer)).toBe(
    '目标是*多少*？\n\n· 四川：41%[1]\n· 数据见[2021]\n\n[1] 《某规划》专栏2 第6项：“森林覆盖率\n<b>41</b>”\n\n提示：规划期已满。\n',
  );
});

test('as Markdown: quotes as block quotes with a link to the place, and text stays text', () => {
  expect(
    answerAsMarkdown(answer, ({ plan, start, end }) => `https://s/plans/${plan.id}#${start}-${end}`),
  ).toBe(
    [
      '**目标是\\*多少\\*？**',
      '- **四川**：41%\\[1\\]\n- 数据见\\[2021\\]',
      '\\[1\\] [《某规划》专栏2 第6项](<https://s/plans/p 1#3-9>)\n\n> 森林覆盖率\n> \\<b\\>41\\</b\\>',
      '*规划期已满。*\n',
    ].join('\n\n'),
  );
});
