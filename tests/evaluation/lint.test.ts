import { describe, expect, it } from 'vitest';
import { lintCase } from '../../src/evaluation/lint.ts';
import type { SuiteCase } from '../../src/evaluation/suite.ts';
import { entry, TEXTS } from './fixtures.ts';

const lint = (own: Partial<SuiteCase>) =>
  lintCase(entry({ file: 'f.jsonl', line: 7, ...own }), TEXTS).map(
    (p) => `${p.severity} ${p.file}:${p.line} ${p.message}`,
  );

describe('lintCase', () => {
  it('finds nothing wrong with a good entry', () => {
    expect(lint({})).toEqual([]);
  });

  it('finds a quote that is not in the plan, and where it departs from it', () => {
    expect(lint({ gold: [{ plan: 'a', quote: '森林覆盖率达到45%' }] })).toEqual([
      'error f.jsonl:7 q1: gold[0]: quote is not in a: it departs after “森林覆盖率达到4”',
      'warning f.jsonl:7 q1: must[0]: not in the gold quotes: 40%',
    ]);
  });

  it('does not mind white space and line wraps', () => {
    expect(lint({ gold: [{ plan: 'a', quote: '森林覆盖率 达到\n40％' }] })).toEqual([]);
  });

  it('finds a must group that nothing in the plan meets', () => {
    expect(lint({ must: [['41%', '百分之四十一']] })).toEqual([
      'error f.jsonl:7 q1: must[0]: no alternative stands in the plans: 41% / 百分之四十一',
    ]);
  });

  it('warns of a must group beside the gold', () => {
    expect(lint({ must: [['红旗水库']] })).toEqual([
      'warning f.jsonl:7 q1: must[0]: not in the gold quotes: 红旗水库',
    ]);
  });

  it('lets a locator be a must string', () => {
    expect(lint({ must: [['第二章第一节']] })).toEqual([]);
  });

  it('finds gold outside the plans that may be cited, and headings that are not there', () => {
    const gold = [{ plan: 'b', quote: '森林覆盖率达到57%', path: ['第五章 无'] }];
    expect(lint({ gold, must: [['57%']] })).toEqual([
      'error f.jsonl:7 q1: gold[0]: heading is not in b: 第五章 无',
      'error f.jsonl:7 q1: gold[0]: b is not among plans',
    ]);
  });

  it('refuses a draft until it is confirmed', () => {
    expect(lint({ review: 'pending' })).toEqual([
      'error f.jsonl:7 q1: review: pending; check the entry and drop the field',
    ]);
    expect(lint({ review: 'confirmed' })).toEqual([]);
  });

  it('warns of an unanswerable question without reason', () => {
    expect(lint({ kind: 'unanswerable', gold: [], must: [] })).toHaveLength(2);
  });
});
