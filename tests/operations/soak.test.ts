/** What a soak judges by; the soak itself is `npm run soak`. */
import { describe, expect, test } from 'vitest';
import { faultOf } from '../../src/operations/soak/load.ts';
import { growthOf } from '../../src/operations/soak/verdict.ts';

const MB = 1 << 20;
const run = (live: (n: number) => number, resident: (n: number) => number = () => 500) =>
  Array.from({ length: 30 }, (_x, n) => ({ live: live(n) * MB, resident: resident(n) * MB }));

describe('memory', () => {
  test('that warms up and then goes up and down is flat', () => {
    expect(growthOf(run((n) => Math.min(200, n * 20) + (n % 3) * 10))).toBeUndefined();
  });

  test('that leaks is told, of objects and of all of the process', () => {
    expect(growthOf(run((n) => 100 + n * 5))).toMatch(/存活对象从 \d+ MB 涨到 \d+ MB/);
    expect(
      growthOf(
        run(
          () => 100,
          (n) => 500 + n * 20,
        ),
      ),
    ).toMatch(/常驻内存/);
  });
});

describe('a response fails', () => {
  test('by its status, by an error in its stream, and by a stream without an end', () => {
    expect(faultOf(200, '{}')).toBeUndefined();
    expect(faultOf(503, '{}')).toContain('503');
    expect(faultOf(200, 'event: delta\ndata: {}\n\nevent: error\ndata: {}\n\n')).toContain('event: error');
    expect(faultOf(200, 'event: delta\ndata: {}\n\n')).toContain('没有结束');
    expect(faultOf(200, 'event: delta\ndata: {}\n\nevent: done\ndata: {}\n\n')).toBeUndefined();
  });

  test('by two editions of one plan in it', () => {
    expect(faultOf(200, '湖泊（第3号修订）湿地（第3号修订）')).toBeUndefined();
    expect(faultOf(200, '湖泊（第3号修订）湿地（第4号修订）')).toContain('两版');
  });
});
