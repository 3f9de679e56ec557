/** Whether anyone on the network may ask. @module */
import type { Check } from '../types.ts';
import { ok, warning } from '../types.ts';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;
const MODES = { keys: '持密钥者', header: '经反向代理登录者', jwt: '持登录令牌者' } as const;

/** A server that others reach asks who they are. */
export const access: Check = {
  name: '访问控制',
  async run({ host, access: { mode } }) {
    if (mode !== 'none') return ok(`AUTH=${mode}：${MODES[mode]}可以使用。`);
    if (LOOPBACK.test(host)) return ok('AUTH=none，只供本机访问。');
    return warning(
      `AUTH=none，HOST=${host}：网络上的任何人都能提问和阅读。`,
      '要求密钥或登录，请设置 AUTH（见 docs/security.md）；若前面的反向代理已经管住，可以不理会。',
    );
  },
};
