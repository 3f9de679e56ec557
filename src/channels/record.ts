/**
 * Every answer is put on record before it is given.
 * @module
 */
import type { Assistant } from '../assistant.ts';
import type { State } from '../state/types.ts';
import { VERSION } from '../version.ts';

/** Who asks, as the channel knows them. */
export interface Asker {
  /** The channel's folder: http, openai, mcp, slack, wecom. */
  readonly channel: string;
  readonly asker?: string;
}

/** The assistant, keeping every answer it gives to `asker`. */
export function recording(assistant: Assistant, answers: State['answers'], asker: Asker): Assistant {
  return {
    ...assistant,
    restrictedTo: (plans) => recording(assistant.restrictedTo(plans), answers, asker),
    async ask(request, options) {
      const answer = await assistant.ask(request, options);
      await answers.add({
        id: answer.id,
        at: Date.now(),
        channel: asker.channel,
        asker: asker.asker,
        conversationId: request.conversationId,
        question: request.question,
        understood: answer.question,
        status: answer.status,
        reason: answer.reason,
        mode: answer.mode,
        answer: answer.answer,
        citations: answer.citations,
        version: VERSION,
        index: assistant.index.builtAt,
        tookMs: answer.tookMs,
      });
      return answer;
    },
  };
}
