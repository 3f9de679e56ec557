import { describe, expect, it } from 'vitest';
import { compact, PlanText, says } from '../../src/evaluation/match.ts';

describe('compact', () => {
  it('ignores white space, width and the readers’ markup', () => {
    expect(compact('ＰＭ _{2.5}\n年均 浓度')).toBe('pm2.5年均浓度');
    expect(compact('$\\geq$ 90<p>％</p>')).toBe('≥90%');
  });
});

describe('says', () => {
  it('does not find a number inside a longer one', () => {
    expect(says('下降17.4%', '7.4%')).toBe(false);
    expect(says('到2025年', '20')).toBe(false);
    expect(says('达到140%', '40%')).toBe(false);
    expect(says('升到40.5', '40')).toBe(false);
    expect(says('达到 40 %左右', '40%')).toBe(true);
  });

  it('keeps numbers of neighbouring cells apart', () => {
    expect(says('33\t37', '37')).toBe(true);
    expect(says('非化石能源 | 33 | >37', '33')).toBe(true);
  });

  it('ignores quotation marks and Markdown emphasis', () => {
    expect(says('推动**“一区两群”**绿色发展', '推动一区两群绿色发展')).toBe(true);
  });

  it('finds nothing with an empty needle', () => {
    expect(says('任何文字', ' ')).toBe(false);
  });
});

describe('PlanText', () => {
  const plan = new PlanText('p', 'P', '甲 乙\n丙。甲乙。');

  it('finds every place a quote stands at, across line wraps', () => {
    expect(plan.find('甲乙').map((span) => plan.toText(span))).toEqual([
      { start: 0, end: 3 },
      { start: 6, end: 8 },
    ]);
  });

  it('leads from offsets to compact coordinates and back', () => {
    const span = plan.toCompact({ start: 2, end: 5 });
    expect(span).toEqual({ start: 1, end: 3 });
    expect(plan.toText(span)).toEqual({ start: 2, end: 5 });
  });

  it('bounds offsets that lie outside the text', () => {
    expect(plan.toCompact({ start: -5, end: 999 })).toEqual({ start: 0, end: 7 });
  });
});
