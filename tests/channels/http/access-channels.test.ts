/** Access on the ways in besides the API: OpenAI's clients, MCP, bots, the widget's site, exported answers. */
import { Hono } from 'hono';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import type { AnswerRecord } from '../../../src/state/types.ts';
import { errorAt, errorOf } from './opened.ts';
import { bearer, corpusAssistant, serve } from './served.ts';

const SEEN = ['sichuan-2025'];
const KEYS = { host: '0.0.0.0', mode: 'keys' } as const;
const SITE = 'https://portal.example';

let hidden: readonly { readonly id: string; readonly title: string }[];
beforeAll(async () => {
  const assistant: Assistant = await corpusAssistant();
  hidden = assistant.plans().filter(({ id }) => !SEEN.includes(id));
}, 120_000);

function showsNothingHidden(text: string): void {
  for (const { id, title } of hidden)
    for (const word of [id, title]) expect([word, text.includes(word)]).toEqual([word, false]);
}

/** A service that needs keys, one for a plan and one for all. */
async function guarded(options: Parameters<typeof serve>[0] = {}) {
  const service = await serve({ access: KEYS, ...options });
  const narrow = await service.key(['ask', 'search'], { plans: SEEN });
  const wide = await service.key(['ask', 'search']);
  return { ...service, narrow, wide };
}

