/** Streaming answers, through the app and over a real socket. */
import type { ClientRequest } from 'node:http';
import { request } from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { AnswerSchema } from '../../../src/channels/http/schemas.ts';
import type { RunningServer } from '../../../src/channels/http/serve.ts';
import { startServer } from '../../../src/channels/http/serve.ts';
import { appOver, errorOf, openCorpus, state } from './opened.ts';

const QUESTION = '跨界的饮用水水源地要联防联控，点名的是哪两座水库？';

let assistant: Assistant;
beforeAll(async () => {
  assistant = await openCorpus();
}, 120_000);

type Ask = Assistant['ask'];

/** The real assistant with another `ask`. */
const asking = (ask: Ask): Assistant => ({ ...assistant, ask });

/** The events of a stream, in order. */
function parseEvents(stream: string) {
  return stream
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      return { name: name as string, data: JSON.parse(data as string) };
    });
}

describe('a streamed answer', () => {
  test('is status, delta, citations and done, in this order, and the deltas joined are the answer', async () => {
    const { post } = appOver(assistant);
    const response = await post('/api/v1/ask', { question: QUESTION, stream: true });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-cache');

    const events = parseEvents(await response.text());
    const names = events.map(({ name }) => name);
    expect(names.filter((name, i) => name !== names[i - 1])).toEqual([
      'status',
      'delta',
      'citations',
      'done',
    ]);
    const done = events.at(-1)?.data;
    expect(AnswerSchema.parse(done)).toEqual(done);
    const deltas = events.filter(({ name }) => name === 'delta').map(({ data }) => data.text);
    expect(deltas.join('')).toBe(done.answer);
    expect(events.at(-2)?.data).toEqual(done.citations);
  });

  test('ends with an error event when something breaks midway; the log has what it was', async () => {
    const { post, logged } = appOver(
      asking(async (_request, options) => {
        options?.onEvent?.({ type: 'delta', text: '到' });
        throw new Error('index file /srv/secret is broken');
      }),
    );
    const response = await post('/api/v1/ask', { question: QUESTION, stream: true });
    const events = parseEvents(await response.text());
    expect(events).toEqual([
      { name: 'delta', data: { text: '到' } },
      { name: 'error', data: { error: { code: 'internal_error', message: '服务内部出错，请稍后再试。' } } },
    ]);
    expect(logged).toEqual(['POST /api/v1/ask (stream): Error: index file /srv/secret is broken']);
  });

  test('is refused before it begins when the request is wrong', async () => {
    const { post } = appOver(assistant);
    const error = await errorOf(
      await post('/api/v1/ask', { question: QUESTION, plans: ['nowhere'], stream: true }),
    );
    expect(error).toMatchObject({ status: 400, code: 'unknown_plan' });
  });

  test('may hold line breaks and markup in its texts', async () => {
    const text = '一\n\n<b>二</b>\r\nevent: done';
    const { post } = appOver(
      asking(async (request, options) => {
        options?.onEvent?.({ type: 'delta', text });
        return assistant.ask(request);
      }),
    );
    const events = parseEvents(
      await (await post('/api/v1/ask', { question: QUESTION, stream: true })).text(),
    );
    expect(events[0]).toEqual({ name: 'delta', data: { text } });
  });

  test('stops its work when the reader cancels, and later events go nowhere', async () => {
    let signal: AbortSignal | undefined;
    let late: (() => void) | undefined;
    const { post, logged } = appOver(
      asking((_request, options) => {
        signal = options?.signal;
        options?.onEvent?.({ type: 'delta', text: '到' });
        late = () => options?.onEvent?.({ type: 'delta', text: '晚了' });
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal?.reason));
        });
      }),
    );
    const response = await post('/api/v1/ask', { question: QUESTION, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    expect(signal?.aborted).toBe(false);
    await reader?.cancel();
    expect(signal?.aborted).toBe(true);
    expect(late).not.toThrow();
    expect(logged).toEqual([]);
  });
});

describe('over a real socket', () => {
  let server: RunningServer | undefined;
  const clients: ClientRequest[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await server?.stop(0);
    server = undefined;
  });

  /** Sends a question and gives the response as it comes in. */
  async function open(body: object) {
    const client = request(`${server?.url}/api/v1/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    clients.push(client);
    client.end(JSON.stringify(body));
    const received = { text: '', ended: false };
    client.on('error', () => {});
    client.on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        received.text += chunk;
      });
      response.on('end', () => {
        received.ended = true;
      });
      response.on('error', () => {});
    });
    return { client, received };
  }

  async function serveWith(ask: Ask) {
    server = await startServer({ host: '127.0.0.1', port: 0 });
    server.use({ assistant: asking(ask), state });
  }

  test('each piece arrives when it is made, not at the end', async () => {
    let finish = () => {};
    await serveWith(async (request, options) => {
      options?.onEvent?.({ type: 'delta', text: '先' });
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return assistant.ask(request);
    });
    const { received } = await open({ question: QUESTION, stream: true });
    await expect.poll(() => received.text).toContain('event: delta');
    expect(received.ended).toBe(false);
    finish();
    await expect.poll(() => received.ended).toBe(true);
    expect(parseEvents(received.text).at(-1)?.name).toBe('done');
  });

  test.each([true, false])('closing the connection aborts the work (stream: %s)', async (stream) => {
    let signal: AbortSignal | undefined;
    await serveWith((_request, options) => {
      signal = options?.signal;
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal?.reason));
      });
    });
    const { client } = await open({ question: QUESTION, stream });
    await expect.poll(() => signal !== undefined).toBe(true);
    expect(signal?.aborted).toBe(false);
    client.destroy();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  test('stopping the server lets a running answer finish, and takes no new questions', async () => {
    let started = false;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await serveWith(async (request) => {
      started = true;
      await finished;
      return assistant.ask(request);
    });
    const url = server?.url;
    const { received } = await open({ question: QUESTION, stream: true });
    await expect.poll(() => started).toBe(true);
    const stopped = server?.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    finish();
    await stopped;
    await expect.poll(() => received.ended).toBe(true);
    expect(parseEvents(received.text).at(-1)?.name).toBe('done');
  });

  test('a running answer that takes longer than the grace period is aborted', async () => {
    let signal: AbortSignal | undefined;
    await serveWith((_request, options) => {
      signal = options?.signal;
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal?.reason));
      });
    });
    await open({ question: QUESTION, stream: true });
    await expect.poll(() => signal !== undefined).toBe(true);
    await server?.stop(50);
    await expect.poll(() => signal?.aborted).toBe(true);
  });
});
