/**
 * An assistant whose answers are timed and counted.
 * @module
 */
import type { Assistant } from '../../../assistant.ts';
import { currentVisit } from '../../visit.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What answers are reported to. */
export interface Observers {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Questions are logged, as typed. */
  readonly logQuestions: boolean;
  /** A chat model is configured: an extractive answer is a fallback. */
  readonly generates: boolean;
}

/** The assistant, reporting what it answers and how long each stage takes. */
export function observed(assistant: Assistant, observers: Observers): Assistant {
  const { metrics, logger, logQuestions, generates } = observers;
  return {
    ...assistant,
    restrictedTo: (plans) => observed(assistant.restrictedTo(plans), observers),
    async ask(request, options) {
      const stages = currentVisit()?.stages;
      const answer = await assistant.ask(request, {
        ...options,
        onStage: (stage, ms) => {
          metrics.stage(stage, ms);
          stages?.push({ stage, ms, endedAt: Date.now() });
          options?.onStage?.(stage, ms);
        },
      });
      metrics.answered(answer, generates && answer.status === 'answered' && answer.mode === 'extractive');
      if (logQuestions) {
        const { id, status, reason } = answer;
        logger.info({ question: request.question, answerId: id, status, reason }, 'question');
      }
      return answer;
    },
  };
}