describe('OpenAI’s clients', () => {
  test('see the models of their own plans only, and the others are none', async () => {
    const { fetch, narrow, wide } = await guarded();
    const names = async (key: string) => {
      const { data } = await (await fetch('/v1/models', { headers: bearer(key) })).json();
      return data.map(({ id }: { id: string }) => id);
    };
    expect(await names(narrow.key)).toEqual(['guiwen', 'guiwen:sichuan-2025']);
    expect(await names(wide.key)).toContain('guiwen:jiangjin-2025');
    const one = await fetch('/v1/models/guiwen:jiangjin-2025', { headers: bearer(narrow.key) });
    const error = await errorAt('/v1/models', one);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test.each([false, true])('get no word of another plan (stream: %s)', async (stream) => {
    const { post, narrow } = await guarded();
    const ask = async (model: string) => {
      const messages = [{ role: 'user', content: '江津区和重庆的森林覆盖率目标是多少？' }];
      return post('/v1/chat/completions', { model, stream, messages }, bearer(narrow.key));
    };
    const answered = await ask('guiwen');
    expect(answered.status).toBe(200);
    showsNothingHidden(await answered.text());
    const refused = await ask('guiwen:jiangjin-2025');
    expect(refused.status).toBe(404);
    const never = await ask('guiwen:nowhere-2025');
    expect((await refused.text()).replace('jiangjin', 'nowhere')).toBe(await never.text());
  });

  test('are told in their own shape to bring a key, and when they ask too often', async () => {
    const { fetch } = await guarded();
    const error = await errorAt('/v1/models', await fetch('/v1/models'));
    expect(error).toMatchObject({ status: 401, code: 'unauthorized' });
    const busy = await guarded({ access: { ...KEYS, perViewer: 1 } });
    const get = () => busy.fetch('/v1/models', { headers: bearer(busy.narrow.key) });
    expect((await get()).status).toBe(200);
    const limited = await get();
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await errorAt('/v1/models', limited)).toMatchObject({ status: 429, code: 'rate_limited' });
  });

  test('are on record under their key, whatever name they give', async () => {
    const { narrow, state } = await guarded();
    const kept: unknown[] = [];
    const answers = {
      ...state.answers,
      add: (record: AnswerRecord) => {
        kept.push(record.asker);
        return state.answers.add(record);
      },
    };
    const { post } = await serve({ access: KEYS, state: { ...state, answers } });
    const messages = [{ role: 'user', content: '四川的森林覆盖率目标是多少？' }];
    const body = { model: 'guiwen', user: 'user:王工', messages };
    expect((await post('/v1/chat/completions', body, bearer(narrow.key))).status).toBe(200);
    expect(kept).toEqual([`key:${narrow.record.id}`]);
  });
});

describe('clients of MCP', () => {
  const rpc = (method: string, params: unknown = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
  const INITIALIZE = rpc('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });
  const ACCEPT = { accept: 'application/json, text/event-stream' };
  async function opened(service: Awaited<ReturnType<typeof guarded>>, key: string) {
    const headers = { ...ACCEPT, ...bearer(key), host: 'localhost' };
    const begun = await service.post('/mcp', INITIALIZE, headers);
    expect(begun.status).toBe(200);
    await begun.text();
    const session = begun.headers.get('mcp-session-id') as string;
    const send = async (body: unknown, as = key) => {
      const response = await service.post('/mcp', body, {
        ...headers,
        ...bearer(as),
        'mcp-session-id': session,
      });
      return { status: response.status, text: await response.text() };
    };
    return { session, send, headers };
  }
  const tool = (name: string, args: unknown) => rpc('tools/call', { name, arguments: args });

  test('see their own plans only, through tools and resources', async () => {
    const service = await guarded();
    const { send } = await opened(service, service.narrow.key);
    const asked = [
      rpc('resources/list'),
      rpc('resources/read', { uri: 'guiwen://plans/sichuan-2025' }),
      tool('ask_plans', { question: '江津区和重庆的森林覆盖率目标是多少？' }),
      tool('search_plans', { query: '重庆江津成渝先行区' }),
      tool('compare_indicators', { name: '森林覆盖率' }),
      tool('read_plan', {}),
    ];
    for (const body of asked) {
      const { status, text } = await send(body);
      expect([body, status]).toEqual([body, 200]);
      showsNothingHidden(text);
    }
    expect((await send(rpc('resources/list'))).text).toContain('guiwen://plans/sichuan-2025');
    const about = (id: string) => [
      rpc('resources/read', { uri: `guiwen://plans/${id}` }),
      tool('read_plan', { plan: id }),
      tool('search_plans', { query: '水', plans: [id] }),
    ];
    for (const { id } of hidden)
      for (const [n, body] of about(id).entries()) {
        const never = await send(about('nowhere-2025')[n]);
        expect((await send(body)).text.replaceAll(id, 'nowhere-2025')).toBe(never.text);
      }
  });

  test('have their sessions to themselves: to anyone else these do not exist', async () => {
    const service = await guarded();
    const { send, session, headers } = await opened(service, service.narrow.key);
    const twin = await service.key(['ask', 'search'], { plans: SEEN });
    for (const stranger of [twin.key, service.wide.key]) {
      expect((await send(rpc('tools/list'), stranger)).status).toBe(404);
      const ended = await service.fetch('/mcp', {
        method: 'DELETE',
        headers: { ...headers, ...bearer(stranger), 'mcp-session-id': session },
      });
      expect(ended.status).toBe(404);
    }
    expect((await send(rpc('tools/list'))).status).toBe(200);
  });

  test('are on record under their key', async () => {
    const service = await guarded();
    const { send } = await opened(service, service.narrow.key);
    const { text } = await send(tool('ask_plans', { question: '四川的森林覆盖率目标是多少？' }));
    const id = /"id\\?":\\?"([\w-]{36})/.exec(text)?.[1] as string;
    expect(await service.state.answers.get(id)).toMatchObject({
      channel: 'mcp',
      asker: `key:${service.narrow.record.id}`,
    });
  });
});

describe('the reader and the board', () => {
  test.each(['/indicators', '/api/v1/indicators/board'])('%s shows the viewer’s plans only', async (path) => {
    const { fetch, narrow, wide } = await guarded();
    const get = async (key: string) => (await fetch(path, { headers: bearer(key) })).text();
    showsNothingHidden(await get(narrow.key));
    expect(await get(wide.key)).toContain('jiangjin-2025');
  });
});

describe('an export', () => {
  const question = '四川的森林覆盖率目标是多少？';
  const ask = async ({ post }: Awaited<ReturnType<typeof guarded>>, key: string, asked = question) =>
    (await (await post('/api/v1/ask', { question: asked }, bearer(key))).json()).id as string;

  test('holds what its viewer was told, and nothing of what others were', async () => {
    const service = await guarded();
    const id = await ask(service, service.narrow.key);
    const get = (key: string) => service.post('/api/v1/export', { answers: [id] }, bearer(key));
    expect((await get(service.narrow.key)).status).toBe(200);
    expect(await errorOf(await get(service.wide.key))).toMatchObject({
      status: 404,
      code: 'answer_not_found',
    });
  });

  test('holds nothing of a plan that its viewer may not see any more', async () => {
    const access = { host: '0.0.0.0', mode: 'none' } as const;
    const before = await guarded({ access });
    const response = await before.post('/api/v1/ask', { question: '江津区的森林覆盖率目标是多少？' });
    const { id, citations } = await response.json();
    expect(citations.length).toBeGreaterThan(0);
    const get = ({ post }: typeof before) => post('/api/v1/export', { answers: [id] });
    expect((await get(before)).status).toBe(200);
    const kept = { state: before.state, dataDir: before.dataDir };
    const after = await guarded({ access: { ...access, plans: SEEN }, kept });
    expect(await errorOf(await get(after))).toMatchObject({ status: 404, code: 'answer_not_found' });
  });
});

describe('routes of bots', () => {
  test('are let through, as they check signatures of their own; any other that is mounted is closed', async () => {
    const routes = new Hono();
    for (const path of ['/slack/events', '/wecom/callback', '/else'])
      routes.post(path, (c) => c.text('signature checked here'));
    const { post } = await guarded({ mounted: [routes] });
    expect((await post('/slack/events', {})).status).toBe(200);
    expect((await post('/wecom/callback', {})).status).toBe(200);
    expect((await post('/else', {})).status).toBe(401);
  });
});

describe('a site that embeds the chat', () => {
  test('can read why it is refused, and may send a token', async () => {
    const { fetch, narrow } = await guarded({ embedOrigins: [SITE], access: { ...KEYS, perViewer: 1 } });
    const get = (headers: Record<string, string> = {}) =>
      fetch('/api/v1/plans', { headers: { origin: SITE, ...headers } });
    const statuses: number[] = [];
    for (const headers of [{}, bearer(narrow.key), bearer(narrow.key)]) {
      const response = await get(headers);
      statuses.push(response.status);
      expect(response.headers.get('access-control-allow-origin')).toBe(SITE);
    }
    expect(statuses).toEqual([401, 200, 429]);
    const preflight = await fetch('/api/v1/ask', {
      method: 'OPTIONS',
      headers: {
        origin: SITE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
  });
});
