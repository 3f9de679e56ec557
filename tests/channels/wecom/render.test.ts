/** Replies within WeCom's limits, whatever they hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marksIn } from '../../../src/channels/bots/fit.ts';
import type { Reply, Source } from '../../../src/channels/bots/types.ts';
import { beginning, markdown, messages } from '../../../src/channels/wecom/render.ts';

const bytes = (text: string) => Buffer.byteLength(text);
const source = (n: number, quote: string): Source => ({
  n,
  title: '某市某规划',
  label: `第${n}段`,
  quote,
  url: `https://plans.example.org/plans/p#${n}-${n + 1}`,
});
const reply = (text: string, sources: readonly Source[], more: Partial<Reply> = {}): Reply => ({
  kind: 'answer',
  answerId: 'a',
  text,
  sources,
  notices: [],
  related: [],
  followUps: [],
  ...more,
});

const replies = fc
  .tuple(
    fc.array(
      fc.string({
        unit: fc.constantFrom(...'森林覆盖率2025年，\n𠮷a'),
        minLength: 20,
        maxLength: 300,
        size: 'max',
      }),
      { minLength: 5, maxLength: 40, size: 'max' },
    ),
    fc.string({ unit: fc.constantFrom(...'原文\n，1%'), maxLength: 600, size: 'max' }),
  )
  .map(([statements, quote]) =>
    reply(
      statements.map((statement, i) => `${statement}。[${i + 1}]\n`).join(''),
      statements.map((_, i) => source(i + 1, quote)),
    ),
  );

describe('in one piece', () => {
  it('shows text, sources as quotes with links, notices, and what to ask next', () => {
    const shown = markdown(
      reply('到2025年达到57%。[1]', [source(1, '森林覆盖率\n57%')], {
        notices: ['征求意见稿'],
        followUps: ['那2030年呢？'],
      }),
    );
    expect(shown).toBe(
      [
        '到2025年达到57%。[1]',
        '',
        '> **[1]** [《某市某规划》第1段](https://plans.example.org/plans/p#1-2)',
        '> 森林覆盖率',
        '> 57%',
        '',
        '提示：征求意见稿',
        '',
        '还可以问：',
        '- 那2030年呢？',
      ].join('\n'),
    );
  });

  it('names the source without a link when the server has no address', () => {
    const { url: _, ...plain } = source(1, '原文');
    expect(markdown(reply('答。[1]', [plain]))).toContain('> **[1]** 《某市某规划》第1段\n> 原文');
  });

  it('holds 20,480 bytes at most, and no [n] without its source', () => {
    fc.assert(
      fc.property(replies, (long) => {
        const shown = markdown(long);
        expect(bytes(shown)).toBeLessThanOrEqual(20_480);
        const shownSources = [...shown.matchAll(/^> \*\*\[(\d+)\]\*\*/gm)].map(([, n]) => Number(n));
        const text = shown.replace(/^>.*$/gm, '');
        expect(new Set(shownSources)).toEqual(marksIn(text));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('an unfinished text is cut behind a citation', () => {
    const line = `${'句'.repeat(100)}。[1]`;
    const cut = beginning(line.repeat(100));
    expect(bytes(cut)).toBeLessThanOrEqual(20_480);
    expect(cut).toBe(line.repeat(cut.length / line.length));
    expect(cut.length).toBeGreaterThan(6_000);
  });
});

describe('as messages', () => {
  it('are eight at most, of 2,048 bytes at most, each marked', () => {
    fc.assert(
      fc.property(replies, (long) => {
        const parts = messages(long, 'abc123');
        expect(parts.length).toBeLessThanOrEqual(8);
        for (const part of parts) {
          expect(bytes(part)).toBeLessThanOrEqual(2_048);
          expect(part).toMatch(/\n\n编号 abc123(（\d\/\d）)?$/);
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('lose nothing of what fits: joined, they are the reply', () => {
    const long = reply(
      Array.from({ length: 12 }, (_, i) => `第${i + 1}句${'话'.repeat(90)}。[${i + 1}]`).join(''),
      Array.from({ length: 12 }, (_, i) => source(i + 1, `原文${i + 1}`)),
    );
    const joined = messages(long, 'abc123')
      .map((part) => part.replace(/\n\n编号 .*$/, ''))
      .join('');
    expect(joined.replace(/\s/g, '')).toBe(markdown(long).replace(/\s/g, ''));
  });

  it('a single statement longer than a message is cut between characters, never within one', () => {
    const parts = messages(reply('𠮷'.repeat(1_500), []), 'abc123');
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.replace(/\n\n编号 .*$/, '')).join('')).toBe('𠮷'.repeat(1_500));
  });
});
