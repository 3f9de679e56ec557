/**
 * The Slack bot: {@link startSlack}.
 * @module
 */
import type { Bot, StartBot } from '../bots/bot.ts';
import { startRunner } from '../bots/runner.ts';
import { slackAdapter } from './adapter.ts';
import { createSlackApi } from './api.ts';
import { createReceiver } from './receiver.ts';
import { slackRoutes } from './routes.ts';
import { connectSocket } from './socket.ts';

/** Starts the Slack bot as far as it is configured. */
export const startSlack: StartBot = async (config, options): Promise<Bot> => {
  const { signingSecret, botToken, appToken, apiUrl } = config.slack;
  const { assistant, log } = options;
  if (botToken === undefined) {
    return {
      routes: slackRoutes({ signingSecret, receiver: undefined, log }),
      lines: signingSecret || appToken ? ['Slack：没有启动，还要设置 SLACK_BOT_TOKEN。'] : [],
      async stop() {},
    };
  }
  const api = createSlackApi(apiUrl, botToken);
  const runner = await startRunner(slackAdapter(api), options);
  const receiver = createReceiver({ api, runner, plans: assistant.plans(), log });
  const socket = appToken === undefined ? undefined : connectSocket({ appToken, apiUrl }, receiver, log);
  return {
    routes: slackRoutes({ signingSecret, receiver, log }),
    lines: linesFor(config),
    async stop(graceMs) {
      await Promise.all([socket?.stop(), runner.stop(graceMs)]);
    },
  };
};

function linesFor({ slack, publicUrl }: Parameters<StartBot>[0]): string[] {
  const lines: string[] = [];
  if (slack.appToken) lines.push('Slack：已启动，经 Socket Mode 连接。');
  if (slack.signingSecret) {
    lines.push(`Slack：已启动，在 ${publicUrl?.replace(/\/+$/, '') ?? ''}/slack/events 接收请求。`);
  }
  if (lines.length === 0) {
    lines.push(
      'Slack：收不到消息，还要设置 SLACK_SIGNING_SECRET（有公网地址）或 SLACK_APP_TOKEN（Socket Mode）。',
    );
  }
  if (!publicUrl) lines.push('Slack：没有设置 PUBLIC_URL，引文不带链接。');
  return lines;
}
