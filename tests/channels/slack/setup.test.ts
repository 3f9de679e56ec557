/** The manifest, the document and the check-up agree with the bot. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  botCheckup,
  REQUIRED_SCOPES,
  socketCheckup,
  USEFUL_SCOPES,
} from '../../../src/channels/slack/checkup.ts';
import { readEvent } from '../../../src/channels/slack/payloads.ts';
import { parseConfig } from '../../../src/config.ts';
import { openSlack } from './opened.ts';
import type { ScriptedSlack } from './scripted-slack.ts';
import { APP_TOKEN, BOT_TOKEN, direct, mention } from './scripted-slack.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const text = readFileSync(join(DOCS, 'slack-manifest.yaml'), 'utf8');

describe('the manifest', () => {
  const manifest = parse(text);

  test('asks for the rights that the check-up looks for, and no others', () => {
    expect(manifest.oauth_config.scopes.bot).toEqual([...REQUIRED_SCOPES, ...USEFUL_SCOPES].sort());
  });

  test('subscribes to the events that are answered', () => {
    const events: string[] = manifest.settings.event_subscriptions.bot_events;
    expect(events).toEqual([
      'app_mention',
      'assistant_thread_context_changed',
      'assistant_thread_started',
      'message.im',
    ]);
    for (const event of [mention('森林', '1.1'), direct('森林', '1.1')])
      expect(readEvent(event).kind).toBe('message');
  });

  test('keeps to the lengths that Slack allows', () => {
    const { name, description } = manifest.display_information;
    expect(name.length).toBeLessThanOrEqual(35);
    expect(description.length).toBeLessThanOrEqual(140);
  });

  test('works without a public address as it stands, and with one when its lines are uncommented', () => {
    expect(manifest.settings.socket_mode_enabled).toBe(true);
    const open = parse(text.replace(/# (?=(?:request_)?url: )/g, ''));
    const url = 'https://plans.example.org/slack/events';
    expect(open.features.slash_commands[0]).toMatchObject({ command: '/guiwen', url });
    expect(open.settings.event_subscriptions.request_url).toBe(url);
    expect(open.settings.interactivity.request_url).toBe(url);
  });
});

test('the document names the variables and what the errors mean', () => {
  const document = readFileSync(join(DOCS, 'slack.md'), 'utf8');
  for (const name of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'PUBLIC_URL'])
    expect(document).toContain(name);
  for (const code of ['slack_not_configured', 'invalid_signature', 'not_ready', 'missing_scope'])
    expect(document).toContain(code);
});

describe('the check-up', () => {
  const configFor = (slack: ScriptedSlack, env: Record<string, string>) =>
    parseConfig({ SLACK_API_URL: slack.apiUrl, ...env });

  test('says that nothing is configured', async () => {
    for (const checkup of [botCheckup, socketCheckup])
      expect(await checkup.run(parseConfig({}))).toEqual({ level: 'ok', message: '未配置。' });
  });

  test('is content with tokens that work', async () => {
    const slack = await openSlack();
    const config = configFor(slack, { SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_APP_TOKEN: APP_TOKEN });
    expect(await botCheckup.run(config)).toMatchObject({ level: 'ok' });
    expect(await socketCheckup.run(config)).toMatchObject({ level: 'ok' });
    expect(slack.sockets).toEqual([]);
  });

  test('names a token that Slack refuses, without the token', async () => {
    const slack = await openSlack();
    const config = configFor(slack, { SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: 'xapp-wrong' });
    const found = [await botCheckup.run(config), await socketCheckup.run(config)];
    expect(found.map(({ level }) => level)).toEqual(['failure', 'failure']);
    expect(found[0]?.message).toContain('SLACK_BOT_TOKEN（invalid_auth）');
    expect(found[1]?.message).toContain('SLACK_APP_TOKEN（invalid_auth）');
    expect(JSON.stringify(found)).not.toContain('wrong');
  });

  test('names the rights that are missing', async () => {
    const slack = await openSlack();
    const config = configFor(slack, { SLACK_BOT_TOKEN: BOT_TOKEN });
    slack.scopes.splice(slack.scopes.indexOf('groups:history'), 1);
    expect(await botCheckup.run(config)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('groups:history'),
    });
    slack.scopes.splice(slack.scopes.indexOf('chat:write'), 1);
    expect(await botCheckup.run(config)).toMatchObject({
      level: 'failure',
      message: expect.stringContaining('chat:write'),
    });
  });

  test('says so when Slack cannot be reached', async () => {
    const slack = await openSlack();
    const config = configFor(slack, { SLACK_BOT_TOKEN: BOT_TOKEN });
    slack.follow(() => 'hang up');
    expect(await botCheckup.run(config)).toMatchObject({
      level: 'failure',
      remedy: expect.stringContaining('SLACK_API_URL'),
    });
  });
});
