/** The plan that changes while it is asked about. @module */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Two things it says something about, each with the number of its edition beside. */
export const LAKES = '镜泊市湖泊保护面积';
export const WETLANDS = '镜泊市湿地保护面积';

/** Puts the plan's edition in a corpus, in the place of the one before. */
export function writeEdition(corpusDir: string, edition: number): void {
  const file = join(corpusDir, 'soak.txt');
  writeFileSync(
    `${file}.new`,
    [
      '镜泊市水生态保护规划（2021—2025年）',
      '第一章 湖泊',
      `到2025年，${LAKES}达到${100 + edition}平方公里（第${edition}号修订）。`,
      '第二章 湿地',
      `到2025年，${WETLANDS}达到${200 + edition}平方公里（第${edition}号修订）。`,
      '',
    ].join('\n'),
  );
  renameSync(`${file}.new`, file);
}
