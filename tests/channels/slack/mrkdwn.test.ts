/** From Markdown to Slack’s notation, and from what was typed in Slack to plain text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escaped, toMrkdwn, unescaped } from '../../../src/channels/slack/mrkdwn.ts';

test.each([
  ['**重庆**：52.5%[1]', '*重庆*：52.5%[1]'],
  ['- 一\n- 二', '• 一\n• 二'],
  ['## 目标', '*目标*'],
  ['PM\\_2.5 \\*', 'PM_2.5 *'],
  ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
  ['**a<b**', '*a&lt;b*'],
  ['<!channel> <@U1>', '&lt;!channel&gt; &lt;@U1&gt;'],
  ['| 指标 | 值 |\n| --- | ---: |\n| 森林 | 57% |', '指标 ｜ 值\n森林 ｜ 57%'],
])('%j is shown as %j', (markdown, mrkdwn) => {
  expect(toMrkdwn(markdown)).toBe(mrkdwn);
});

test.each([
  ['<@UBOT> 森林覆盖率？', '森林覆盖率？'],
  ['<@UBOT|guiwen>：好', '：好'],
  ['看 <https://a.example/x|这里> 和 <https://b.example>', '看 这里 和 https://b.example'],
  ['<#C1|general> 里的 <!here> PM2.5 &lt; 35 &amp; O3', '#general 里的 PM2.5 < 35 & O3'],
  ['&amp;lt;', '&lt;'],
])('typed %j is read as %j', (typed, text) => {
  expect(unescaped(typed)).toBe(text);
});

test('nothing that is shown can address anybody', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>&@!*\\-| #a\n') }), (text) => {
      expect(toMrkdwn(text)).not.toMatch(/[<>]/);
    }),
  );
});

test('what is escaped reads as it was', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z<>&!@|;]+$/), (text) => {
      expect(unescaped(escaped(text))).toBe(text);
    }),
  );
});
