/**
 * An answer as one Markdown text, for clients that know nothing of citations: the sources, notices and nearest
 * passages follow the answer below a rule.
 * @module
 */
import type { Answer, Citation } from '../answer/types.ts';
import { sourceUrl } from './links.ts';

/** How sources are shown. */
export interface MarkdownOptions {
  /** Sources are linked below this address; without it they are not links. */
  readonly publicUrl?: string | undefined;
}

/** Quotes are shown up to about this many characters; whole ones are in the structured citations. */
const QUOTE_SHOWN = 120;
const RULE = '\n\n---\n\n';
const SOURCES = '**来源**';
const NOTICES = '**提示**';
const RELATED = '**最接近的段落**';
const CORRECTION = '**更正**';
/** Clients may change white space, so only the rule and the headings count. */
const APPENDIX = /\s*\n-{3,}[ \t]*\n\s*(?:\*\*来源\*\*|\*\*提示\*\*|\*\*最接近的段落\*\*)/;
const CORRECTED = /\n-{3,}[ \t]*\n\s*\*\*更正\*\*[^\n]*\n/;

/** The whole answer: its text, then {@link appendix}. */
export function answerMarkdown(answer: Answer, options: MarkdownOptions = {}): string {
  return answer.answer + appendix(answer, options);
}

/** What follows an answer's text: numbered sources, notices, nearest passages; empty when there are none. */
export function appendix(
  { citations, notices, related }: Pick<Answer, 'citations' | 'notices' | 'related'>,
  { publicUrl }: MarkdownOptions = {},
): string {
  const sections: string[] = [];
  if (citations.length > 0) {
    const lines = citations.map((citation) => `- [${citation.n}] ${sourceLine(citation, publicUrl)}`);
    sections.push(`${SOURCES}\n\n${lines.join('\n')}`);
  }
  if (notices.length > 0) {
    sections.push(`${NOTICES}\n\n${notices.map((notice) => `- ${escapeMarkdown(notice)}`).join('\n')}`);
  }
  if (related.length > 0) {
    const lines = related.map((citation) => `- ${sourceLine(citation, publicUrl)}`);
    sections.push(`${RELATED}（供判断，不是回答）\n\n${lines.join('\n')}`);
  }
  return sections.length > 0 ? RULE + sections.join('\n\n') : '';
}

/** What is put after text that was shown already and turned out not to be the answer. */
export function correction(answer: string): string {
  return `${RULE}${CORRECTION}：以上文字没有通过核对，请以下面的回答为准。\n\n${answer}`;
}

/** The answer's text of a rendered answer: without what {@link appendix} and {@link correction} added. */
export function withoutAppendix(rendered: string): string {
  const corrected = CORRECTED.exec(rendered);
  const text = corrected ? rendered.slice(corrected.index + corrected[0].length) : rendered;
  const at = text.search(APPENDIX);
  return (at < 0 ? text : text.slice(0, at)).trim();
}

/** One source: plan, label, link if there is an address, and the quote, shortened. */
export function sourceLine(citation: Citation, publicUrl?: string): string {
  const name = escapeMarkdown(`《${citation.plan.title}》 ${citation.label}`.trim());
  const linked = publicUrl === undefined ? name : `[${name}](${sourceUrl(publicUrl, citation)})`;
  return `${linked}：“${escapeMarkdown(shorten(citation.quote))}”`;
}

/** The citation with the address of its source, if people can reach the server. */
export function withUrl(citation: Citation, publicUrl?: string): Citation & { readonly url?: string } {
  return publicUrl === undefined ? citation : { ...citation, url: sourceUrl(publicUrl, citation) };
}

/** `text` on one line and at most `max` characters long, cut after punctuation if some stands in its last half. */
export function shorten(text: string, max = QUOTE_SHOWN): string {
  const characters = [...text.replace(/\s+/gu, ' ').trim()];
  if (characters.length <= max) return characters.join('');
  const cut = characters.slice(0, max - 1).join('');
  const end = Math.max(...['。', '；', '！', '？', '，', '、'].map((mark) => cut.lastIndexOf(mark))) + 1;
  return `${end > cut.length / 2 ? cut.slice(0, end) : cut}…`;
}

/** Text that Markdown would take for markup within a line, shown as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<~|]/g, '\\$&');
}
