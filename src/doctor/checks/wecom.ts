/** Whether WeCom is configured whole. @module */
import { setAndMissing } from '../settings.ts';
import type { Check } from '../types.ts';
import { failure, ok } from '../types.ts';

/** WeCom's variables: each of its ways whole or not at all. */
export const wecomSettings: Check = {
  name: '企业微信配置',
  async run({ wecom }) {
    const ways = {
      '智能机器人（WebSocket）': { WECOM_BOT_ID: wecom.botId, WECOM_BOT_SECRET: wecom.botSecret },
      '回调（/wecom/callback）': {
        WECOM_TOKEN: wecom.token,
        WECOM_ENCODING_AES_KEY: wecom.encodingAesKey,
      },
      自建应用: {
        WECOM_CORP_ID: wecom.corpId,
        WECOM_CORP_SECRET: wecom.corpSecret,
        WECOM_AGENT_ID: wecom.agentId,
        // Its messages come by callback.
        ...(wecom.corpId || wecom.corpSecret || wecom.agentId
          ? { WECOM_TOKEN: wecom.token, WECOM_ENCODING_AES_KEY: wecom.encodingAesKey }
          : {}),
      },
    };
    const whole: string[] = [];
    for (const [way, variables] of Object.entries(ways)) {
      const { set, missing } = setAndMissing(variables);
      if (set.length === 0) continue;
      if (missing.length > 0)
        return failure(
          `${way}设了 ${set.join('、')}，没有设 ${missing.join('、')}。`,
          '请补上，或把这一组变量都去掉。',
        );
      whole.push(way);
    }
    return ok(whole.length === 0 ? '未配置。' : `齐全：${whole.join('、')}。`);
  },
};
