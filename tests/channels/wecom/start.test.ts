/** `npm start` with WeCom configured, killed and started again. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { appMessage, call, converse, send } from './caller.ts';
import type { PlatformApi } from './platform-api.ts';
import { AGENT_ID, CORP_SECRET, startPlatformApi } from './platform-api.ts';
import { CALLBACK, sourcesIn, until } from './running.ts';
import { CORP_ID } from './sealing.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PLAN = '02-regional-chuanyu-pilot-zone-draft.txt';
const folder = mkdtempSync(join(tmpdir(), 'guiwen-wecom-start-'));
const running: ChildProcess[] = [];
let platform: PlatformApi;

beforeAll(() => {
  mkdirSync(join(folder, 'corpus'));
  copyFileSync(join(ROOT, 'corpus', PLAN), join(folder, 'corpus', PLAN));
});
beforeEach(async () => {
  platform = await startPlatformApi();
  return () => platform.close();
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The server as a process of its own, once it says that it is ready. */
async function start(env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli.ts'), 'serve'],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        PUBLIC_URL: 'https://plans.example.org',
        ...CALLBACK,
        WECOM_CORP_ID: CORP_ID,
        WECOM_CORP_SECRET: CORP_SECRET,
        WECOM_AGENT_ID: AGENT_ID,
        WECOM_API_URL: platform.url,
        ...env,
      },
    },
  );
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
  }
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(() => /规问已就绪：/.test(said) || child.exitCode !== null);
  const url = /规问已就绪：(http:\S+)/.exec(said)?.[1];
  if (!url) throw new Error(said);
  const kill = () => {
    child.kill('SIGKILL');
    return ended;
  };
  return { url, said: () => said, kill };
}

it('a message acknowledged by a process that is killed is answered by the next, once', async () => {
  // The answer is made, and on its way, when the process dies.
  platform.tokenDelay = 600_000;
  const first = await start();
  expect(first.said()).toContain('企业微信自建应用已启用');
  expect((await send(call(first.url, appMessage('1', '范围'), 'app'))).status).toBe(200);
  await until(() => platform.calls.get('/cgi-bin/gettoken') === 1);
  await first.kill();
  expect(platform.sent).toEqual([]);

  platform.tokenDelay = 0;
  const second = await start();
  await until(() => platform.sent.length === 1);
  expect((await send(call(second.url, appMessage('1', '范围'), 'app'))).status).toBe(200);
  const frames = await converse(second.url, { msgid: 'm1', text: '先行区的建设目标是什么？' });
  expect(sourcesIn(frames.at(-1)?.content ?? '').length).toBeGreaterThan(0);
  await second.kill();

  const third = await start({ WECOM_AGENT_ID: '' });
  expect(third.said()).toContain('企业微信自建应用没有启用：还缺 WECOM_AGENT_ID。');
  expect(platform.sent).toHaveLength(1);
});
