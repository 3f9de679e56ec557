/**
 * Every answer is put on record before it is given.
 * @module
 */
import type { Assistant } from '../assistant.ts';
import type { AnswerRecord, State } from '../state/types.ts';
import { StateError } from '../state/types.ts';
import { VERSION } from '../version.ts';
import { currentVisit } from './visit.ts';

/** Who asks, as the channel knows them. */
export interface Asker {
  /** The channel's folder: http, openai, mcp, slack, wecom. */
  readonly channel: string;
  readonly asker?: string;
}

/** What is said under an answer that could not be put on record. */
export const UNRECORDED = '这次问答未能存档，暂时也不能评价。';

/**
 * The assistant, keeping every answer it gives to `asker` (if not named, to whoever the request under way is for). An
 * answer that cannot be kept is given nevertheless, with a notice; `log` gets the error.
 */
export function recording(
  assistant: Assistant,
  answers: State['answers'],
  asker: Asker,
  log: (doing: string, error: unknown) => void = (doing, error) => console.error(`${doing}:`, error),
): Assistant {
  return {
    ...assistant,
    restrictedTo: (plans) => recording(assistant.restrictedTo(plans), answers, asker, log),
    async ask(request, options) {
      const answer = await assistant.ask(request, options);
      const record: AnswerRecord = {
        id: answer.id,
        at: Date.now(),
        channel: asker.channel,
        asker: asker.asker ?? currentVisit()?.viewer?.id,
        conversationId: request.conversationId,
        question: request.question,
        understood: answer.question,
        status: answer.status,
        reason: answer.reason,
        mode: answer.mode,
        answer: answer.answer,
        citations: answer.citations,
        model: answer.model,
        version: VERSION,
        index: assistant.index.builtAt,
        tookMs: answer.tookMs,
      };
      try {
        await answers.add(record);
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        log('keep answer', error);
        return { ...answer, notices: [...answer.notices, UNRECORDED] };
      }
      return answer;
    },
  };
}
