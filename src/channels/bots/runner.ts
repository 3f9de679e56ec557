/**
 * The way of a message: recorded, acknowledged, queued, answered, delivered, finished.
 *
 * A message is on disk before `receive` resolves, so a crash at any later moment leaves it to be taken up again by
 * the next start. Its reply is on disk before it is delivered, so what is delivered again after a crash is the same
 * reply, and the adapter puts it in the place of the first. A message whose answering brought the process down
 * {@link MAX_ATTEMPTS} times is given up with a friendly word. One process at a time may work on a `DATA_DIR`.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Feedback, KeptTurn } from '../../state/types.ts';
import { startPump } from './pump.ts';
import type { Queue } from './queue.ts';
import { errorReply } from './reply.ts';
import type { Services } from './respond.ts';
import { newErrorId, respond } from './respond.ts';
import type { Adapter, Exchange, IncomingMessage, Reply } from './types.ts';

/** How often answering a message is begun, counted over restarts, before it is given up. */
export const MAX_ATTEMPTS = 3;
/** An answer that takes longer than this is shown while it is made, in milliseconds. */
const STREAM_AFTER_MS = 700;
/** Wait before a second delivery, in milliseconds; longer before each further one. */
const RETRY_MS = 2_000;

/** How long an aborted answer may take to notice, in milliseconds. */
const ABORT_MS = 1_000;

/** A bot at work. */
export interface Runner {
  /**
   * Takes on a message. Resolves once it is on disk: acknowledge it then, and not before. `repeated` is one that was
   * taken on before: acknowledge it, too. `busy` was not taken on: have the platform try again.
   * @throws StateError if it cannot be recorded: do not acknowledge
   */
  receive(message: IncomingMessage): Promise<'taken' | 'repeated' | 'busy'>;
  /** Keeps what a person thinks of an answer. @throws StateError */
  rate(feedback: Omit<Feedback, 'at'>): Promise<void>;
  /**
   * Takes on nothing more, waits for what runs, and aborts what takes longer than `graceMs`: that, and what was still
   * waiting, is answered after the next start.
   */
  stop(graceMs: number): Promise<void>;
}

/** What a runner works with. */
export interface RunnerOptions extends Services {
  /** Shared by all bots of the process. */
  readonly queue: Queue;
  /** {@link STREAM_AFTER_MS} if left out. */
  readonly streamAfterMs?: number;
  /** {@link RETRY_MS} if left out. */
  readonly retryMs?: number;
}

/** What is noted of a message on its way. */
interface Progress {
  /** The reply to deliver, once it is made, with what the conversation will remember. */
  readonly reply?: Reply;
  readonly turns?: readonly KeptTurn[];
  /** What the adapter keeps. */
  readonly place?: unknown;
}

interface Job {
  readonly message: IncomingMessage;
  readonly exchange: Exchange;
  readonly progress: () => Progress;
  readonly note: (more: Progress) => Promise<void>;
  /** Settles when the waiting sign is shown, or could not be. */
  readonly waiting: Promise<void>;
  attempts: number;
}

/**
 * Starts the answering of an adapter's messages, first those that an earlier process took on and did not finish.
 * @throws StateError if these cannot be read
 */
export async function startRunner(adapter: Adapter, options: RunnerOptions): Promise<Runner> {
  const { state, queue, log, streamAfterMs = STREAM_AFTER_MS, retryMs = RETRY_MS } = options;
  const { channel } = adapter;
  const aborted = new AbortController();
  const { signal } = aborted;
  let stopping = false;

  const enqueue = (message: IncomingMessage, attempts: number, noted: Progress): void => {
    let progress = noted;
    const note = async (more: Progress) => {
      progress = { ...progress, ...more };
      await state.events.note(message.id, progress);
    };
    const exchange = adapter.exchange(message, progress.place, (place) => note({ place }));
    const doomed = attempts >= MAX_ATTEMPTS || progress.reply !== undefined;
    const waiting = doomed ? undefined : exchange.waiting?.();
    const job: Job = {
      message,
      exchange,
      progress: () => progress,
      note,
      waiting: Promise.resolve(waiting).catch((error) => log(`${channel} ${message.id} 等待提示`, error)),
      attempts,
    };
    queue.add(message.conversation, () =>
      work(job).catch((error) => {
        // The store failed: the message is still unfinished in it, for the next start.
        if (!signal.aborted) log(`${channel} ${message.id}`, error);
      }),
    );
  };

  const work = async (job: Job): Promise<void> => {
    const { message, exchange } = job;
    const finish = (outcome: 'done' | 'failed') => state.events.finish(message.id, outcome, Date.now());
    await job.waiting;
    for (;;) {
      signal.throwIfAborted();
      if (!(await state.events.begin(message.id))) return;
      job.attempts++;
      if (job.attempts > MAX_ATTEMPTS) {
        await giveUp(job);
        return finish('failed');
      }
      const { reply, turns } = await made(job);
      try {
        await exchange.deliver(reply);
      } catch (error) {
        signal.throwIfAborted();
        log(`${channel} ${message.id} 第 ${job.attempts} 次发送回答`, error);
        if (job.attempts >= MAX_ATTEMPTS) {
          // Perhaps it is this reply that the platform does not take; a short one may still pass.
          await giveUp(job);
          return finish('failed');
        }
        await sleep(retryMs * job.attempts, undefined, { signal });
        continue;
      }
      if (turns.length > 0) await state.conversations.append(message.conversation, turns, Date.now());
      return finish(reply.kind === 'error' ? 'failed' : 'done');
    }
  };

  /** The reply to deliver: the one noted before, or a new one, which is noted. */
  const made = async (job: Job) => {
    const { reply, turns = [] } = job.progress();
    if (reply) return { reply, turns };
    const { message, exchange } = job;
    const pump = startPump(exchange, streamAfterMs, (error) =>
      log(`${channel} ${message.id} 流式显示`, error),
    );
    try {
      const response = await respond(message, options, {
        channel,
        signal,
        onDelta: pump.add,
        history: exchange.history?.bind(exchange),
      });
      await job.note(response);
      return response;
    } finally {
      await pump.end();
    }
  };

  /** Tells the asker that it was tried often enough; if that fails, too, the log has it. */
  const giveUp = async ({ message, exchange }: Job): Promise<void> => {
    const id = newErrorId();
    log(`${channel} ${message.id} 错误编号 ${id}`, new Error(`尝试 ${MAX_ATTEMPTS} 次都没有答成，放弃`));
    await exchange
      .deliver(errorReply(id))
      .catch((error: unknown) => log(`${channel} ${message.id} 放弃`, error));
  };

  for (const { payload, attempts, notes } of await state.events.unfinished(channel)) {
    enqueue(payload as IncomingMessage, attempts, (notes ?? {}) as Progress);
  }

  return {
    async receive(message) {
      if (stopping || !queue.hasRoom) return 'busy';
      const { id } = message;
      if (!(await state.events.take({ id, channel, at: Date.now(), payload: message }))) return 'repeated';
      enqueue(message, 0, {});
      return 'taken';
    },
    rate: (feedback) => state.feedback.add({ ...feedback, at: Date.now() }),
    async stop(graceMs) {
      stopping = true;
      queue.close();
      const idle = queue.idle();
      await Promise.race([idle, sleep(graceMs, undefined, { ref: false })]);
      aborted.abort(new Error('服务正在停止'));
      await Promise.race([idle, sleep(ABORT_MS, undefined, { ref: false })]);
    },
  };
}
