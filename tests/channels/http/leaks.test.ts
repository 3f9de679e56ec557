/**
 * No way in shows a word of a plan that its viewer may not see. Every route of the app has an entry here: one that is
 * added without any fails the first test. That an entry can fail is shown by a viewer who may see everything.
 */
import mammoth from 'mammoth';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { bearer, corpusAssistant, routesOf, serve } from './served.ts';

const SEEN = ['sichuan-2025'];
const SITE = 'https://portal.example';
const KEYS = { host: '0.0.0.0', mode: 'keys' } as const;

/** Sends a request as a viewer. */
type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Response>;

/** One request, or some, and all that was shown in return. */
interface Trial {
  readonly shown: (send: Send) => Promise<string>;
  /** Whoever may see all plans is shown something of the others here. */
  readonly tells: boolean;
}

const fine = async (response: Response): Promise<string> => {
  const text = await response.text();
  if (response.status >= 400) throw new Error(`refused: ${response.status} ${text}`);
  return text;
};
const get = (path: string, tells = true): Trial => ({
  tells,
  shown: async (send) => fine(await send('GET', path)),
});
const post = (path: string, body: unknown, tells = true): Trial => ({
  tells,
  shown: async (send) => fine(await send('POST', path, body)),
});
const chat = (content: string, stream: boolean): Trial =>
  post('/v1/chat/completions', { model: 'guiwen', stream, messages: [{ role: 'user', content }] });

const OTHERS = '重庆、江津和成渝的森林覆盖率目标各是多少？';
const FOLLOWED = [
  { role: 'user', content: '江津区的农村污水治理率是多少？' },
  { role: 'assistant', content: '到2025年……' },
];

/** A session of MCP in which each of these is asked. */
const mcp = (requests: readonly [method: string, params: object][], end = false, tells = true): Trial => ({
  tells,
  async shown(send) {
    const accept = { accept: 'application/json, text/event-stream', host: 'localhost' };
    const rpc = (method: string, params: object, headers: Record<string, string>) =>
      send('POST', '/mcp', { jsonrpc: '2.0', id: 1, method, params }, headers);
    const begun = await rpc(
      'initialize',
      { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
      accept,
    );
    let shown = await fine(begun);
    const session = { ...accept, 'mcp-session-id': begun.headers.get('mcp-session-id') as string };
    for (const [method, params] of requests) shown += await fine(await rpc(method, params, session));
    if (end) shown += await fine(await send('DELETE', '/mcp', undefined, session));
    return shown;
  },
});
const tool = (name: string, args: object): [string, object] => ['tools/call', { name, arguments: args }];

const exported: Trial = {
  tells: true,
  async shown(send) {
    const { id } = JSON.parse(await fine(await send('POST', '/api/v1/ask', { question: OTHERS })));
    const response = await send('POST', '/api/v1/export', { answers: [id] });
    expect(response.status).toBe(200);
    const buffer = Buffer.from(await response.arrayBuffer());
    return (await mammoth.extractRawText({ buffer })).value;
  },
};

/** The token of a key opens what the key does. */
const tokened: Trial = {
  tells: true,
  async shown(send) {
    const given = await fine(await send('POST', '/api/v1/widget-token', { origin: SITE }));
    const headers = { ...bearer(JSON.parse(given).token), origin: SITE };
    return given + (await fine(await send('GET', '/api/v1/plans', undefined, headers)));
  },
};

const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  'POST /api/v1/ask': [
    post('/api/v1/ask', { question: OTHERS }),
    post('/api/v1/ask', { question: OTHERS, stream: true }),
    post('/api/v1/ask', { question: '那2025年的森林覆盖率呢？', history: FOLLOWED }),
    post('/api/v1/ask', { question: '江津区2040年的森林覆盖率是多少？' }),
    post('/api/v1/ask', { question: '先行区建设的总提目标是什么？' }),
    post('/api/v1/ask', { question: '各规划的森林覆盖率目标' }),
    post('/api/v1/ask', { question: 'What is the forest coverage target of Chongqing?' }),
  ],
  'POST /api/v1/search': [post('/api/v1/search', { query: '重庆江津成渝先行区', k: 50 })],
  'POST /api/v1/feedback': [post('/api/v1/feedback', { answerId: 'x', rating: 'up' }, false)],
  'POST /api/v1/export': [exported],
  'GET /api/v1/plans': [get('/api/v1/plans')],
  'GET /api/v1/plans/:id': [get('/api/v1/plans/sichuan-2025', false)],
  'GET /api/v1/plans/:id/text': [get('/api/v1/plans/sichuan-2025/text?start=0&end=5000', false)],
  'GET /api/v1/plans/:id/blocks': [get('/api/v1/plans/sichuan-2025/blocks', false)],
  'GET /api/v1/indicators': [get('/api/v1/indicators'), get('/api/v1/indicators?name=%E6%B0%B4')],
  'GET /api/v1/indicators/board': [get('/api/v1/indicators/board')],
  'GET /v1/models': [get('/v1/models')],
  'GET /v1/models/:model': [get('/v1/models/guiwen', false)],
  'POST /v1/chat/completions': [chat(OTHERS, false), chat(OTHERS, true)],
  'POST /mcp': [
    mcp([tool('ask_plans', { question: OTHERS })]),
    mcp([tool('search_plans', { query: '重庆江津成渝先行区', k: 50 })]),
    mcp([tool('compare_indicators', { name: '森林覆盖率' })]),
    mcp([tool('read_plan', {})]),
    mcp([['resources/list', {}]]),
    mcp([
      [
        'completion/complete',
        {
          ref: { type: 'ref/resource', uri: 'guiwen://plans/{id}' },
          argument: { name: 'id', value: '' },
        },
      ],
    ]),
  ],
  'DELETE /mcp': [mcp([], true, false)],
  'GET /metrics': [get('/metrics', false)],
  'POST /api/v1/admin/reindex': [post('/api/v1/admin/reindex', undefined, false)],
  'GET /api/v1/admin/reindex': [get('/api/v1/admin/reindex', false)],
  'POST /api/v1/widget-token': [tokened],
  'GET /indicators': [get('/indicators')],
  'GET /plans/:id': [get('/plans/sichuan-2025', false)],
  'GET /healthz': [get('/healthz', false)],
  'GET /readyz': [get('/readyz', false)],
  'GET /': [get('/', false)],
  'GET /app.css': [get('/app.css', false)],
  'GET /favicon.svg': [get('/favicon.svg', false)],
  'GET /licences.txt': [get('/licences.txt', false)],
  'GET /:script{[a-z]+\\.js}': [get('/widget.js', false)],
};

