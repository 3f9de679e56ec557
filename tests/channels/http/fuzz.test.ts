/** Hostile requests: whatever comes, never a 500, and every refusal in the contract's shape. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../src/channels/http/observe/log.ts';
import type { RunningServer } from '../../../src/channels/http/serve.ts';
import { startServer } from '../../../src/channels/http/serve.ts';
import { errorAt, errorOf } from './opened.ts';
import { bearer, corpusAssistant, from, routesOf, serve, temporaryState } from './served.ts';

/** Questions cost some milliseconds each; the machine is shared. */
const RUNS = 30;

/** Characters that have broken programs before: controls, bidi, joiners, lone surrogates, halves of pairs, the rest. */
const nasty = fc.oneof(
  fc.constantFrom(
    '\u0000',
    '\u0007',
    '\u001b[31m',
    '\u007f',
    '\u0085',
    '\u200b',
    '\u200e',
    '\u202e',
    '\u2066',
    '\u2028',
    '\ufeff',
    '\ufffe',
    '\ud800',
    '\udfff',
    '\ud83d',
    '𠮷',
    '🇨🇳',
    'e\u0301\u0301\u0301',
    '﷽',
    '%00',
    '../',
    '\\',
    "'; DROP TABLE answers; --",
    '<script>',
    '{{7*7}}',
    '__proto__',
    'constructor',
    '森林覆盖率',
    '四川',
    '2025年',
    '（',
    '）',
    '“',
    '。',
    '\r\n',
    '\t',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const text = fc.array(nasty, { maxLength: 30 }).map((parts) => parts.join(''));
const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(text, text, { maxKeys: 4 }));

let service: Awaited<ReturnType<typeof serve>>;
let routes: [string, string][];
beforeAll(async () => {
  await corpusAssistant();
  service = await serve({ access: { host: '127.0.0.1', mode: 'none' } });
  routes = await routesOf();
}, 120_000);

const wellFormed = (value: string) => Buffer.from(value, 'utf8').toString('utf8');
const isWellFormed = (value: string) => wellFormed(value) === value;

/** Fine, or refused as the contract says; never our own fault. */
async function holds(response: Response, sent: unknown, method = ''): Promise<void> {
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  expect([sent, status]).toSatisfy(([, code]) => (code as number) < 500);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  // The source page is for people, so its refusal is a page.
  if (method !== 'HEAD' && status >= 400 && !type.startsWith('text/html')) {
    const address = [sent].flat().find((part) => /^\/(v1\/|mcp)/.test(String(part))) ?? '';
    const error = await errorAt(String(address).replace(/\?.*/, ''), response);
    expect(JSON.stringify(error)).not.toMatch(/sqlite|zod|undefined is not/i);
  } else {
    // What is sent is well-formed, whatever came in.
    expect(await response.text()).toSatisfy(isWellFormed);
  }
}

test('questions of any characters are answered or refused', async () => {
  const property = fc.asyncProperty(text, fc.boolean(), async (question, stream) => {
    await holds(await service.post('/api/v1/ask', { question, stream }), question);
  });
  await fc.assert(property, { numRuns: RUNS });
}, 120_000);

test('histories, lists of plans, queries and feedback of any characters are taken or refused', async () => {
  const property = fc.asyncProperty(text, text, fc.integer(), async (one, other, n) => {
    const history = [
      { role: 'user', content: one },
      { role: 'assistant', content: other },
    ];
    await holds(
      await service.post('/api/v1/ask', { question: '那2025年呢？', history, conversationId: one }),
      one,
    );
    await holds(await service.post('/api/v1/ask', { question: '森林', plans: [one, other] }), one);
    await holds(await service.post('/api/v1/search', { query: one, k: n }), one);
    await holds(await service.post('/api/v1/feedback', { answerId: one, rating: 'up', comment: other }), one);
  });
  await fc.assert(property, { numRuns: RUNS / 2 });
}, 120_000);

test('bodies of any JSON, or none, under any content type', async () => {
  const types = fc.oneof(
    fc.constantFrom(
      'application/json',
      'application/json; charset=utf-7',
      'APPLICATION/JSON',
      'text/plain',
      'a/b',
      'multipart/form-data',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'application/ld+json',
      ';',
      '',
    ),
    fc.string({ maxLength: 30 }).map((value) => value.replace(/[^\x21-\x7e]/g, '')),
  );
  const bodies = fc.oneof(
    json.map((value) => JSON.stringify(value)),
    fc.string(),
    fc.uint8Array().map((b) => Buffer.from(b)),
  );
  const property = fc.asyncProperty(fc.nat(), types, bodies, async (n, type, body) => {
    const posts = routes.filter(([method]) => method === 'POST');
    const [method, path] = posts[n % posts.length] as [string, string];
    const response = await service.fetch(path.replace(/:\w+/, 'x'), {
      method,
      headers: { 'content-type': type, host: 'localhost' },
      body,
    });
    await holds(response, [path, type, body]);
  });
  await fc.assert(property, { numRuns: RUNS * 3 });
}, 120_000);

test('addresses, parameters and methods of any kind', async () => {
  const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY');
  const encoded = (value: string) => encodeURIComponent(wellFormed(value));
  const property = fc.asyncProperty(fc.nat(), methods, text, text, async (n, method, one, other) => {
    const [, path] = routes[n % routes.length] as [string, string];
    const address = `${path.replace(/:\w+/, encoded(one) || 'x').replace('*', 'x')}?start=${encoded(other)}&end=${n}&name=${encoded(one)}&plan=${encoded(other)}`;
    await holds(await service.fetch(address, { method }), [method, address], method);
  });
  await fc.assert(property, { numRuns: RUNS * 3 });
}, 120_000);

test('headers of any kind', async () => {
  const printable = fc.string({ maxLength: 60 }).map((value) => value.replace(/[^\x20-\x7e]/g, '').trim());
  const names = fc.constantFrom(
    'authorization',
    'x-request-id',
    'x-forwarded-for',
    'origin',
    'host',
    'traceparent',
    'accept',
    'cookie',
    'content-length',
    'access-control-request-method',
    'last-event-id',
    'x-slack-signature',
    'if-none-match',
    'range',
  );
  const property = fc.asyncProperty(fc.dictionary(names, printable, { maxKeys: 6 }), async (headers) => {
    const { 'content-length': _length, ...rest } = headers;
    await holds(await service.fetch('/api/v1/plans', { headers: rest }, from('127.0.0.1', headers)), headers);
    await holds(
      await service.fetch('/api/v1/plans', { headers: bearer(headers.cookie ?? 'x.y.z') }),
      headers,
    );
  });
  await fc.assert(property, { numRuns: RUNS });
}, 120_000);

test.each(['/api/v1/ask', '/api/v1/search'])(
  'a question of 100,000 characters is refused by %s',
  async (path) => {
    for (const one of ['水', 'a', '\u0301', '\ud800', '（', ' '])
      for (const field of ['question', 'query']) {
        const response = await service.post(path, { [field]: one.repeat(100_000) });
        expect([400, 413]).toContain((await errorOf(response)).status);
      }
  },
);

test.each(['水', '。', '（', '2025年', 'a1%', '\u0301', '四川江津', '“”'])(
  'the longest question allowed, all %s, is answered in reasonable time',
  async (one) => {
    const question = `问${one.repeat(2000)}`.slice(0, 2000);
    await holds(await service.post('/api/v1/ask', { question }), one);
  },
  60_000,
);

test('JSON nested very deeply, or with repeated and special keys, is refused', async () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  for (const body of [
    deep,
    `{"question":${deep}}`,
    '{"__proto__":{"question":"x"}}',
    '{"question":1e999}',
    `{${'"a":1,'.repeat(5000)}"b":1}`,
  ]) {
    const response = await service.fetch('/api/v1/ask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(await errorOf(response)).toMatchObject({ status: 400 });
  }
  expect(({} as Record<string, unknown>).question).toBeUndefined();
});

test('a question of control and bidi characters is kept and given back as it was understood, well-formed', async () => {
  const asked = await service.post('/api/v1/ask', { question: '四川\u202e的\u0000森林\ud800覆盖率' });
  const answer = await asked.json();
  expect(JSON.stringify(answer)).toSatisfy(isWellFormed);
  expect(await service.state.answers.get(answer.id)).toBeDefined();
});

let server: RunningServer | undefined;
afterAll(() => server?.stop(0));

/** What a server says to these bytes, until it or we hang up. */
async function raw(bytes: string): Promise<string> {
  if (!server) {
    server = await startServer({ host: '127.0.0.1', port: 0 });
    const logger = createLogger({ level: 'silent' });
    server.use({ assistant: await corpusAssistant(), state: temporaryState().state, logger });
  }
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let said = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
      if (/\r\n\r\n[\s\S]*}\s*(?:\r\n0\r\n\r\n)?$/.test(said)) socket.end();
    });
    socket.on('close', () => resolve(said)).on('error', reject);
  });
}

test.each<[string, string, number]>([
  ['headers of 40 KB', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
  ['3,000 headers', `GET /nowhere HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(3000)}\r\n`, 404],
  ['an address of 40 KB', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ['a header with a bare line feed', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n', 400],
  ['no HTTP', 'hello\r\n\r\n', 400],
  [
    'two lengths',
    'POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    400,
  ],
  [
    'a length and chunks',
    'POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['an expectation', 'POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nExpect: the-impossible\r\n\r\n', 417],
  ['no host', 'GET /api/v1/plans HTTP/1.1\r\n\r\n', 400],
  ['the address of another server', 'GET http://evil.example/nowhere HTTP/1.1\r\nHost: x\r\n\r\n', 404],
])('%s', async (_what, bytes, status) => {
  const said = await raw(bytes);
  expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  const body = /\{[\s\S]*\}/.exec(said.slice(said.indexOf('\r\n\r\n')))?.[0] ?? '';
  expect(JSON.parse(body).error).toMatchObject({
    code: expect.stringMatching(/^[a-z_]+$/),
    message: expect.stringMatching(/\p{Script=Han}/u),
  });
});
