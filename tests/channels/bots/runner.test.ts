/** The way of a message, on a platform made of paper and with the real assistant and store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { createQueue } from '../../../src/channels/bots/queue.ts';
import type { Runner, RunnerOptions } from '../../../src/channels/bots/runner.ts';
import { MAX_ATTEMPTS, startRunner } from '../../../src/channels/bots/runner.ts';
import type { Adapter, Exchange, IncomingMessage, Reply } from '../../../src/channels/bots/types.ts';
import { openSqliteState } from '../../../src/state/sqlite/index.ts';
import type { State } from '../../../src/state/types.ts';
import { openShared } from '../../opened-corpus.ts';

let assistant: Assistant;
let dataDir: string;
let state: State;
let logged: string[];
const runners: Runner[] = [];

beforeAll(async () => {
  assistant = (await openShared()).assistant;
}, 120_000);
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'guiwen-runner-'));
  state = openSqliteState(dataDir);
  logged = [];
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop(0)));
  await state.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A platform that writes down what it is told. */
function paper(exchange: Partial<Exchange> = {}) {
  const delivered: { id: string; reply: Reply; kept: unknown }[] = [];
  const adapter: Adapter = {
    channel: 'paper',
    exchange: ({ id }, kept) => ({
      ...exchange,
      deliver: async (reply) => {
        await exchange.deliver?.(reply);
        delivered.push({ id, reply, kept });
      },
    }),
  };
  const reply = async (id: string) => {
    await vi.waitFor(() => expect(delivered.map((d) => d.id)).toContain(id), { timeout: 20_000 });
    return delivered.find((d) => d.id === id)?.reply as Reply;
  };
  return { adapter, delivered, reply };
}

async function run(adapter: Adapter, options: Partial<RunnerOptions> = {}): Promise<Runner> {
  const log = (doing: string, error: unknown) => {
    logged.push(`${doing}: ${String(error)}`);
  };
  const runner = await startRunner(adapter, { assistant, state, queue: createQueue(2), log, ...options });
  runners.push(runner);
  return runner;
}

const message = (id: string, text: string, conversation = 'paper:c'): IncomingMessage => ({
  id,
  conversation,
  text,
  asker: 'U1',
  target: { where: id },
});
const unfinished = () => state.events.unfinished('paper');
const settled = () => vi.waitFor(async () => expect(await unfinished()).toEqual([]), { timeout: 20_000 });
const QUESTION = '重庆市森林覆盖率到2025年要达到多少？';

/** The assistant, with something else in the place of `ask`. */
const asking = (ask: Assistant['ask']): Assistant => ({ ...assistant, ask });