/** The same whatever plans there are: its examples name one. */
const DESCRIPTIONS = ['GET /openapi.json', 'GET /docs'];

/** Requests about a plan: the route, and the request with ID where the plan's id stands. */
const ABOUT: readonly [route: string, path: string, body?: unknown][] = [
  ['GET /api/v1/plans/:id', '/api/v1/plans/ID'],
  ['GET /api/v1/plans/:id/text', '/api/v1/plans/ID/text'],
  ['GET /api/v1/plans/:id/text', '/api/v1/plans/ID/text?start=0&end=5'],
  ['GET /api/v1/plans/:id/blocks', '/api/v1/plans/ID/blocks'],
  ['GET /v1/models/:model', '/v1/models/guiwen:ID'],
  ['GET /plans/:id', '/plans/ID'],
  ['GET /plans/:id', '/plans/ID?start=0&end=5'],
  ['GET /api/v1/indicators', '/api/v1/indicators?plan=ID'],
  ['POST /api/v1/ask', '/api/v1/ask', { question: '森林覆盖率', plans: ['ID'] }],
  ['POST /api/v1/ask', '/api/v1/ask', { question: '森林覆盖率', plans: ['ID', 'sichuan-2025'] }],
  ['POST /api/v1/search', '/api/v1/search', { query: '森林覆盖率', plans: ['ID'] }],
  [
    'POST /v1/chat/completions',
    '/v1/chat/completions',
    { model: 'guiwen:ID', messages: [{ role: 'user', content: '森林覆盖率' }] },
  ],
];

let routes: string[];
let assistant: Assistant;
let hidden: string[];
/** Names and files of the hidden plans, and sentences that only they have. */
let words: string[];
let narrow: Send;
let wide: Send;

const squeezed = (text: string) => text.replace(/\s/g, '');
const foundIn = (text: string) => words.filter((word) => squeezed(text).includes(word));

/** A service that can read its corpus anew, which changes nothing. */
const withReindex = (plans?: readonly string[]) => {
  const again = { ...assistant, close: async () => {} };
  const report = { documents: 5, reused: 5, passages: 1, skipped: [], seconds: 1, indexDir: '/srv' };
  const reindex = { ingest: async () => report, open: async () => again };
  return serve({ access: { ...KEYS, plans }, assistant: again, reindex });
};

