/**
 * Replies that the platform fetches: an intelligent bot's webhook opens a stream, and WeCom asks for it again and
 * again, for six minutes at most, until it is told that it is finished. Every answer is the whole text so far.
 * @module
 */

/** What the platform is told of a stream. */
export interface Frame {
  readonly id: string;
  readonly content: string;
  readonly finish: boolean;
}

/** The streams being fetched, by id, with their last text for a while after they ended. */
export interface Streams {
  /** Opens a stream, or says something else in it. */
  show(id: string, content: string, opening?: Opening): void;
  /**
   * Says the last text. True once the platform has fetched it; false if it did not ask for long, or had been told
   * before that the answer comes by another way: then say it by another way.
   */
  finish(id: string, content: string): Promise<boolean>;
  /** What to tell the platform; undefined if the stream is unknown. Told that it is finished, it asks no more. */
  fetch(id: string): Promise<Frame | undefined>;
  /** Every `finish` under way rejects, and every one to come. */
  close(): void;
}

/** What is told of a stream when it is opened. */
export interface Opening {
  /** Awaited before its end is told to the platform. */
  readonly onHanded: () => Promise<void>;
  /** There is another way to say the answer: the stream may be closed before it is there. */
  readonly otherWay: boolean;
}

/** How long things take, in milliseconds. */
export interface StreamTimes {
  /** After this the platform is told that the answer comes by another way: less than WeCom's six minutes. */
  readonly longestMs: number;
  /** So long without being asked for, a text that waits is said by another way. */
  readonly patienceMs: number;
  /** The last text is kept for so long after the opening, for a platform that asks again. */
  readonly keptMs: number;
}

const TIMES: StreamTimes = { longestMs: 330_000, patienceMs: 30_000, keptMs: 600_000 };

const closing = () => new Error('服务正在停止');
const LATER = '这个问题要多花些时间，答好后会另发一条消息。';
const ELSEWHERE = '回答见另一条消息。';

interface Stream {
  content: string;
  /** The answer is there. */
  finished: boolean;
  /** The platform has been told the end, whatever it was. */
  ended: boolean;
  readonly openedAt: number;
  askedAt: number;
  opening: Opening | undefined;
  /** Tells whoever waits in `finish` whether the text was fetched; undefined that it never will be. */
  settle?: ((fetched: boolean | undefined) => void) | undefined;
}

/** No streams yet. */
export function createStreams(
  times: Partial<StreamTimes> = {},
  now: () => number = () => performance.now(),
): Streams {
  const { longestMs, patienceMs, keptMs } = { ...TIMES, ...times };
  const streams = new Map<string, Stream>();
  let closed = false;
  const opened = (id: string, content: string): Stream => {
    for (const [old, { openedAt, settle }] of streams) {
      if (!settle && now() - openedAt > keptMs) streams.delete(old);
    }
    const stream: Stream = {
      content,
      finished: false,
      ended: false,
      openedAt: now(),
      askedAt: now(),
      opening: undefined,
    };
    streams.set(id, stream);
    return stream;
  };

  return {
    show(id, content, opening) {
      const stream = streams.get(id) ?? opened(id, content);
      stream.opening ??= opening;
      if (!stream.ended) stream.content = content;
    },
    async finish(id, content) {
      const stream = streams.get(id) ?? opened(id, content);
      stream.finished = true;
      if (stream.ended) return false;
      stream.content = content;
      if (closed) throw closing();
      const fetched = await new Promise<boolean>((resolve, reject) => {
        const began = now();
        const timer = setInterval(
          () => {
            if (now() - Math.max(stream.askedAt, began) > patienceMs) stream.settle?.(false);
          },
          Math.min(1_000, patienceMs / 4),
        );
        stream.settle = (fetched) => {
          clearInterval(timer);
          stream.settle = undefined;
          if (fetched === undefined) reject(closing());
          else resolve(fetched);
        };
      });
      if (!fetched) stream.content = ELSEWHERE;
      return fetched;
    },
    async fetch(id) {
      const stream = streams.get(id);
      if (!stream) return undefined;
      stream.askedAt = now();
      const late = stream.opening?.otherWay && now() - stream.openedAt > longestMs;
      if (late && !stream.finished && !stream.ended) {
        stream.content = LATER;
        stream.ended = true;
      }
      if (stream.finished && !stream.ended) {
        await stream.opening?.onHanded();
        stream.ended = true;
        stream.settle?.(true);
      }
      return { id, content: stream.content, finish: stream.ended };
    },
    close() {
      closed = true;
      for (const stream of streams.values()) stream.settle?.(undefined);
    },
  };
}
