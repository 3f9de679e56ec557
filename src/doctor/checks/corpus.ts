/** Whether every document of the corpus can be read. @module */
import { readFileSync } from 'node:fs';
import { corpusGlossary } from '../../index/build.ts';
import { readEnrichment } from '../../index/enrichment.ts';
import { readCatalog } from '../../plan/catalog.ts';
import { readPlan } from '../../plan/read.ts';
import type { Check } from '../types.ts';
import { failure, ok, warning } from '../types.ts';

/** CORPUS_DIR holds documents that can be read, with a glossary and search aids that can be used. */
export const corpus: Check = {
  name: '规划文件',
  async run(config, signal) {
    const unreadable: string[] = [];
    const catalog = readCatalog(config.corpusDir);
    corpusGlossary(config.corpusDir);
    for (const { file, path, facts } of catalog) {
      signal.throwIfAborted();
      let plan: Awaited<ReturnType<typeof readPlan>>;
      try {
        plan = await readPlan(readFileSync(path), file, facts);
      } catch (error) {
        unreadable.push(`${file}：${(error as Error).message.split('\n')[0]}`);
        continue;
      }
      readEnrichment(config.corpusDir, plan);
    }
    const remedy = '请换上能读的文件，或把它移出规划文件夹。';
    if (unreadable.length === catalog.length)
      return failure(`${config.corpusDir} 里没有一份文件能读：${unreadable[0]}`, remedy);
    if (unreadable.length > 0)
      return warning(
        `${catalog.length} 份文件里有 ${unreadable.length} 份读不了，会被跳过：${unreadable.join('；')}`,
        remedy,
      );
    return ok(`${config.corpusDir} 里有 ${catalog.length} 份规划，都能读。`);
  },
};
