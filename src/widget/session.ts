/**
 * A conversation with a server: asks, and keeps what became of it.
 * @module
 */
import type { Api } from './api.ts';
import type { Conversation, Entry } from './conversation.ts';
import * as talk from './conversation.ts';
import type { Answer } from './types.ts';

/** What a session tells. */
export interface Listener {
  /** The conversation is another one. */
  changed(): void;
  /** A question was sent. */
  asked(entry: Entry): void;
  answered(answer: Answer): void;
  /** The person stopped it. */
  stopped(): void;
  failed(message: string): void;
}

/** A conversation under way. */
export interface Session {
  readonly conversation: Conversation;
  /** An answer is being made. */
  readonly busy: boolean;
  /** Gives the answer, or undefined if it was stopped or failed. A question under way is stopped. */
  ask(question: string, plans: readonly string[]): Promise<Answer | undefined>;
  /** Asks the question of an entry again, in its place. */
  retry(entry: Entry, plans: readonly string[]): Promise<Answer | undefined>;
  stop(): void;
  /** Forgets the conversation. */
  clear(): void;
  change(id: string, change: Partial<Entry>): void;
}

/** Takes up the conversation that was kept for the server, or begins one. */
export function openSession(api: Api, listener: Listener): Session {
  let conversation = talk.recall(api.root);
  let running: AbortController | undefined;

  const become = (next: Conversation) => {
    conversation = next;
    talk.keep(api.root, next);
    listener.changed();
  };
  const change = (id: string, part: Partial<Entry>) => become(talk.withChange(conversation, id, part));
  const stop = () => {
    running?.abort();
    running = undefined;
  };

  const run = async (entry: Entry, plans: readonly string[]): Promise<Answer | undefined> => {
    const controller = new AbortController();
    running = controller;
    listener.asked(entry);
    const { id, question } = entry;
    const history = talk.historyBefore(conversation, id);
    let partial = '';
    try {
      const answer = await api.ask(
        { question, history, plans, conversationId: conversation.id },
        {
          signal: controller.signal,
          onStatus: (status) => change(id, { status }),
          onDelta: (text) => {
            partial += text;
            change(id, { partial });
          },
        },
      );
      if (running === controller) running = undefined;
      change(id, { state: 'answered', answer, partial: '' });
      listener.answered(answer);
      return answer;
    } catch (error) {
      if (running === controller) running = undefined;
      if (controller.signal.aborted) {
        change(id, { state: 'stopped' });
        listener.stopped();
      } else {
        const { message } = error as Error;
        change(id, { state: 'failed', error: message });
        listener.failed(message);
      }
      return undefined;
    }
  };

  return {
    get conversation() {
      return conversation;
    },
    get busy() {
      return running !== undefined;
    },
    ask(question, plans) {
      stop();
      const entry: Entry = { id: talk.newId(), question, state: 'asking', partial: '' };
      become({ ...conversation, entries: [...conversation.entries, entry] });
      return run(entry, plans);
    },
    retry(entry, plans) {
      stop();
      change(entry.id, { state: 'asking', partial: '', status: undefined, error: undefined });
      return run(entry, plans);
    },
    stop,
    clear() {
      stop();
      become(talk.newConversation());
    },
    change,
  };
}
