/** The source reader's parts that need no browser. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headingIn, placesIn } from '../../src/widget/reader/address.ts';
import { chunksOf } from '../../src/widget/reader/chunks.ts';
import { cut } from '../../src/widget/reader/pieces.ts';
import { findAll, fold } from '../../src/widget/reader/search.ts';
import type { Block, Highlight } from '../../src/widget/reader/types.ts';

describe('an address names', () => {
  const places = (hash: string, search = '') =>
    placesIn({ hash, search }).map(({ start, end }) => `${start}-${end}`);

  test.each([
    ['one place', '#5-9', '', ['5-9']],
    ['several, in its order', '#50-90,5-9', '', ['50-90', '5-9']],
    ['those that are places', '#5-9,x,7-7,9-3,1-,12-14', '', ['5-9', '12-14']],
    ['the older form’s place', '', '?start=5&end=9', ['5-9']],
    ['the hash’s place, if it has both', '#1-2', '?start=5&end=9', ['1-2']],
    ['none, if its numbers are too long', '#5-9999999999', '', []],
    ['none', '#top', '?start=a&end=9', []],
  ])('%s', (_what, hash, search, expected) => {
    expect(places(hash, search)).toEqual(expected);
  });

  test('a heading', () => {
    expect(headingIn('#n3.1.2')).toBe('3.1.2');
    expect(headingIn('#n')).toBeUndefined();
    expect(headingIn('#n3"]')).toBeUndefined();
  });
});

describe('a search finds', () => {
  const found = (text: string, query: string) =>
    findAll(fold(text), text, query).map(({ start, end }) => text.slice(start, end));

  test.each([
    ['what is typed', '森林覆盖率与森林', '森林', ['森林', '森林']],
    ['full width for half width', 'ＰＭ２．５浓度', 'pm2.5', ['ＰＭ２．５']],
    ['half width for full width', 'PM2.5浓度', 'ＰＭ２．５', ['PM2.5']],
    ['with and without diacritics', 'café CAFE', 'Café', ['café', 'CAFE']],
    ['diacritics that stand by themselves', 'cafe\u0301了', 'café了', ['cafe\u0301了']],
    ['over white space', '单位 GDP 能耗', '单位GDP', ['单位 GDP']],
    ['over cells of a row', '林\t52.5\t57', '52.557', ['52.5\t57']],
    ['subscripts and units', 'PM₂.₅ 为 35 ㎍/㎥', 'pm2.5', ['PM₂.₅']],
    ['characters of two code units', '𠮷野家与𠮷', '𠮷', ['𠮷', '𠮷']],
    ['nothing across a paragraph’s end', '森\n林', '森林', []],
    ['nothing for nothing', '森林', ' \u3000', []],
    ['without overlap', '哈哈哈', '哈哈', ['哈哈']],
    ['no pattern, only words', '全部（.*）', '.*', ['.*']],
  ])('%s', (_what, text, query, expected) => {
    expect(found(text, query)).toEqual(expected);
  });

  test('any stretch of a text, at its place or before it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        fc.nat(39),
        fc.nat(39),
        (text, a, b) => {
          const query = text.slice(Math.min(a, b), Math.max(a, b));
          if (fold(query.replace(/\s+/g, ' ')).text === '' || query.includes('\n')) return;
          // A query that begins or ends within a character is none that anybody can type.
          if (/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(query)) return;
          expect(findAll(fold(text), text, query).length).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('highlights', () => {
  const highlight = (start: number, end: number, kind: Highlight['kind'] = 'quote', current = false) => ({
    start,
    end,
    kind,
    current,
  });

  test('cut a text where they begin and end, and may overlap', () => {
    const pieces = cut({ start: 10, end: 30 }, [highlight(5, 20, 'quote', true), highlight(15, 18, 'found')]);
    expect(pieces).toEqual([
      { start: 10, end: 15, classes: ['quote', 'quote-current'] },
      { start: 15, end: 18, classes: ['quote', 'quote-current', 'found'] },
      { start: 18, end: 20, classes: ['quote', 'quote-current'] },
      { start: 20, end: 30, classes: [] },
    ]);
  });

  test('lose no character and add none', () => {
    const span = fc
      .tuple(fc.nat(50), fc.nat(50))
      .map(([a, b]) => highlight(Math.min(a, b), Math.max(a, b) + 1));
    fc.assert(
      fc.property(fc.array(span), fc.nat(20), fc.nat(30), (highlights, start, length) => {
        const pieces = cut({ start, end: start + length }, highlights);
        const covered = pieces.flatMap((p) =>
          Array.from({ length: p.end - p.start }, (_c, i) => p.start + i),
        );
        expect(covered).toEqual(Array.from({ length }, (_c, i) => start + i));
        for (const piece of pieces) {
          const inside = highlights.some((h) => h.start <= piece.start && piece.end <= h.end);
          expect(piece.classes.length > 0).toBe(inside);
        }
      }),
    );
  });
});

test('chunks hold every block once, in order, and a long table whole', () => {
  const paragraph = (start: number, length: number): Block => ({
    type: 'paragraph',
    nodeId: '1',
    label: '',
    start,
    end: start + length,
  });
  const blocks = Array.from({ length: 500 }, (_b, i) => paragraph(i * 101, 100));
  const long = paragraph(500 * 101, 50_000);
  const chunks = chunksOf([...blocks, long]);
  expect(chunks.flatMap((chunk) => chunk.blocks)).toEqual([...blocks, long]);
  for (const { blocks, start, end } of chunks.slice(0, -1)) {
    expect([start, end]).toEqual([blocks[0]!.start, blocks.at(-1)!.end]);
    expect(end - start).toBeLessThan(3200);
  }
  expect(chunksOf([])).toEqual([]);
});
