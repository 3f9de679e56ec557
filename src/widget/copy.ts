/**
 * An answer as text to paste elsewhere, its citations with it.
 * @module
 */
import { parseMarkdown, plainText } from './markdown.ts';
import type { Answer, Citation } from './types.ts';

/** Text with marks [1], and below it where each stands and what it says. */
export function answerAsText(answer: Answer): string {
  return joined([
    answer.question,
    plainText(parseMarkdown(answer.answer)),
    answer.citations
      .map(({ n, plan, label, quote }) => `[${n}] 《${plan.title}》${label}：“${quote}”`)
      .join('\n'),
    answer.notices.map((notice) => `提示：${notice}`).join('\n'),
  ]);
}

/** Markdown: the answer as it is, quotes as block quotes below, each with a link to its source. */
export function answerAsMarkdown(answer: Answer, sourceUrl: (citation: Citation) => string): string {
  const citations = answer.citations.map((citation) => {
    const { n, plan, label, quote } = citation;
    const quoted = quote.split('\n').map((line) => `> ${escapeMarkdown(line)}`);
    return [
      `\\[${n}\\] [《${escapeMarkdown(plan.title)}》${escapeMarkdown(label)}](<${sourceUrl(citation)}>)`,
      '',
      ...quoted,
    ].join('\n');
  });
  return joined([
    `**${escapeMarkdown(answer.question)}**`,
    // Brackets with a number are no link, but some readers take them for one.
    answer.answer.replace(/\\.|\[\d{1,3}\]/g, (mark) =>
      mark.startsWith('[') ? `\\${mark.slice(0, -1)}\\]` : mark,
    ),
    ...citations,
    ...answer.notices.map((notice) => `*${escapeMarkdown(notice)}*`),
  ]);
}

const joined = (parts: readonly string[]) => `${parts.filter((part) => part !== '').join('\n\n')}\n`;

const escapeMarkdown = (text: string) => text.replace(/[\\`*_{}[\]<>|#~]/g, '\\$&');

/** Puts text on the clipboard; where pages may not (http), by the old way. False if neither works. */
export async function copyText(text: string, within: ParentNode & Node): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    within.appendChild(area);
    const focused = (within.getRootNode() as Document | ShadowRoot).activeElement;
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    (focused as HTMLElement | null)?.focus();
    return copied;
  }
}
