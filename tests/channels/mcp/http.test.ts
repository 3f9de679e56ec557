/** The transport of `/mcp`: sessions, what is refused, and calls that are given up. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/answer/types.ts';
import type { Assistant } from '../../../src/assistant.ts';
import { asking, real, state, url } from '../asking.ts';
import { serve } from '../served.ts';
import { call } from './calls.ts';
import { connect } from './connected.ts';

const QUESTION = '跨界的饮用水水源地要联防联控，点名的是哪两座水库？';

const ACCEPT = 'application/json, text/event-stream';
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

function post(body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: ACCEPT, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A session's id, as a client without the SDK begins it. */
async function begin(): Promise<string> {
  const response = await post(INITIALIZE);
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get('mcp-session-id') as string;
}

async function rpcError(response: Response) {
  const { jsonrpc, error, id } = await response.json();
  expect([jsonrpc, id]).toEqual(['2.0', null]);
  return { status: response.status, ...error } as { status: number; code: number; message: string };
}

describe('sessions', () => {
  test('belong to one client each; several ask at once and each gets its own answer', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect()));
    const ids = clients.map(({ transport }) => transport.sessionId);
    expect(new Set(ids).size).toBe(5);
    const plans = real.plans().map(({ id }) => id);
    const answers = await Promise.all(
      clients.flatMap(({ client }, i) =>
        [0, 1].map(() =>
          call<Answer>(client, 'ask_plans', {
            question: '2025年的主要目标是什么？',
            plans: [plans[i % plans.length]],
          }),
        ),
      ),
    );
    answers.forEach(({ structured: { citations, related } }, i) => {
      const from = [...citations, ...related].map(({ plan }) => plan.id);
      expect(new Set(from)).toEqual(new Set([plans[Math.floor(i / 2) % plans.length]]));
    });
    expect(new Set(answers.map(({ structured }) => structured.id)).size).toBe(10);
  });

  test('end when the client says so; what still runs is cancelled', async () => {
    const { client, transport } = await connect();
    const id = transport.sessionId as string;
    let signal: AbortSignal | undefined;
    await asking(
      (_request, options) => {
        signal = options?.signal;
        return new Promise(() => {});
      },
      async () => {
        const running = client.callTool({ name: 'ask_plans', arguments: { question: QUESTION } });
        running.catch(() => {});
        await expect.poll(() => signal !== undefined, { timeout: 20_000 }).toBe(true);
        await transport.terminateSession();
        await expect.poll(() => signal?.aborted, { timeout: 20_000 }).toBe(true);
      },
    );
    const after = await rpcError(
      await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, { 'mcp-session-id': id }),
    );
    expect(after).toMatchObject({ status: 404, code: -32001 });
  });

  test('outlive an index: what was asked before is answered by it, what is asked after by the next', async () => {
    let finish: (() => void) | undefined;
    let closed = false;
    const before: Assistant = {
      ...real,
      close: async () => {
        closed = true;
      },
      ask: (request, options) =>
        new Promise((resolve) => {
          finish = () => resolve(real.ask(request, options));
        }),
    };
    const server = await serve(before);
    const { client, transport } = await connect(server.url);
    const id = transport.sessionId;
    const slow = call<Answer>(client, 'ask_plans', { question: QUESTION });
    await expect.poll(() => finish, { timeout: 20_000 }).toBeDefined();
    server.use({ assistant: { ...real.restrictedTo(['sichuan-2025']), close: async () => {} }, state });
    const plans = async () => (await client.listResources()).resources.map(({ name }) => name);
    await expect.poll(plans, { timeout: 20_000 }).toEqual(['sichuan-2025']);
    const { structured } = await call<Answer>(client, 'ask_plans', {
      question: '四川的森林覆盖率目标是多少？',
    });
    expect(structured.citations[0]?.plan.id).toBe('sichuan-2025');
    expect(closed).toBe(false);
    finish?.();
    expect((await slow).structured.status).toBe('answered');
    expect(transport.sessionId).toBe(id);
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(true);
  });

  test('that do not exist are refused with 404, so that clients begin anew', async () => {
    const headers = { 'mcp-session-id': 'nowhere' };
    for (const response of [
      await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, headers),
      await fetch(`${url}/mcp`, { method: 'DELETE', headers }),
    ]) {
      const error = await rpcError(response);
      expect(error).toMatchObject({ status: 404, code: -32001 });
      expect(error.message).toContain('请重新发送 initialize');
    }
  });

  test('are needed for everything but to begin', async () => {
    const error = await rpcError(await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }));
    expect(error).toMatchObject({ status: 400, code: -32000 });
    expect(error.message).toContain('Mcp-Session-Id');
    expect((await fetch(`${url}/mcp`, { method: 'DELETE' })).status).toBe(400);
  });
});

