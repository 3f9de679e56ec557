/** Whether the rerank endpoint puts passages in order. @module */

import { isConfigured } from '../../models/endpoint.ts';
import { EndpointError } from '../../models/fault.ts';
import { unusable } from '../settings.ts';
import type { Check } from '../types.ts';
import { failure, ok, warning } from '../types.ts';

/** The rerank endpoint answers, and tells what belongs to a question from what does not. */
export const rerank: Check = {
  name: '重排模型',
  async run(config) {
    const half = unusable('RERANK', config.rerank);
    if (half) return half;
    if (!isConfigured(config.rerank)) return ok('未配置，用自己的顺序。');
    const { rerankerFor } = await import('../../models/rerank.ts');
    const began = performance.now();
    try {
      const order = await rerankerFor(config.rerank)?.('怎样改善河流的水质', [
        '今天晚上吃什么',
        '改善河流水质的措施',
      ]);
      if (order?.[0] !== 1)
        return warning(
          `${config.rerank.model} 有回答，但把不相干的段落排在了前面。`,
          '请确认 RERANK_MODEL 是支持中文的重排模型。',
        );
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      return failure(error.message, '改好后再运行 npm run doctor；在此之前用自己的顺序。');
    }
    return ok(`${config.rerank.model} 有回答，用时 ${Math.round(performance.now() - began)} 毫秒。`);
  },
};
