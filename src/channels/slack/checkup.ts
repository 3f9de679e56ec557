/**
 * Whether what is configured of Slack works: tried for `npm run doctor`, whose checks have this shape.
 * @module
 */
import { WebClient } from '@slack/web-api';
import type { Config } from '../../config.ts';
import { clientOptions, refusalOf } from './api.ts';

/** What a check found, in Chinese; never a secret. */
export type Found =
  | { readonly level: 'ok'; readonly message: string }
  | { readonly level: 'warning' | 'failure'; readonly message: string; readonly remedy: string };

/** Something to try. It leaves no trace. */
export interface Checkup {
  readonly name: string;
  run(config: Pick<Config, 'slack'>): Promise<Found>;
}

/** Rights without which the bot is mute or deaf. */
export const REQUIRED_SCOPES: readonly string[] = [
  'app_mentions:read',
  'chat:write',
  'commands',
  'im:history',
];
/** Rights that only reading what was said before in a thread, and the assistant's pane, depend on. */
export const USEFUL_SCOPES: readonly string[] = ['assistant:write', 'channels:history', 'groups:history'];

/** The bot's token is accepted, and has the rights it needs. */
export const botCheckup: Checkup = {
  name: 'Slack 机器人令牌',
  async run({ slack: { botToken, apiUrl } }) {
    if (botToken === undefined) return { level: 'ok', message: '未配置。' };
    try {
      const { team, user, response_metadata } = await new WebClient(
        botToken,
        clientOptions(apiUrl),
      ).auth.test();
      const given = response_metadata?.scopes;
      const lacks = (scopes: readonly string[]) => scopes.filter((scope) => given && !given.includes(scope));
      const remedy = '请在应用的 OAuth & Permissions 页加上这些权限，再重新安装应用。';
      if (lacks(REQUIRED_SCOPES).length > 0) {
        return { level: 'failure', message: `令牌缺少权限 ${lacks(REQUIRED_SCOPES).join('、')}。`, remedy };
      }
      if (lacks(USEFUL_SCOPES).length > 0) {
        const message = `可以用，但令牌缺少 ${lacks(USEFUL_SCOPES).join('、')}，读不到话题里先前的话或用不了助手窗格。`;
        return { level: 'warning', message, remedy };
      }
      return { level: 'ok', message: `在 ${team ?? '?'} 里是 ${user ?? '?'}，权限齐全。` };
    } catch (error) {
      return explained(
        error,
        'SLACK_BOT_TOKEN',
        '请在 OAuth & Permissions 页复制 Bot User OAuth Token（xoxb-…）。',
      );
    }
  },
};

/** The app's token opens Socket Mode. */
export const socketCheckup: Checkup = {
  name: 'Slack Socket Mode',
  async run({ slack: { appToken, apiUrl } }) {
    if (appToken === undefined) return { level: 'ok', message: '未配置。' };
    try {
      await new WebClient(appToken, clientOptions(apiUrl)).apps.connections.open({});
      return { level: 'ok', message: '应用令牌有效，可以连接。' };
    } catch (error) {
      return explained(
        error,
        'SLACK_APP_TOKEN',
        '请在 Basic Information 页的 App-Level Tokens 里生成带 connections:write 权限的令牌（xapp-…），并打开 Socket Mode。',
      );
    }
  },
};

function explained(error: unknown, variable: string, remedy: string): Found {
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    return { level: 'failure', message: `Slack 不接受 ${variable}（${refusal}）。`, remedy };
  }
  return {
    level: 'failure',
    message: `连不上 Slack 的接口（${(error as Error).message.split('\n')[0]}）。`,
    remedy: '请检查 SLACK_API_URL，以及防火墙或代理是否放行到它。',
  };
}