describe('a message', () => {
  test('is on disk when it is taken on, and answered with the assistant’s citations', async () => {
    const { adapter, reply } = paper();
    const runner = await run(adapter, { publicUrl: 'https://plans.example.org' });
    expect(await runner.receive(message('m1', QUESTION))).toBe('taken');
    const { citations, answer } = await assistant.ask({ question: QUESTION });
    const given = await reply('m1');
    expect(given.text).toBe(answer);
    expect(given.sources.map(({ n, label, quote }) => ({ n, label, quote }))).toEqual(
      citations.map(({ n, label, quote }) => ({ n, label, quote })),
    );
    expect(given.sources[0]?.url).toMatch(/^https:\/\/plans\.example\.org\/plans\/.+#\d+-\d+$/);
    await settled();
    expect(await state.answers.get(given.answerId ?? '')).toMatchObject({ channel: 'paper', asker: 'U1' });
  });

  test('that cannot be recorded is not taken on', async () => {
    const { adapter, delivered } = paper();
    const runner = await run(adapter);
    await state.close();
    await expect(runner.receive(message('m1', QUESTION))).rejects.toThrow('数据目录');
    expect(delivered).toEqual([]);
    state = openSqliteState(dataDir);
  });

  test('is answered once, however often it is delivered, also while the first is being answered', async () => {
    const { adapter, delivered, reply } = paper();
    const runner = await run(adapter);
    const taken = await Promise.all(Array.from({ length: 5 }, () => runner.receive(message('m1', QUESTION))));
    expect(taken.sort()).toEqual(['repeated', 'repeated', 'repeated', 'repeated', 'taken']);
    await reply('m1');
    await settled();
    expect(await runner.receive(message('m1', QUESTION))).toBe('repeated');
    expect(delivered).toHaveLength(1);
  });

  test('shows that work goes on before its turn has come, and a failing sign costs nothing', async () => {
    let signs = 0;
    const { adapter, reply } = paper({
      waiting: async () => {
        signs++;
        throw new Error('no such sign');
      },
    });
    const queue = createQueue(1);
    let release = () => {};
    queue.add('other', () => new Promise((resolve) => (release = resolve)));
    const runner = await run(adapter, { queue });
    await runner.receive(message('m1', '帮助'));
    expect(signs).toBe(1);
    release();
    expect((await reply('m1')).kind).toBe('command');
    expect(logged.join()).toContain('no such sign');
  });

  test('is refused when too many wait, so that the platform tries again', async () => {
    const { adapter } = paper({ deliver: () => new Promise(() => {}) });
    const runner = await run(adapter, { queue: createQueue(1, 1) });
    expect(await runner.receive(message('m1', '帮助'))).toBe('taken');
    expect(await runner.receive(message('m2', '帮助'))).toBe('busy');
    expect((await unfinished()).map(({ id }) => id)).toEqual(['m1']);
  });
});

describe('after a crash', () => {
  /** What a process leaves that was killed before it answered. */
  const leave = async (id: string, attempts: number, notes?: unknown) => {
    await state.events.take({ id, channel: 'paper', at: 1, payload: message(id, QUESTION) });
    for (let i = 0; i < attempts; i++) await state.events.begin(id);
    if (notes !== undefined) await state.events.note(id, notes);
  };

  test('a message taken on and not answered is answered by the next start, once', async () => {
    await leave('m1', 1);
    const { adapter, delivered, reply } = paper();
    await run(adapter);
    expect((await reply('m1')).sources).not.toEqual([]);
    await settled();
    const second = paper();
    await run(second.adapter);
    expect([...delivered, ...second.delivered]).toHaveLength(1);
  });

  test('a reply that was made is delivered as it was, with what the adapter kept', async () => {
    const made: Reply = {
      kind: 'answer',
      text: '答过的。',
      sources: [],
      notices: [],
      related: [],
      followUps: [],
    };
    await leave('m1', 1, { reply: made, turns: [{ role: 'user', content: 'q' }], place: { ts: '17.2' } });
    const { adapter, delivered, reply } = paper();
    await run(adapter);
    expect(await reply('m1')).toEqual(made);
    expect(delivered[0]?.kept).toEqual({ ts: '17.2' });
    await settled();
    expect((await state.conversations.get('paper:c', 9)).turns).toEqual([{ role: 'user', content: 'q' }]);
  });

  test('a message that brought the process down too often is given up with a friendly word', async () => {
    await leave('m1', MAX_ATTEMPTS);
    const { adapter, reply } = paper();
    await run(adapter, {
      assistant: asking(() => Promise.reject(new Error('asked again'))),
    });
    const { kind, text } = await reply('m1');
    expect(kind).toBe('error');
    const id = /错误编号 ([0-9a-f]{8})/.exec(text)?.[1] ?? 'none';
    await settled();
    expect(logged.join('\n')).toContain(id);
    expect(logged.join('\n')).not.toContain('asked again');
  });
});

describe('when something goes wrong', () => {
  test('the asker gets a friendly word with an id, which the log has with the cause', async () => {
    const { adapter, reply } = paper();
    const runner = await run(adapter, {
      assistant: asking(() => Promise.reject(new Error('secret /etc/inside'))),
    });
    await runner.receive(message('m1', QUESTION));
    const { kind, text } = await reply('m1');
    expect(kind).toBe('error');
    expect(text).not.toContain('secret');
    const id = /错误编号 ([0-9a-f]{8})/.exec(text)?.[1] ?? 'none';
    expect(logged.find((line) => line.includes(id))).toContain('secret /etc/inside');
  });

  test('a delivery that fails is tried again with the same reply', async () => {
    const tried: Reply[] = [];
    const { adapter, reply } = paper({
      deliver: async (reply) => {
        tried.push(reply);
        if (tried.length === 1) throw new Error('429');
      },
    });
    const runner = await run(adapter, { retryMs: 1 });
    await runner.receive(message('m1', QUESTION));
    await reply('m1');
    expect(tried).toHaveLength(2);
    expect(tried[1]).toBe(tried[0]);
    await settled();
  });

  test('a reply that the platform never takes is replaced by a short word, and then given up', async () => {
    const tried: string[] = [];
    const { adapter, reply } = paper({
      deliver: async ({ kind }) => {
        tried.push(kind);
        if (kind === 'answer') throw new Error('too long');
      },
    });
    const runner = await run(adapter, { retryMs: 1 });
    await runner.receive(message('m1', QUESTION));
    expect((await reply('m1')).kind).toBe('error');
    expect(tried).toEqual([...Array(MAX_ATTEMPTS).fill('answer'), 'error']);
    await settled();
  });

  test('a question beyond the limit is told so', async () => {
    const { adapter, reply } = paper();
    const runner = await run(adapter);
    await runner.receive(message('m1', '林'.repeat(2001)));
    expect((await reply('m1')).text).toContain('2000');
  });
});

describe('a conversation', () => {
  const talk = async (adapter: Adapter, reply: (id: string) => Promise<Reply>, ...texts: string[]) => {
    const runner = await run(adapter);
    for (const [i, text] of texts.entries()) await runner.receive(message(`m${i}`, text));
    return Promise.all(texts.map((_, i) => reply(`m${i}`)));
  };

  test('is remembered: a follow-up is understood with what was asked before', async () => {
    const { adapter, reply } = paper();
    const [, second] = await talk(adapter, reply, QUESTION, '2020年是多少？');
    const record = await state.answers.get(second?.answerId ?? '');
    expect(record?.question).toBe('2020年是多少？');
    expect(record?.understood).toContain('森林覆盖率');
  });

  test('when nothing is remembered, the platform is asked what was said before, and that is kept', async () => {
    const history = vi.fn(async () => [{ role: 'user' as const, content: QUESTION }]);
    const { adapter, reply } = paper({ history });
    const [first] = await talk(adapter, reply, '2020年是多少？', '范围', '那2025年呢？');
    expect((await state.answers.get(first?.answerId ?? ''))?.understood).toContain('森林覆盖率');
    await settled();
    expect(history).toHaveBeenCalledTimes(1);
    expect((await state.conversations.get('paper:c', 9)).turns[0]?.content).toBe(QUESTION);
  });

  test('重新开始 forgets it, and what the platform shows above does not come back', async () => {
    const history = vi.fn(async () => []);
    const { adapter, reply } = paper({ history });
    const [, , third] = await talk(adapter, reply, QUESTION, '重新开始', '2020年是多少？');
    expect((await state.answers.get(third?.answerId ?? ''))?.understood).not.toContain('森林覆盖率');
    expect(history).toHaveBeenCalledTimes(1);
  });

  test('范围 restricts it to a plan by name, says so with every answer, and 范围 全部 lifts it', async () => {
    const plan = assistant.plans().at(-1);
    if (!plan) throw new Error('no plans');
    const { adapter, reply } = paper();
    const [list, chosen, answer, lifted, free] = await talk(
      adapter,
      reply,
      '范围',
      `范围 《${plan.title}》`,
      '空气质量优良天数比例的目标',
      '范围 全部',
      QUESTION,
    );
    for (const { title } of assistant.plans()) expect(list?.text).toContain(title);
    expect(chosen?.text).toContain(plan.title);
    expect(answer?.sources.every(({ title }) => title === plan.title)).toBe(true);
    expect(answer?.notices.at(-1)).toContain(`只查了《${plan.title}》`);
    expect(lifted?.text).toContain('全部');
    expect(free?.notices.join()).not.toContain('只查了');
  });

  test('范围 with a name that no plan has, or several, lists what there is', async () => {
    const { adapter, reply } = paper();
    const [unknown, several] = await talk(adapter, reply, '范围 月球规划', '范围 规划');
    expect(unknown?.text).toContain('没有叫“月球规划”的规划');
    expect(unknown?.text).toContain(assistant.plans()[0]?.title);
    expect(several?.text).toContain('可以指');
  });

  test('原文 n shows the whole passage with its label and link, and holds the quote', async () => {
    const { adapter, reply } = paper();
    const [before, answer, source, missing] = await talk(
      adapter,
      reply,
      '原文 1',
      QUESTION,
      '原文 1',
      '原文 99',
    );
    expect(before?.text).toContain('还没有回答');
    const cited = answer?.sources[0];
    const shown = source?.sources[0];
    expect(shown).toMatchObject({ n: 1, label: cited?.label });
    expect(shown?.quote).toContain(cited?.quote);
    expect(source?.text).toContain(cited?.label);
    expect(missing?.text).toContain('没有引文 [99]');
  });

  test('帮助 names every command', async () => {
    const { adapter, reply } = paper();
    const [help] = await talk(adapter, reply, '帮助');
    for (const name of ['帮助', '范围', '原文', '重新开始']) expect(help?.text).toContain(name);
  });
});

describe('a slow answer', () => {
  /** An assistant that says `pieces` one by one, each when `step` is called. */
  function slow(pieces: readonly string[]) {
    let step = () => {};
    const answering = asking(async (request, options) => {
      const answer = await assistant.ask(request);
      for (const piece of pieces) {
        await new Promise<void>((resolve) => {
          step = resolve;
        });
        options?.onEvent?.({ type: 'delta', text: piece });
      }
      await new Promise<void>((resolve) => {
        step = resolve;
      });
      return { ...answer, answer: pieces.join('') };
    });
    return { answering, step: () => step() };
  }

  test('is shown while it is made: the whole so far, and what is new, never half a mark', async () => {
    const streamed: { whole: string; added: string }[] = [];
    const { adapter, reply } = paper({
      stream: async (text) => {
        streamed.push(text);
      },
    });
    const { answering, step } = slow(['森林', '很多[1', ']。']);
    const runner = await run(adapter, { assistant: answering, streamAfterMs: 0 });
    await runner.receive(message('m1', QUESTION));
    const wholes = () => streamed.map(({ whole }) => whole);
    for (const expected of ['森林', '森林很多', '森林很多[1]。']) {
      await vi.waitFor(() => {
        if (wholes().at(-1) !== expected) step();
        expect(wholes().at(-1)).toBe(expected);
      });
    }
    step();
    expect((await reply('m1')).text).toBe('森林很多[1]。');
    expect(streamed.map(({ added }) => added).join('')).toBe('森林很多[1]。');
  });

  test('whose stream breaks is still delivered', async () => {
    const { adapter, reply } = paper({ stream: () => Promise.reject(new Error('stream expired')) });
    const { answering, step } = slow(['森林', '很多。']);
    const runner = await run(adapter, { assistant: answering, streamAfterMs: 0 });
    await runner.receive(message('m1', QUESTION));
    const stepping = setInterval(step, 5);
    expect((await reply('m1')).text).toBe('森林很多。');
    clearInterval(stepping);
    expect(logged.filter((line) => line.includes('stream expired'))).toHaveLength(1);
  });

  test('is shown at the platform’s pace, and delivered without waiting for it', async () => {
    const streamed: string[] = [];
    const { adapter, reply } = paper({
      pauseMs: 600_000,
      stream: async ({ added }) => {
        streamed.push(added);
      },
    });
    const { answering, step } = slow(['森林', '很多', '。']);
    const runner = await run(adapter, { assistant: answering, streamAfterMs: 0 });
    await runner.receive(message('m1', QUESTION));
    await vi.waitFor(() => {
      if (streamed.length === 0) step();
      expect(streamed).toEqual(['森林']);
    });
    const stepping = setInterval(step, 5);
    expect((await reply('m1')).text).toBe('森林很多。');
    clearInterval(stepping);
    expect(streamed).toEqual(['森林']);
  });

  test('a quick one is not streamed', async () => {
    const stream = vi.fn(async () => {});
    const { adapter, reply } = paper({ stream });
    const runner = await run(adapter, { streamAfterMs: 600_000 });
    await runner.receive(message('m1', QUESTION));
    await reply('m1');
    expect(stream).not.toHaveBeenCalled();
  });
});

describe('stopping', () => {
  test('waits for what runs, leaves what waits to the next start, and takes on nothing more', async () => {
    let deliver = () => {};
    const { adapter, delivered } = paper({ deliver: () => new Promise((resolve) => (deliver = resolve)) });
    const runner = await run(adapter, { queue: createQueue(1) });
    await runner.receive(message('m1', '帮助'));
    await runner.receive(message('m2', '帮助'));
    await vi.waitFor(async () => expect((await unfinished())[0]?.notes).toBeDefined());
    const stopped = runner.stop(60_000);
    expect(await runner.receive(message('m3', '帮助'))).toBe('busy');
    deliver();
    await stopped;
    expect(delivered.map(({ id }) => id)).toEqual(['m1']);
    expect((await unfinished()).map(({ id, attempts }) => [id, attempts])).toEqual([['m2', 0]]);
  });

  test('aborts what takes longer than the grace, which is answered after the next start', async () => {
    const { adapter } = paper();
    const runner = await run(adapter, {
      assistant: asking(
        (_request, options) =>
          new Promise((_resolve, reject) => {
            options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
          }),
      ),
    });
    await runner.receive(message('m1', QUESTION));
    await vi.waitFor(async () => expect((await unfinished())[0]?.attempts).toBe(1));
    await runner.stop(0);
    const next = paper();
    await run(next.adapter);
    expect((await next.reply('m1')).sources).not.toEqual([]);
    expect(logged).toEqual([]);
  });
});

test('a burst of 200 messages in 20 conversations is answered whole, once each, in the order of each', async () => {
  const { adapter, delivered } = paper();
  const runner = await run(adapter, { queue: createQueue(4) });
  const texts = ['帮助', '范围', '原文 1'];
  const burst = Array.from({ length: 200 }, (_, i) =>
    message(`m${i}`, texts[i % 3] ?? '', `paper:${i % 20}`),
  );
  expect(new Set(await Promise.all(burst.map((m) => runner.receive(m))))).toEqual(new Set(['taken']));
  await settled();
  const order = (ids: readonly string[], n: number) => ids.filter((id) => Number(id.slice(1)) % 20 === n);
  const ids = delivered.map(({ id }) => id);
  expect(ids).toHaveLength(200);
  for (let n = 0; n < 20; n++) {
    expect(order(ids, n)).toEqual(
      order(
        burst.map(({ id }) => id),
        n,
      ),
    );
  }
});

test('a rating is kept', async () => {
  const runner = await run(paper().adapter);
  await runner.rate({ answerId: 'a1', rating: 'down', asker: 'U1' });
  expect(await state.feedback.list()).toMatchObject([{ answerId: 'a1', rating: 'down', asker: 'U1' }]);
});
