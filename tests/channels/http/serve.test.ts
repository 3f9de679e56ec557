/** The server before it is ready, and when it cannot listen. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import type { RunningServer } from '../../../src/channels/http/serve.ts';
import { ListenError, startServer } from '../../../src/channels/http/serve.ts';
import { errorOf, state } from './opened.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop(0)));
});

async function start(host = '127.0.0.1', port = 0) {
  const server = await startServer({ host, port });
  servers.push(server);
  return server;
}

/** Only what `/readyz` asks for; answers are tested with the real one. */
const loaded = {
  index: { builtAt: '2026-01-01T00:00:00Z', plans: 1, passages: 2, embedding: 'x' },
  plans: () => [],
} as unknown as Assistant;

test('until the index is loaded the server is alive but not ready, and says so', async () => {
  const server = await start();
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  for (const path of ['/readyz', '/', '/api/v1/plans']) {
    const response = await fetch(server.url + path);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await errorOf(response)).toMatchObject({ status: 503, code: 'not_ready' });
  }
  server.use({ assistant: loaded, state });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

test('a port in use is told with its number and a way out', async () => {
  const { port } = new URL((await start()).url);
  const error = await start('127.0.0.1', Number(port)).catch((reason) => reason);
  expect(error).toBeInstanceOf(ListenError);
  expect(error.message).toContain(`端口 ${port} 已被占用`);
  expect(error.message).toContain('PORT=');
});

test('an address of another machine is told', async () => {
  await expect(start('203.0.113.7')).rejects.toThrow('HOST 的值“203.0.113.7”不是本机的地址');
});

test('what listens everywhere is reached at localhost', async () => {
  expect((await start('0.0.0.0')).url).toMatch(/^http:\/\/localhost:\d+$/);
});

test('an address with bare Chinese characters is no HTTP, and is told so in the contract’s shape', async () => {
  const server = await start();
  const { port } = new URL(server.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write('GET /api/v1/indicators?name=森林 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code: 'invalid_request' } });
});

test('a request with an impossible host gets the contract’s error', async () => {
  const server = await start();
  server.use({ assistant: loaded, state });
  const body = await new Promise<string>((resolve, reject) => {
    request(server.url, { headers: { host: 'a b' } }, (response) => {
      expect(response.statusCode).toBe(400);
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  expect(JSON.parse(body).error.code).toBe('invalid_request');
});
