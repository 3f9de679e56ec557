/**
 * Whether what is configured of WeCom works: tried for `npm run doctor`, whose checks have this shape.
 * @module
 */
import type { Config } from '../../config.ts';
import { WecomError, wecomApi } from './api.ts';
import { waysOf } from './settings.ts';
import { botSocket } from './socket.ts';

/** What a check found, in Chinese; never a secret. */
export type Found =
  | { readonly level: 'ok'; readonly message: string }
  | { readonly level: 'warning' | 'failure'; readonly message: string; readonly remedy: string };

/** Something to try. */
export interface Checkup {
  readonly name: string;
  run(config: Pick<Config, 'wecom' | 'host' | 'port'>, signal: AbortSignal): Promise<Found>;
}

/** What WeCom's error codes mean here (全局错误码), for those that a person can do something about. */
const REMEDIES: Readonly<Record<number, string>> = {
  40001: 'WECOM_CORP_SECRET 不对：请在管理后台“应用管理”里重新查看这个自建应用的 Secret。',
  40013: 'WECOM_CORP_ID 不对：请在管理后台“我的企业”底部查看企业 ID。',
  40056: 'WECOM_AGENT_ID 不对：请在应用页查看 AgentId。',
  45009: '调用太频繁，请过一分钟再试。',
  60020: '请在应用页的“企业可信 IP”里加上本机的出口 IP。',
};

/** A self-built app's secret gives an access token. */
export const appCheckup: Checkup = {
  name: '企业微信自建应用',
  async run({ wecom }) {
    const { app } = waysOf(wecom).ways;
    if (!app) return { level: 'ok', message: '未配置。' };
    try {
      await wecomApi(app).accessToken();
      return { level: 'ok', message: '取得了 access_token。' };
    } catch (error) {
      if (!(error instanceof WecomError)) throw error;
      const remedy =
        error.code === undefined
          ? '请检查 WECOM_API_URL，以及本机能否访问它。'
          : (REMEDIES[error.code] ?? '请按错误码在企业微信文档“全局错误码”里查原因。');
      return { level: 'failure', message: `取不到 access_token（${error.message}）。`, remedy };
    }
  },
};

/**
 * An intelligent bot's id and secret open a connection. As a bot has only one, this is not tried while the service
 * runs here: it would lose its own.
 */
export const socketCheckup: Checkup = {
  name: '企业微信智能机器人长连接',
  async run({ wecom, host, port }, signal) {
    const { socket: settings } = waysOf(wecom).ways;
    if (!settings) return { level: 'ok', message: '未配置。' };
    if (await isRunning(host, port, signal)) {
      return { level: 'ok', message: '服务正在运行；为免挤掉它的连接，这次不试。' };
    }
    const socket = botSocket({ ...settings, onFrame() {}, log() {}, redialMs: 200 });
    socket.connect();
    try {
      await socket.ready(CONNECT_MS);
      return { level: 'ok', message: '连接并认证成功，已断开。' };
    } catch {
      return socket.state === 'refused'
        ? {
            level: 'failure',
            message: '认证失败。',
            remedy: '请检查 WECOM_BOT_ID 和 WECOM_BOT_SECRET，并确认机器人的 API 模式选的是长连接。',
          }
        : {
            level: 'failure',
            message: `连不上 ${settings.wsUrl}。`,
            remedy: '请检查 WECOM_WS_URL，以及防火墙或代理是否放行到它的 WebSocket。',
          };
    } finally {
      socket.stop();
    }
  },
};

/** How long a connection may take, in milliseconds. */
const CONNECT_MS = 15_000;

/** Whether the service listens on this machine. */
async function isRunning(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${name}:${port}/healthz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)]),
    });
    return response.ok;
  } catch {
    return false;
  }
}
