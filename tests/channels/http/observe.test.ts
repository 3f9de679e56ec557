/** What can be seen of a running server: its log, its metrics, its traces, whether it is ready. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTracing } from '../../../src/channels/http/observe/tracing.ts';
import { StateError } from '../../../src/state/types.ts';
import { errorOf } from './opened.ts';
import { corpusAssistant, from, serve } from './served.ts';

beforeAll(() => corpusAssistant(), 120_000);

const QUESTION = '四川的森林覆盖率目标是多少？';

describe('the log', () => {
  test('has a line for every request: id, method, route, status, time', async () => {
    const { fetch, logged } = await serve();
    const response = await fetch('/api/v1/plans/sichuan-2025');
    const line = logged().find(({ msg }) => msg === 'request');
    expect(line).toMatchObject({
      level: 'info',
      method: 'GET',
      route: '/api/v1/plans/:id',
      path: '/api/v1/plans/sichuan-2025',
      status: 200,
      requestId: response.headers.get('x-request-id'),
    });
    expect(line.ms).toBeGreaterThan(0);
    expect(Date.parse(line.time)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('keeps the id a request came with, if it is one, and makes one otherwise', async () => {
    const { fetch } = await serve();
    const id = async (sent: string) =>
      (await fetch('/healthz', { headers: { 'x-request-id': sent } })).headers.get('x-request-id');
    expect(await id('job-7.a')).toBe('job-7.a');
    for (const bad of ['a b', '{"x":1}', 'x'.repeat(101)]) expect(await id(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('has no question, no query, no key, even of a request that fails', async () => {
    const { fetch, post, lines, key, state } = await serve();
    const { key: token } = await key(['ask', 'search']);
    await post('/api/v1/ask', { question: QUESTION }, { authorization: `Bearer ${token}` });
    await fetch(`/api/v1/indicators?name=${encodeURIComponent('森林覆盖率')}&plan=x`);
    const broken = await serve({
      state: { ...state, answers: { ...state.answers, add: () => Promise.reject(new StateError('写不了')) } },
    });
    await broken.post('/api/v1/ask', { question: QUESTION });
    const text = lines.join('') + broken.lines.join('');
    expect(text).toContain('/api/v1/ask');
    for (const word of ['森林', token, 'gw_', 'Bearer']) expect(text).not.toContain(word);
  });

  test('has the questions where that is allowed', async () => {
    const { post, logged } = await serve({ logQuestions: true });
    const response = await post('/api/v1/ask', { question: QUESTION });
    const line = logged().find(({ msg }) => msg === 'question');
    expect(line).toMatchObject({
      question: QUESTION,
      requestId: response.headers.get('x-request-id'),
      answerId: (await response.json()).id,
    });
  });

  test('tells what nobody foresaw, with its stack and the request’s id; the client learns the id only', async () => {
    const assistant = await corpusAssistant();
    const { post, logged } = await serve({
      assistant: { ...assistant, search: () => Promise.reject(new Error('ENOENT /srv/secret')) },
    });
    const response = await post('/api/v1/search', { query: '水' });
    const requestId = response.headers.get('x-request-id');
    await errorOf(response);
    const line = logged().find(({ err }) => err);
    expect(line).toMatchObject({ level: 'error', requestId, err: { message: 'ENOENT /srv/secret' } });
    expect(line.err.stack).toContain('observe.test');
  });

  test('is quiet about machines that look whether it runs', async () => {
    const { fetch, logged } = await serve();
    await fetch('/healthz');
    expect(logged().filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});

describe('/metrics', () => {
  const scrape = async (service: Awaited<ReturnType<typeof serve>>) => {
    const response = await service.fetch('/metrics', {}, from('127.0.0.1'));
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const values = new Map<string, number>();
    for (const line of (await response.text()).split('\n')) {
      const [, name, value] = /^([^#]\S*) (\S+)$/.exec(line) ?? [];
      if (name) values.set(name, Number(value));
    }
    return values;
  };

  test('counts answers, refusals of the plans, feedback, and times every stage', async () => {
    const service = await serve();
    const { id } = await (await service.post('/api/v1/ask', { question: QUESTION })).json();
    await service.post('/api/v1/ask', { question: '四川2040年的森林覆盖率是多少' });
    await service.post('/api/v1/feedback', { answerId: id, rating: 'up' });
    const values = await scrape(service);
    const of = (name: string) => values.get(`guiwen_${name}`);
    expect(of('answers_total{status="answered",reason="",mode="extractive"}')).toBe(1);
    expect(of('answers_total{status="not_found",reason="year_not_given",mode="extractive"}')).toBe(1);
    expect(of('feedback_total{rating="up"}')).toBe(1);
    for (const stage of ['understand', 'search', 'answer', 'total']) {
      expect([stage, of(`ask_stage_duration_seconds_count{stage="${stage}"}`)]).toEqual([stage, 2]);
      expect(of(`ask_stage_duration_seconds_sum{stage="${stage}"}`)).toBeGreaterThan(0);
    }
    expect(of('fallbacks_total')).toBe(0);
    expect(of('http_request_duration_seconds_count{method="POST",route="/api/v1/ask",status="200"}')).toBe(2);
    expect(of('index_passages')).toBe((await corpusAssistant()).index.passages);
    expect(of('index_age_seconds')).toBeGreaterThan(0);
    expect(of('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  test('counts answers that a configured model did not write', async () => {
    const service = await serve({ generates: true });
    await service.post('/api/v1/ask', { question: QUESTION });
    expect((await scrape(service)).get('guiwen_fallbacks_total')).toBe(1);
  });

  test('is no larger for addresses that do not exist', async () => {
    const service = await serve();
    for (const path of ['/a', '/b', '/api/v1/plans/x', '/api/v1/plans/y', '/plans/%E0', '/c/d/e'])
      await service.fetch(path);
    const routes = [...(await scrape(service)).keys()].flatMap(
      (name) => /route="([^"]*)"/.exec(name)?.[1] ?? [],
    );
    expect([...new Set(routes)].sort()).toEqual(['/api/v1/plans/:id', '/plans/:id', 'other']);
  });
});

test('the dashboard in docs/grafana.json shows metrics that there are', async () => {
  const dashboard = readFileSync(new URL('../../../docs/grafana.json', import.meta.url), 'utf8');
  const used = new Set(dashboard.match(/guiwen_[a-z0-9_]+/g));
  const { body } = await (await serve({ generates: true })).metrics.render();
  const known = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  expect(used.size).toBeGreaterThan(12);
  for (const name of used) expect(known).toContain(name);
});

describe('readiness', () => {
  test('means that the index is loaded and the store can be written', async () => {
    expect((await (await serve()).fetch('/readyz')).status).toBe(200);
    const { state } = await serve();
    const full = { ...state, check: () => Promise.reject(new StateError('磁盘已满 /srv/data')) };
    const error = await errorOf(await (await serve({ state: full })).fetch('/readyz'));
    expect(error).toMatchObject({ status: 503, code: 'state_unavailable' });
  });

  test('ends when the server stops', async () => {
    const error = await errorOf(await (await serve({ isClosing: () => true })).fetch('/readyz'));
    expect(error).toMatchObject({ status: 503, code: 'not_ready' });
  });
});

describe('traces', () => {
  test('go to the collector: a span for the request, in the caller’s trace, and one for every stage', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        bodies.push(`${request.url}\n${body}`);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    afterAll(() => new Promise((resolve) => collector.close(resolve)));
    const { port } = collector.address() as AddressInfo;
    const tracing = await openTracing(`http://127.0.0.1:${port}/`, '1.2.3');
    const { post } = await serve({ tracing });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await post('/api/v1/ask', { question: QUESTION }, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    await tracing.close();
    expect(bodies[0]).toMatch(/^\/v1\/traces\n/);
    const sent = JSON.parse((bodies[0] as string).split('\n')[1] as string);
    const spans: { name: string; traceId: string; spanId: string; parentSpanId: string }[] =
      sent.resourceSpans[0].scopeSpans[0].spans;
    const root = spans.find(({ name }) => name === 'POST /api/v1/ask');
    expect(root).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' });
    const stages = spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
    expect(stages.map(({ name }) => name).sort()).toEqual(['ask answer', 'ask search', 'ask understand']);
    expect(bodies.join('')).not.toContain('森林');
  });
});

describe('a store that cannot be written', () => {
  test('lets people ask, with a notice and a line in the log; feedback is refused', async () => {
    const { state } = await serve();
    const fail = () => Promise.reject(new StateError('磁盘已满，写不了数据目录 /srv/data。'));
    const service = await serve({
      state: {
        ...state,
        answers: { ...state.answers, add: fail },
        feedback: { ...state.feedback, add: fail },
      },
    });
    const answer = await (await service.post('/api/v1/ask', { question: QUESTION })).json();
    expect(answer.status).toBe('answered');
    expect(answer.notices.join()).toContain('未能存档');
    expect(service.logged().find(({ err }) => err)).toMatchObject({ level: 'error', msg: 'keep answer' });
    const streamed = await service.post('/api/v1/ask', { question: QUESTION, stream: true });
    expect(await streamed.text()).toContain('未能存档');
    const refused = await errorOf(await service.post('/api/v1/feedback', { answerId: 'x', rating: 'up' }));
    expect(refused).toMatchObject({ status: 503, code: 'state_unavailable' });
    expect((await service.metrics.render()).body).toContain('guiwen_state_failures_total 3');
  });
});
