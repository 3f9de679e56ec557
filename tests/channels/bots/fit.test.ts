/** Making a reply fit, with every reply that fast-check can think of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitted, marksIn, statements } from '../../../src/channels/bots/fit.ts';
import type { Reply, Source } from '../../../src/channels/bots/types.ts';
import { SHORTENED } from '../../../src/channels/bots/types.ts';

/** All that a platform might show of a reply. */
const shown = (reply: Reply) =>
  JSON.stringify([reply.text, reply.sources, reply.notices, reply.related, reply.followUps]);
const within = (limit: number) => (reply: Reply) => Buffer.byteLength(shown(reply)) <= limit;

const words = fc.string({
  unit: fc.constantFrom(...'森林覆盖率2025年达到%，|- 𠮷a'),
  minLength: 1,
  maxLength: 60,
});
const replies = fc
  .array(
    fc.record({ text: words, marks: fc.integer({ min: 0, max: 2 }), end: fc.constantFrom('', '。', '\n') }),
    {
      maxLength: 12,
    },
  )
  .chain((parts) => {
    let n = 0;
    const text = parts
      .map((part) => part.text + Array.from({ length: part.marks }, () => `[${++n}]`).join('') + part.end)
      .join('');
    return fc.record({
      text: fc.constant(text),
      quotes: fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { minLength: n, maxLength: n }),
      related: fc.array(words, { maxLength: 3 }),
      followUps: fc.array(words, { maxLength: 3 }),
    });
  })
  .map(
    ({ text, quotes, related, followUps }): Reply => ({
      kind: 'answer',
      answerId: 'a',
      text,
      sources: quotes.map((quote, i) => source(i + 1, quote)),
      notices: ['征求意见稿'],
      related: related.map((quote, i) => source(i + 1, quote)),
      followUps,
    }),
  );
const source = (n: number, quote: string): Source => ({ n, title: '规划', label: `第${n}段`, quote });
const SMALLEST = 400;

test('the result keeps to the limit, however long the reply', () => {
  fc.assert(
    fc.property(replies, fc.integer({ min: SMALLEST, max: 6000 }), (reply, limit) => {
      expect(within(limit)(fitted(reply, within(limit)))).toBe(true);
    }),
  );
});

test('every [n] that stays has its source, and no source is without its [n]', () => {
  fc.assert(
    fc.property(replies, fc.integer({ min: SMALLEST, max: 3000 }), (reply, limit) => {
      const result = fitted(reply, within(limit));
      expect(new Set(result.sources.map(({ n }) => n))).toEqual(marksIn(result.text));
    }),
  );
});

test('the text is cut behind a whole statement, and a cut is told', () => {
  fc.assert(
    fc.property(replies, fc.integer({ min: SMALLEST, max: 3000 }), (reply, limit) => {
      const { text, notices } = fitted(reply, within(limit));
      if (text === reply.text) return;
      const whole = statements(reply.text);
      const prefixes = whole.map((_, i) => whole.slice(0, i).join('').trimEnd());
      expect(prefixes).toContain(text);
      expect(notices.at(-1)).toContain('回答太长');
      expect(notices[0]).toBe('征求意见稿');
    }),
  );
});

test('a quote that was shortened is the beginning of the quote, marked as shortened', () => {
  fc.assert(
    fc.property(replies, fc.integer({ min: SMALLEST, max: 3000 }), (reply, limit) => {
      for (const { n, quote } of fitted(reply, within(limit)).sources) {
        const original = reply.sources.find((s) => s.n === n)?.quote ?? '';
        if (quote === original) continue;
        expect(quote.endsWith(SHORTENED)).toBe(true);
        const kept = quote.slice(0, -SHORTENED.length);
        expect(original.startsWith(kept)).toBe(true);
        expect(/[\uD800-\uDBFF]$/.test(kept)).toBe(/[\uD800-\uDBFF]$/.test(original) && kept === original);
      }
    }),
  );
});

test('a reply that fits is not touched', () => {
  fc.assert(
    fc.property(replies, (reply) => {
      expect(fitted(reply, () => true)).toBe(reply);
    }),
  );
});

test('statements joined are the text', () => {
  fc.assert(
    fc.property(replies, ({ text }) => {
      expect(statements(text).join('')).toBe(text);
    }),
  );
});

test('the notice names where the whole answer is', () => {
  const long: Reply = {
    kind: 'answer',
    text: '一条。[1]\n二条。[2]\n',
    sources: [source(1, '甲'), source(2, '乙')],
    notices: [],
    related: [],
    followUps: [],
  };
  const result = fitted(long, ({ text }) => text.length < 10, 'https://plans.example.org/');
  expect(result.text).toBe('一条。[1]');
  expect(result.sources.map(({ n }) => n)).toEqual([1]);
  expect(result.notices[0]).toContain('https://plans.example.org/');
});
