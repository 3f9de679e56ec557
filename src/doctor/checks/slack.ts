/** Whether Slack is configured whole. @module */
import { setAndMissing } from '../settings.ts';
import type { Check } from '../types.ts';
import { failure, ok } from '../types.ts';

/** Slack's variables: nothing, or what either of its two ways needs. */
export const slackSettings: Check = {
  name: 'Slack 配置',
  async run({ slack }) {
    const { set } = setAndMissing({
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    });
    if (set.length === 0) return ok('未配置。');
    const remedy = '请补上，或把 Slack 的变量都去掉。';
    if (!slack.botToken) return failure(`设了 ${set.join('、')}，没有设 SLACK_BOT_TOKEN。`, remedy);
    if (!slack.appToken && !slack.signingSecret)
      return failure(
        '只设了 SLACK_BOT_TOKEN，收不到消息：还要 SLACK_APP_TOKEN（Socket 模式）或 SLACK_SIGNING_SECRET（事件回调）。',
        remedy,
      );
    return ok(
      slack.appToken ? '齐全，用 Socket 模式，无需公网地址。' : '齐全，用事件回调（/slack/events）。',
    );
  },
};
