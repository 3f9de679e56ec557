/**
 * What a bot says, before any platform renders it.
 * @module
 */
import type { Answer, Citation, PlanSummary } from '../../answer/types.ts';
import { sourceUrl } from '../links.ts';
import type { Reply, Source } from './types.ts';

/** An answer as a reply: the same text and citations as everywhere, with links when the server has an address. */
export function answerReply(answer: Answer, publicUrl: string | undefined): Reply {
  return {
    kind: 'answer',
    answerId: answer.id,
    text: answer.answer,
    sources: answer.citations.map((citation) => sourceOf(citation, publicUrl)),
    notices: answer.notices,
    related: answer.related.map((citation) => sourceOf(citation, publicUrl)),
    followUps: answer.followUps,
  };
}

/** A citation as replies show it. */
export function sourceOf(citation: Citation, publicUrl: string | undefined): Source {
  return {
    n: citation.n,
    title: citation.plan.title,
    label: citation.label,
    quote: citation.quote,
    ...(publicUrl ? { url: sourceUrl(publicUrl, citation) } : {}),
  };
}

/** The result of a command. */
export const commandReply = (text: string, sources: readonly Source[] = []): Reply => ({
  kind: 'command',
  text,
  sources,
  notices: [],
  related: [],
  followUps: [],
});

/** Something went wrong on our side; `id` finds the cause in the log. */
export const errorReply = (id: string): Reply => ({
  kind: 'error',
  text: `抱歉，这个问题没能答成，请稍后再问一次。若一再如此，请把错误编号 ${id} 告诉管理员。`,
  sources: [],
  notices: [],
  related: [],
  followUps: [],
});

/** The message cannot be answered as it stands, and why. */
export const refusalReply = (text: string): Reply => ({ ...errorReply(''), text });

/** What the bot is for, and its commands. */
export function helpReply(plans: readonly PlanSummary[]): Reply {
  return commandReply(
    [
      `我用规划原文回答问题，每句都注明出处。现有 ${plans.length} 份规划。直接提问即可，也可以接着上一句追问。`,
      '',
      '- **帮助**（help）：看这段说明',
      '- **范围**（scope）：列出规划；**范围 名称或序号**：只查这一份；**范围 全部**：恢复',
      '- **原文 1**（source 1）：看上一个回答里引文 [1] 的整段原文',
      '- **重新开始**（reset）：忘掉前面的对话和范围',
    ].join('\n'),
  );
}

/** The plans, numbered, and to which of them the conversation is restricted. */
export function scopeReply(plans: readonly PlanSummary[], only: readonly string[], lead?: string): Reply {
  const restricted = plans.filter(({ id }) => only.includes(id));
  const now =
    restricted.length === 0
      ? '现在查全部规划。'
      : `现在只查${restricted.map(({ title }) => `《${title}》`).join('、')}。`;
  const lines = plans.map(
    ({ title, shortNames, status }, i) =>
      `${i + 1}. 《${title}》${shortNames.length > 0 ? `（${shortNames.join('、')}）` : ''}${status === 'draft' ? ' 征求意见稿' : ''}`,
  );
  return commandReply(
    [lead ?? now, '', ...lines, '', '发“范围 名称或序号”只查一份，发“范围 全部”查全部。'].join('\n'),
  );
}
