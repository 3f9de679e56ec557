/** The Markdown of answers: what is structure, and what stays text. */
import { describe, expect, test } from 'vitest';
import { parseInline, parseMarkdown, plainText } from '../../src/widget/markdown.ts';

const text = (value: string) => ({ kind: 'text', text: value }) as const;

describe('within a line', () => {
  test('numbers in brackets are citation marks, unless they are escaped', () => {
    expect(parseInline('达到41%。[1][12] 见\\[3\\]')).toEqual([
      text('达到41%。'),
      { kind: 'cite', n: 1 },
      { kind: 'cite', n: 12 },
      text(' 见[3]'),
    ]);
  });

  test('bold may hold marks and escapes', () => {
    expect(parseInline('**四川\\*省[2]**：')).toEqual([
      { kind: 'bold', content: [text('四川*省'), { kind: 'cite', n: 2 }] },
      text('：'),
    ]);
  });

  test.each([
    '<img src=x onerror=alert(1)>',
    '[点这里](javascript:alert(1))',
    '![](https://evil.example/x.png)',
    '<script>alert(1)</script>',
    '**没有合上',
    '&lt;b&gt;',
    '`a`',
  ])('%s stays the text it is', (hostile) => {
    expect(parseInline(hostile)).toEqual([text(hostile)]);
  });
});

describe('blocks', () => {
  test('paragraphs, headings and quotes are one line each', () => {
    expect(parseMarkdown('## 目标\n\n一\n二\n> 三').map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'paragraph',
      'quote',
    ]);
  });

  test('a list goes on over blank lines, and what is indented belongs to it', () => {
    expect(parseMarkdown('- 甲[1]\n\n- 乙\n  1. 丙\n\n3. 丁')).toMatchObject([
      { kind: 'list', ordered: false, items: [{ depth: 0 }, { depth: 0 }, { depth: 1 }] },
      { kind: 'list', ordered: true, start: 3, items: [{ depth: 0, content: [text('丁')] }] },
    ]);
  });

  test('an escaped mark makes no list', () => {
    expect(parseMarkdown('\\- 甲')).toEqual([{ kind: 'paragraph', content: [text('- 甲')] }]);
  });

  test('a table has a head and rows; an escaped bar parts no cell, an empty cell is one', () => {
    expect(parseMarkdown('| 指标 | 值 |\n| --- | ---: |\n| 甲\\|乙 |  |\n| 丙[1] | 5 |')).toEqual([
      {
        kind: 'table',
        head: [[text('指标')], [text('值')]],
        rows: [
          [[text('甲|乙')], []],
          [[text('丙'), { kind: 'cite', n: 1 }], [text('5')]],
        ],
      },
    ]);
  });

  test('as plain text nothing but marks is lost', () => {
    const source = '**甲**：\n\n- 一[1]\n- 二\n\n| a | b |\n|---|---|\n| c | d |';
    expect(plainText(parseMarkdown(source))).toBe('甲：\n· 一[1]\n· 二\na\tb\nc\td');
  });
});
