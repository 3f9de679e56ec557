/** Whether the chat model answers. @module */

import { isConfigured } from '../../models/endpoint.ts';
import { faultOf } from '../../models/fault.ts';
import { unusable } from '../settings.ts';
import type { Check } from '../types.ts';
import { failure, ok } from '../types.ts';

/** The chat endpoint answers a greeting. */
export const chat: Check = {
  name: '对话模型',
  async run(config, signal) {
    const half = unusable('CHAT', config.chat);
    if (half) return half;
    if (!isConfigured(config.chat)) return ok('未配置，回答摘自规划原文。');
    const { chatModel } = await import('../../models/chat.ts');
    const { timeoutMs, baseUrl, model } = config.chat;
    const began = performance.now();
    const named = { what: '对话接口', prefix: 'CHAT', baseUrl };
    try {
      const asked = chatModel(config.chat, { maxTokens: 64, ...(timeoutMs ? { timeoutMs } : {}) });
      const reply = await asked.invoke('这是一次连通测试，请只回答两个字：正常', { signal });
      if (typeof reply.content !== 'string' && !Array.isArray(reply.content))
        throw new SyntaxError('no content');
    } catch (error) {
      return failure(
        faultOf(named, error).message,
        '改好后再运行 npm run doctor；在此之前回答摘自规划原文。',
      );
    }
    return ok(`${model} 有回答，用时 ${Math.round(performance.now() - began)} 毫秒。`);
  },
};