describe('is refused:', () => {
  test('what is no JSON', async () => {
    expect(await rpcError(await post('{"jsonrpc"'))).toMatchObject({ status: 400, code: -32700 });
  });

  test.each([{ hello: 1 }, '"text"', [1], { jsonrpc: '1.0', id: 1, method: 'ping' }])(
    'what is no JSON-RPC: %j',
    async (body) => {
      const headers = { 'mcp-session-id': await begin() };
      expect(await rpcError(await post(body, headers))).toMatchObject({ status: 400, code: -32700 });
      expect((await post(body)).status).toBe(400);
      // The session lives on.
      expect((await post({ jsonrpc: '2.0', id: 2, method: 'ping' }, headers)).status).toBe(200);
    },
  );

  test('a protocol version nobody knows, with 400', async () => {
    const headers = { 'mcp-session-id': await begin(), 'mcp-protocol-version': '1999-01-01' };
    expect(await rpcError(await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, headers))).toMatchObject({
      status: 400,
    });
  });

  test('a client that does not take event streams, with 406', async () => {
    expect((await post(INITIALIZE, { accept: 'application/json' })).status).toBe(406);
  });

  test('GET, with 405: this server begins no messages of its own', async () => {
    const response = await fetch(`${url}/mcp`, { headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(['DELETE', 'POST']);
  });

  test('a page of another site', async () => {
    const error = await rpcError(await post(INITIALIZE, { origin: 'https://evil.example' }));
    expect(error).toMatchObject({ status: 403 });
    expect(error.message).toContain('PUBLIC_URL');
    expect((await post(INITIALIZE, { origin: url })).status).toBe(200);
  });
});

test('an unknown method is told as the protocol tells it', async () => {
  const { client } = await connect();
  await expect(client.request({ method: 'tools/nothing' } as never, {} as never)).rejects.toMatchObject({
    code: -32601,
  });
});

test('giving up a call stops its work and ends its stream, and the session goes on', async () => {
  const id = await begin();
  const headers = { 'mcp-session-id': id };
  let signal: AbortSignal | undefined;
  await asking(
    (_request, options) => {
      signal = options?.signal;
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal?.reason));
      });
    },
    async () => {
      const params = { name: 'ask_plans', arguments: { question: QUESTION } };
      const running = await post({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }, headers);
      await expect.poll(() => signal !== undefined, { timeout: 20_000 }).toBe(true);
      expect(signal?.aborted).toBe(false);
      const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
      expect((await post(cancel, headers)).status).toBe(202);
      expect(await running.text()).not.toContain('"result"');
      expect(signal?.aborted).toBe(true);
    },
  );
  expect((await post({ jsonrpc: '2.0', id: 8, method: 'ping' }, headers)).status).toBe(200);
});

test('the client’s own way of giving up works too', async () => {
  const { client } = await connect();
  let signal: AbortSignal | undefined;
  await asking(
    (_request, options) => {
      signal = options?.signal;
      return new Promise(() => {});
    },
    async () => {
      const controller = new AbortController();
      const running = client.callTool({ name: 'ask_plans', arguments: { question: QUESTION } }, undefined, {
        signal: controller.signal,
      });
      await expect.poll(() => signal !== undefined, { timeout: 20_000 }).toBe(true);
      controller.abort();
      await expect(running).rejects.toThrow();
      await expect.poll(() => signal?.aborted, { timeout: 20_000 }).toBe(true);
    },
  );
  const { structured } = await call<Answer>(client, 'ask_plans', { question: QUESTION });
  expect(structured.status).toBe('answered');
});

test('answers are kept on record under the channel’s name', async () => {
  const { client } = await connect();
  const result = (await client.callTool({
    name: 'ask_plans',
    arguments: { question: QUESTION },
  })) as CallToolResult;
  const record = await state.answers.get((result.structuredContent as unknown as Answer).id);
  expect(record).toMatchObject({ channel: 'mcp', question: QUESTION });
});
