/** Whether the index can be served as it is. @module */
import { embeddingFor } from '../../embedding/configured.ts';
import { IndexError } from '../../index/manifest.ts';
import { openIndex, rememberedEmbedding } from '../../index/open.ts';
import type { Check } from '../types.ts';
import { ok, warning } from '../types.ts';

/** The index is there, whole, and of this corpus and embedding. */
export const indexState: Check = {
  name: '索引',
  async run(config) {
    const remembered = rememberedEmbedding(config.indexDir);
    const remedy = '启动时会自动重建；也可以现在运行 npm run ingest。';
    if (!remembered) return warning('还没有能用的索引。', remedy);
    try {
      const patience = { retries: 0, firstMs: 1, maxMs: 1 };
      const embedding = await embeddingFor(config.embedding, { remembered, patience });
      const { plans, passages, manifest } = await openIndex(config.indexDir, config.corpusDir, embedding);
      const built = new Date(manifest.builtAt).toLocaleString('zh-CN', {
        timeZone: 'Asia/Shanghai',
        hour12: false,
      });
      return ok(
        `${plans.length} 份规划，${passages.length} 个段落，建于 ${built}（北京时间），与规划文件一致。`,
      );
    } catch (error) {
      if (error instanceof IndexError) return warning(`索引需要重建：${error.message}。`, remedy);
      throw error;
    }
  },
};
