/** Whether links in bots lead anywhere. @module */
import type { Check } from '../types.ts';
import { ok, warning } from '../types.ts';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/;

/** PUBLIC_URL is set, and reachable by others, when a bot is configured. */
export const publicUrl: Check = {
  name: '公开网址',
  async run({ publicUrl: url, slack, wecom }) {
    const bots = [slack.botToken, wecom.botId, wecom.token].some((value) => value !== undefined);
    const remedy = '请把 PUBLIC_URL 设为同事打开本服务的网址，例如 https://guihua.example.org。';
    if (!url)
      return bots
        ? warning('配置了机器人，没有设 PUBLIC_URL：消息里的引文没有链接。', remedy)
        : ok('未设置；没有机器人，用不到。');
    if (bots && LOOPBACK.test(new URL(url).hostname))
      return warning(`PUBLIC_URL 是 ${new URL(url).origin}，只有本机能打开。`, remedy);
    return ok(`${new URL(url).origin}。`);
  },
};
