/** A reply in Block Kit, within Slack’s limits whatever its size. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reply, Source } from '../../../src/channels/bots/types.ts';
import { toMessage } from '../../../src/channels/slack/blocks.ts';
import { sourcesIn } from './opened.ts';

const source = (n: number, quote: string): Source => ({
  n,
  title: '海滨市蓝湾保护规划',
  label: `第一章 第${n}段`,
  quote,
  url: `https://plans.example.org/plans/coast#${n}-9`,
});
const reply = (more: Partial<Reply>): Reply => ({
  kind: 'answer',
  answerId: 'answer-1',
  text: '海岸线保有率 35%。[1]',
  sources: [source(1, '海岸线保有率 35%')],
  notices: [],
  related: [],
  followUps: [],
  ...more,
});

test('a source has its number, label, link and verbatim quote, whatever characters it holds', () => {
  const quote = '6\t*森林*_覆盖_率 <57%> & `x`\n~约束性~';
  const { blocks } = toMessage(reply({ sources: [source(1, quote)] }));
  expect(sourcesIn(blocks as never)).toEqual([
    {
      n: 1,
      name: '《海滨市蓝湾保护规划》 第一章 第1段',
      url: 'https://plans.example.org/plans/coast#1-9',
      quote,
    },
  ]);
});

test('an answer can be rated, anything else cannot', () => {
  const rated = toMessage(reply({})).blocks.at(-1);
  expect(rated).toMatchObject({
    type: 'actions',
    elements: [
      { action_id: 'guiwen_up', value: 'answer-1' },
      { action_id: 'guiwen_down', value: 'answer-1' },
    ],
  });
  expect(JSON.stringify(toMessage(reply({ kind: 'command', answerId: undefined })))).not.toContain('actions');
});

test('notices, follow-up questions and related passages are shown as what they are', () => {
  const shown = JSON.stringify(
    toMessage(reply({ notices: ['征求意见稿'], followUps: ['还有呢'], related: [source(1, '相近')] })),
  );
  for (const part of ['提示：征求意见稿', '可以接着问', '还有呢', '供判断，不是回答', '相近'])
    expect(shown).toContain(part);
});

describe('within Slack’s limits', () => {
  const replies = fc
    .record({
      statements: fc.array(
        fc.string({ unit: fc.constantFrom(...'森林覆盖率<&*\\|-\n 。'), maxLength: 4000 }),
        { maxLength: 60 },
      ),
      quotes: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 600 }), {
        minLength: 60,
        maxLength: 60,
      }),
      notices: fc.array(fc.string({ maxLength: 300 }), { maxLength: 4 }),
    })
    .map(({ statements, quotes, notices }) =>
      reply({
        text: statements.map((statement, i) => `${statement}[${i + 1}]`).join('\n'),
        sources: statements.map((_, i) => source(i + 1, quotes[i] ?? '')),
        notices,
      }),
    );

  test('at most 50 blocks, 3,000 characters a section and 12,000 in all', () => {
    fc.assert(
      fc.property(replies, (given) => {
        const { text, blocks } = toMessage(given);
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(12_000);
        expect(text.length).toBeLessThanOrEqual(3100);
        for (const block of blocks) {
          if (block.type === 'section') expect(block.text?.text.length).toBeLessThanOrEqual(3000);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('what is left off is told, and the buttons stay', () => {
    const long = reply({
      text: Array.from({ length: 80 }, (_, i) => `${'森'.repeat(200)}。[${i + 1}]`).join('\n'),
      sources: Array.from({ length: 80 }, (_, i) => source(i + 1, '林'.repeat(300))),
    });
    const { blocks } = toMessage(long);
    const shown = JSON.stringify(blocks);
    expect(shown).toContain('回答太长');
    expect(blocks.at(-1)?.type).toBe('actions');
    const marks = new Set([...shown.matchAll(/森。\[(\d+)\]/g)].map((match) => Number(match[1])));
    expect(new Set(sourcesIn(blocks as never).map(({ n }) => n))).toEqual(marks);
  });
});
