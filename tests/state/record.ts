/** An answer as it is kept, with every field. */
import type { AnswerRecord } from '../../src/state/types.ts';

export const record: AnswerRecord = {
  id: 'a1',
  at: 1_700_000_000_000,
  channel: 'http',
  asker: undefined,
  conversationId: 'c1',
  question: '森林覆盖率',
  understood: '森林覆盖率',
  status: 'answered',
  reason: undefined,
  mode: 'extractive',
  answer: '40%[1]',
  citations: [
    {
      n: 1,
      passageId: 'p1',
      plan: { id: 'p', title: '规划' },
      path: ['第一章'],
      label: '第一章 第1段',
      quote: '40%',
      start: 3,
      end: 6,
    },
  ],
  model: undefined,
  version: '0.1.0',
  index: '2024-01-01T00:00:00.000Z',
  tookMs: 1.5,
};
