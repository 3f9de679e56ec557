import { describe, expect, it } from 'vitest';
import { bootstrap, mcnemar, mean, percentile, seededRandom } from '../../src/evaluation/statistics.ts';

describe('percentile', () => {
  it('interpolates between the closest ranks', () => {
    expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
    expect(percentile([10, 20, 30, 40, 50], 95)).toBeCloseTo(48);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 50)).toBeUndefined();
  });
});

describe('bootstrap', () => {
  const coin = Array.from({ length: 100 }, (_, i) => (i < 80 ? 1 : 0));

  it('gives about the normal interval for a share', () => {
    // 0.8 ± 1.96 · √(0.8 · 0.2 / 100) = 0.8 ± 0.078
    const { low, high } = bootstrap(coin) as { low: number; high: number };
    expect(low).toBeGreaterThan(0.7);
    expect(low).toBeLessThan(0.74);
    expect(high).toBeGreaterThan(0.86);
    expect(high).toBeLessThan(0.9);
  });

  it('is the same every time', () => {
    expect(bootstrap(coin)).toEqual(bootstrap(coin));
    const values = Array.from({ length: 50 }, (_, i) => Math.sin(i));
    expect(bootstrap(values, mean, { seed: 1 })).not.toEqual(bootstrap(values, mean, { seed: 2 }));
  });

  it('has no width where nothing varies, and none at all without values', () => {
    expect(bootstrap([1, 1, 1])).toEqual({ low: 1, high: 1 });
    expect(bootstrap([])).toBeUndefined();
  });
});

describe('mcnemar', () => {
  it('is the two-sided exact binomial test', () => {
    // 1 of 10: 2 · (1 + 10) / 1024
    expect(mcnemar(9, 1)).toBeCloseTo(22 / 1024, 10);
    expect(mcnemar(1, 9)).toBeCloseTo(22 / 1024, 10);
    expect(mcnemar(0, 5)).toBeCloseTo(2 / 32, 10);
  });

  it('finds nothing where nothing changed, or as much to the better as to the worse', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(4, 4)).toBe(1);
  });

  it('copes with hundreds of changes', () => {
    expect(mcnemar(300, 200)).toBeLessThan(0.0001);
    expect(mcnemar(255, 245)).toBeGreaterThan(0.5);
  });
});

describe('seededRandom', () => {
  it('stays within [0, 1) and does not repeat at once', () => {
    const random = seededRandom(7);
    const values = Array.from({ length: 1000 }, random);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(new Set(values).size).toBe(1000);
  });
});
