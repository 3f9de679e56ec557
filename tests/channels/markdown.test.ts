/** An answer as one Markdown text. */
import { describe, expect, test } from 'vitest';
import type { Citation } from '../../src/answer/types.ts';
import {
  appendix,
  correction,
  escapeMarkdown,
  shorten,
  withoutAppendix,
} from '../../src/channels/markdown.ts';

const citation = (n: number, quote: string): Citation => ({
  n,
  passageId: 'a#0-9',
  plan: { id: 'a', title: '某规划' },
  path: ['第一章'],
  label: '第一章 第1段',
  quote,
  start: 3,
  end: 3 + quote.length,
});
const NOTHING = { citations: [], notices: [], related: [] };

describe('what follows an answer', () => {
  test('is nothing when there is nothing to say', () => {
    expect(appendix(NOTHING)).toBe('');
  });

  test('is sources under their own numbers, then notices, then the nearest passages without numbers', () => {
    const parts = {
      citations: [citation(2, '甲。')],
      notices: ['征求意见稿。'],
      related: [citation(1, '乙。')],
    };
    expect(appendix(parts)).toBe(
      [
        '',
        '',
        '---',
        '',
        '**来源**',
        '',
        '- [2] 《某规划》 第一章 第1段：“甲。”',
        '',
        '**提示**',
        '',
        '- 征求意见稿。',
        '',
        '**最接近的段落**（供判断，不是回答）',
        '',
        '- 《某规划》 第一章 第1段：“乙。”',
      ].join('\n'),
    );
  });

  test('links each source below the address people reach the server at', () => {
    expect(
      appendix({ ...NOTHING, citations: [citation(1, '甲。')] }, { publicUrl: 'https://x.org/' }),
    ).toContain('- [1] [《某规划》 第一章 第1段](https://x.org/plans/a#3-5)：“甲。”');
  });

  test('shows a quote’s own markup as text', () => {
    const quote = 'PM _{2.5}\t*约束*\t[1] <p> 41.5|a\\b';
    expect(appendix({ ...NOTHING, citations: [citation(1, quote)] })).toContain(
      '“PM \\_{2.5} \\*约束\\* \\[1\\] \\<p> 41.5\\|a\\\\b”',
    );
    expect(escapeMarkdown('52.5')).toBe('52.5');
  });
});

describe('a long quote is shortened', () => {
  test.each([
    ['一二。三四，五六七八九十', 8, '一二。三四，…'],
    ['一，二三四五六七八九十', 8, '一，二三四五六…'],
    ['一二三四五六七八', 8, '一二三四五六七八'],
    ['一\n二\t 三', 8, '一 二 三'],
    ['𠀀𠀁𠀂𠀃𠀄', 4, '𠀀𠀁𠀂…'],
  ])('%j', (text, max, expected) => {
    expect(shorten(text, max)).toBe(expected);
  });
});

describe('the answer’s own text', () => {
  const parts = { ...NOTHING, citations: [citation(1, '甲。')], notices: ['乙。'] };

  test('comes back from the whole, whatever a client does to the white space', () => {
    const answer = '| a | b |\n| --- | --- |\n\n---\n\n**重点**：甲。[1]';
    expect(withoutAppendix(answer + appendix(parts))).toBe(answer);
    expect(withoutAppendix(answer + appendix(parts).replace(/\n+/g, '\n'))).toBe(answer);
    expect(withoutAppendix(answer + appendix({ ...NOTHING, related: parts.citations }))).toBe(answer);
    expect(withoutAppendix(answer)).toBe(answer);
  });

  test('is the corrected one', () => {
    expect(withoutAppendix(`错了。${correction('甲。[1]')}${appendix(parts)}`)).toBe('甲。[1]');
  });
});
