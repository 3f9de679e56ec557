/** Whether the embedding gives usable vectors. @module */
import { embeddingFor } from '../../embedding/configured.ts';
import { EndpointError } from '../../models/fault.ts';
import { unusable } from '../settings.ts';
import type { Check } from '../types.ts';
import { failure, ok } from '../types.ts';

const TEXTS = ['到2025年空气质量优良天数比率', '危险废物集中处置设施', '今天晚上吃什么'];

/** The embedding that is configured gives vectors of one dimension that differ between texts. */
export const embedding: Check = {
  name: '向量模型',
  async run(config) {
    const half = unusable('EMBEDDING', config.embedding);
    if (half) return half;
    const began = performance.now();
    try {
      const patience = { retries: 0, firstMs: 1, maxMs: 1 };
      const { embeddings, dimension, external } = await embeddingFor(config.embedding, { patience });
      if (!external) return ok('未配置，用内置的向量。');
      const [first, ...others] = await embeddings.embedDocuments(TEXTS);
      if (others.some((other) => other.every((v, i) => v === first?.[i])))
        return failure('不同的文字得到同样的向量，无法用来查找。', '请换一个向量模型。');
      const name = config.embedding.onnxDir ?? config.embedding.model;
      return ok(`${name} 有回答，${dimension} 维，用时 ${Math.round(performance.now() - began)} 毫秒。`);
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      return failure(error.message, '改好后再运行 npm run doctor；在此之前只能按字词查找，不能建立索引。');
    }
  },
};
