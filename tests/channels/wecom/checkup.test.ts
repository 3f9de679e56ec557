/** What the doctor finds of WeCom. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appCheckup, socketCheckup } from '../../../src/channels/wecom/checkup.ts';
import { parseConfig } from '../../../src/config.ts';
import type { PlatformApi } from './platform-api.ts';
import { AGENT_ID, CORP_SECRET, startPlatformApi } from './platform-api.ts';
import type { PlatformSocket } from './platform-socket.ts';
import { BOT_ID, BOT_SECRET, startPlatformSocket } from './platform-socket.ts';
import { CALLBACK, serve, until, useServer } from './running.ts';
import { CORP_ID } from './sealing.ts';

useServer();
let api: PlatformApi;
let platform: PlatformSocket;
beforeEach(async () => {
  api = await startPlatformApi();
  platform = await startPlatformSocket();
});
afterEach(async () => {
  await api.close();
  await platform.close();
});

const { signal } = new AbortController();
const config = (env: Record<string, string>) => parseConfig({ PORT: '1', ...env });
const app = () => ({
  ...CALLBACK,
  WECOM_CORP_ID: CORP_ID,
  WECOM_CORP_SECRET: CORP_SECRET,
  WECOM_AGENT_ID: AGENT_ID,
  WECOM_API_URL: api.url,
});
const bot = () => ({ WECOM_BOT_ID: BOT_ID, WECOM_BOT_SECRET: BOT_SECRET, WECOM_WS_URL: platform.url });

describe('the self-built app', () => {
  it('works when it gets a token', async () => {
    expect(await appCheckup.run(config(app()), signal)).toMatchObject({ level: 'ok' });
  });

  it.each([
    ['a wrong secret', { WECOM_CORP_SECRET: 'another' }, /40001/, /WECOM_CORP_SECRET/],
    ['a wrong corp', { WECOM_CORP_ID: 'ww1' }, /40013/, /WECOM_CORP_ID/],
    ['no way there', { WECOM_API_URL: 'http://127.0.0.1:9' }, /gettoken/, /WECOM_API_URL/],
  ])('does not with %s, and says what to do', async (_, env, message, remedy) => {
    const found = await appCheckup.run(config({ ...app(), ...env }), signal);
    expect(found).toMatchObject({
      level: 'failure',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
    expect(JSON.stringify(found)).not.toContain(CORP_SECRET);
  });
});

describe('the bot’s connection', () => {
  it('works when it is let in, and is left again', async () => {
    expect(await socketCheckup.run(config(bot()), signal)).toMatchObject({ level: 'ok' });
    expect(platform.subscriptions()).toBe(1);
    await until(() => !platform.connected());
  });

  it('does not with a wrong secret', async () => {
    const found = await socketCheckup.run(config({ ...bot(), WECOM_BOT_SECRET: 'another' }), signal);
    expect(found).toMatchObject({ level: 'failure', remedy: expect.stringContaining('WECOM_BOT_SECRET') });
  });

  it('is not tried while the service runs here, which would lose its own', async () => {
    const { url } = await serve(bot());
    await until(() => platform.connected());
    const { port } = new URL(url);
    const found = await socketCheckup.run(config({ ...bot(), PORT: port }), signal);
    expect(found).toMatchObject({ level: 'ok', message: expect.stringContaining('正在运行') });
    expect(platform.subscriptions()).toBe(1);
  });
});

it('what is not configured is not tried', async () => {
  expect(await appCheckup.run(config({}), signal)).toEqual({ level: 'ok', message: '未配置。' });
  expect(await socketCheckup.run(config({}), signal)).toEqual({ level: 'ok', message: '未配置。' });
});
