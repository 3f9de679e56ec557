/**
 * Which of the three ways is configured, and what is missing of those begun.
 * @module
 */
import type { Config } from '../../config.ts';
import type { WecomApp } from './api.ts';
import type { SealKeys } from './seal.ts';

/** The variables `WECOM_…`. */
export type WecomSettings = Config['wecom'];

/** What can be started. */
export interface Ways {
  readonly socket?:
    | { readonly botId: string; readonly botSecret: string; readonly wsUrl: string }
    | undefined;
  /** Callbacks of an intelligent bot, and of the app if there is one. */
  readonly callback?: SealKeys | undefined;
  /** Only together with `callback`: an app that cannot be written to cannot answer. */
  readonly app?: WecomApp | undefined;
}

/** The ways whose variables are all set, and a line in Chinese for each way that is used or only begun. */
export function waysOf(settings: WecomSettings): { ways: Ways; lines: readonly string[] } {
  const { botId, botSecret, wsUrl, token, encodingAesKey, corpId, corpSecret, agentId, apiUrl } = settings;
  const socket = whole('智能机器人（长连接）', { WECOM_BOT_ID: botId, WECOM_BOT_SECRET: botSecret });
  const callback = whole('回调（/wecom/callback）', {
    WECOM_TOKEN: token,
    WECOM_ENCODING_AES_KEY: encodingAesKey,
  });
  const app = whole(
    '自建应用',
    { WECOM_CORP_ID: corpId, WECOM_CORP_SECRET: corpSecret, WECOM_AGENT_ID: agentId },
    { WECOM_TOKEN: token, WECOM_ENCODING_AES_KEY: encodingAesKey },
  );
  return {
    ways: {
      ...(socket.complete && botId && botSecret ? { socket: { botId, botSecret, wsUrl } } : {}),
      ...(callback.complete && token && encodingAesKey ? { callback: { token, encodingAesKey } } : {}),
      ...(app.complete && corpId && corpSecret && agentId
        ? { app: { apiUrl, corpId, corpSecret, agentId } }
        : {}),
    },
    lines: [socket, callback, app].flatMap(({ line }) => line ?? []),
  };
}

/** Whether all variables of a way are set, and a line that says so; if only some of its own are, the line names the rest. */
function whole(
  way: string,
  own: Readonly<Record<string, string | undefined>>,
  shared: Readonly<Record<string, string | undefined>> = {},
): { complete: boolean; line?: string } {
  const missing = Object.entries({ ...own, ...shared })
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  const begun = Object.values(own).some((value) => value !== undefined);
  if (missing.length === 0) return { complete: true, line: `企业微信${way}已启用。` };
  return {
    complete: false,
    ...(begun ? { line: `企业微信${way}没有启用：还缺 ${missing.join('、')}。` } : {}),
  };
}