beforeAll(async () => {
  assistant = await corpusAssistant();
  routes = [...new Set((await routesOf()).map((route) => route.join(' ')))];
  const others = assistant.plans().filter(({ id }) => !SEEN.includes(id));
  hidden = others.map(({ id }) => id);
  const own = squeezed(SEEN.map((id) => assistant.text(id).text).join());
  const sentences = hidden.flatMap((id) => squeezed(assistant.text(id).text).split(/[。；：，]/));
  words = [
    ...others.flatMap(({ id, title, file }) => [id, title, file]),
    ...new Set(sentences.filter((words) => words.length >= 15 && !own.includes(words))),
  ];
  expect(words.length).toBeGreaterThan(1000);

  const service = await withReindex();
  const as = async (plans?: readonly string[]): Promise<Send> => {
    const { key } = await service.key(['ask', 'search', 'admin', 'metrics'], plans ? { plans } : {});
    return (method, path, body, headers) =>
      service.fetch(path, {
        method,
        headers: { ...bearer(key), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
  };
  [narrow, wide] = [await as(SEEN), await as()];
}, 120_000);

test('every route is tried, and no other', () => {
  expect([...Object.keys(TRIALS), ...DESCRIPTIONS].sort()).toEqual([...routes].sort());
});

test('every route that takes an id is tried with those of hidden plans', () => {
  const taking = routes.filter((route) => route.includes('/:') && !route.includes(':script'));
  for (const route of taking) expect(ABOUT.map(([about]) => about)).toContain(route);
  for (const [about] of ABOUT) expect(routes).toContain(about);
});

describe.each(Object.entries(TRIALS))('%s', (_route, trials) => {
  test.each(trials.map((trial, n) => [n + 1, trial] as const))(
    'shows its viewer’s plans only (%i)',
    async (_n, trial) => {
      expect(foundIn(await trial.shown(narrow))).toEqual([]);
      if (trial.tells) expect(foundIn(await trial.shown(wide))).not.toEqual([]);
    },
  );
});

test.each(DESCRIPTIONS)('%s is the same over no plans at all', async (route) => {
  const path = route.split(' ')[1] as string;
  const nothing = await withReindex([]);
  const text = await fine(await nothing.fetch(path));
  expect(text === (await fine(await wide('GET', path)))).toBe(true);
});

test.each(ABOUT)('%s: a hidden plan is one that never was (%s %j)', async (route, path, body) => {
  const [method] = route.split(' ') as [string];
  const put = async (id: string) => {
    const with_ = body && JSON.parse(JSON.stringify(body).replace('ID', id));
    const response = await narrow(method, path.replace('ID', id), with_);
    const text = await response.text();
    return [response.status, text.replaceAll(id, 'ID').replace(/"tookMs":[\d.]+/g, '')];
  };
  const never = await put('nowhere-2025');
  expect(never[0]).toBeGreaterThanOrEqual(400);
  for (const id of hidden) expect(await put(id)).toEqual(never);
});

/** Every call that a bot can make. */
const CALLS: { readonly [name in Exclude<keyof Assistant, 'close'>]: (bot: Assistant) => unknown } = {
  ask: (bot) => bot.ask({ question: OTHERS }),
  search: (bot) => bot.search({ query: '重庆江津成渝先行区', k: 50 }),
  plans: (bot) => bot.plans(),
  indicators: (bot) => bot.indicators(),
  board: (bot) => bot.board(),
  restrictedTo: (bot) => bot.restrictedTo(['jiangjin-2025', 'sichuan-2025']).plans(),
  index: (bot) => bot.index,
  outline: (bot) => tried(() => bot.outline('jiangjin-2025')),
  text: (bot) => tried(() => bot.text('jiangjin-2025')),
  blocks: (bot) => tried(() => bot.blocks('jiangjin-2025')),
};
const tried = (call: () => unknown): unknown => {
  try {
    return { returned: call() };
  } catch (error) {
    return (error as Error).name;
  }
};

describe('a bot', () => {
  test.each(Object.entries(CALLS))('sees what ACCESS_PLANS has: %s', async (name, call) => {
    const { door } = await serve({ access: { host: '127.0.0.1', mode: 'none', plans: SEEN } });
    const bot = door.following();
    expect(
      Object.keys(bot)
        .filter((key) => key !== 'close')
        .sort(),
    ).toEqual(Object.keys(CALLS).sort());
    const told = await call(bot);
    expect(foundIn(JSON.stringify(told))).toEqual([]);
    if (name === 'index') expect(told).toMatchObject({ plans: SEEN.length });
    if (['outline', 'text', 'blocks'].includes(name)) expect(told).toBe('UnknownPlanError');
  });
});
