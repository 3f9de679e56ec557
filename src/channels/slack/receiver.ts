/**
 * What is done with a delivery, whichever way it came. The caller acknowledges it to Slack when the promise resolves.
 * @module
 */
import type { PlanSummary } from '../../answer/types.ts';
import type { Runner } from '../bots/runner.ts';
import type { SlackApi } from './api.ts';
import { RATINGS } from './blocks.ts';
import { postTo } from './command.ts';
import type { Delivery } from './payloads.ts';
import { readAction, readCommandForm, readEvent } from './payloads.ts';

/** What Slack is answered with. */
export type Acknowledgement =
  | { readonly taken: true; readonly body?: Readonly<Record<string, unknown>> }
  /** Not taken on: have Slack deliver it again. */
  | { readonly taken: false };

/** A way for deliveries of each kind, as parsed from JSON or a form. */
export interface Receiver {
  event(body: unknown): Promise<Acknowledgement>;
  command(body: unknown): Promise<Acknowledgement>;
  interaction(body: unknown): Promise<Acknowledgement>;
}

/** What a receiver works with. */
export interface ReceiverOptions {
  readonly api: SlackApi;
  readonly runner: Runner;
  readonly plans: readonly PlanSummary[];
  readonly log: (doing: string, error: unknown) => void;
}

/** How many questions the assistant's pane suggests; Slack takes four. */
const SUGGESTIONS = 4;

/** More presses than people make within the five minutes that a signature holds. */
const PRESSES_REMEMBERED = 10_000;

const ephemeral = (text: string) => ({ response_type: 'ephemeral', text });

const isRating = (action: string): action is keyof typeof RATINGS => Object.hasOwn(RATINGS, action);

/** The receiver of all deliveries. Its methods reject with StateError when nothing could be recorded. */
export function createReceiver({ api, runner, plans, log }: ReceiverOptions): Receiver {
  /** Presses of buttons that were kept: one may be delivered again, or replayed within the signature's window. */
  const pressed = new Set<string>();

  const accept = async (delivery: Delivery): Promise<boolean> => {
    switch (delivery.kind) {
      case 'message':
        return (await runner.receive(delivery.message)) !== 'busy';
      case 'opened':
        // Help, not an answer: lost in a crash it is no loss.
        void suggest(delivery.channel, delivery.thread).catch((error) => log('slack 建议的问题', error));
        return true;
      case 'action': {
        const { id, action } = delivery;
        if (!isRating(action) || pressed.has(id)) return true;
        pressed.add(id);
        if (pressed.size > PRESSES_REMEMBERED) pressed.delete(pressed.values().next().value as string);
        const rating = RATINGS[action];
        try {
          await runner.rate({ answerId: delivery.value, rating, asker: delivery.user });
        } catch (error) {
          pressed.delete(id);
          throw error;
        }
        if (delivery.responseUrl !== undefined) {
          const thanks = { ...ephemeral('收到，谢谢。'), replace_original: false };
          void postTo(delivery.responseUrl, api.origin, thanks).catch((error) => log('slack 致谢', error));
        }
        return true;
      }
      case 'ignored':
        return true;
    }
  };

  const suggest = (channel: string, thread: string) =>
    api.call((client) =>
      client.assistant.threads.setSuggestedPrompts({
        channel_id: channel,
        thread_ts: thread,
        title: '可以这样问',
        prompts: plans.slice(0, SUGGESTIONS).map(({ title, shortNames }) => ({
          title: `${shortNames[0] ?? title}的主要目标`,
          message: `《${title}》的主要目标是什么？`,
        })),
      }),
    );

  return {
    event: async (body) => ({ taken: await accept(readEvent(body)) }),
    interaction: async (body) => ({ taken: await accept(readAction(body)) }),
    async command(body) {
      const taken = await accept(readCommandForm(body));
      // Slack does not deliver a command again: say so instead.
      return {
        taken: true,
        body: ephemeral(taken ? '正在查找规划原文…' : '现在问的人太多，请过一会儿再试。'),
      };
    },
  };
}
