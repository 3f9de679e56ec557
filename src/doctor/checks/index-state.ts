/** Whether the index can be served as it is. @module */
import { embeddingFor } from '../../embedding/configured.ts';
import { IndexError } from '../../index/manifest.ts';
import { openIndex, rememberedEmbedding } from '../../index/open.ts';
import { isPostgres } from '../../postgres/address.ts';
import { PostgresError } from '../../postgres/connect.ts';
import type { Check, Finding } from '../types.ts';
import { failure, ok, warning } from '../types.ts';

/** The index is there, whole, and of this corpus and embedding. */
export const indexState: Check = {
  name: '索引',
  async run(config) {
    if (isPostgres(config.store)) return inDatabase(config.store);
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

/** The database answers, has pgvector, and holds an index. */
async function inDatabase(store: string): Promise<Finding> {
  const { inspectStore } = await import('../../index/postgres/index.ts');
  try {
    const { pgvector, manifest } = await inspectStore(store);
    if (!pgvector)
      return failure('数据库没有 pgvector 扩展。', '请在数据库的机器上安装 pgvector；做法见 docs/scale.md。');
    const remedy =
      '第一台启动的服务会建立；也可以现在运行 npm run ingest，或用 npm run migrate -- --to postgres 搬入。';
    if (!manifest) return warning('数据库连得上，里面还没有索引。', remedy);
    const { plans, passages } = manifest.counts;
    return ok(`数据库里有 ${plans} 份规划，${passages} 个段落。`);
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    return failure(error.message, '改好后再运行一次 npm run doctor；集群的做法见 docs/scale.md。');
  }
}
