/**
 * Markdown as answers use it, in Slack's own notation: https://docs.slack.dev/messaging/formatting-message-text
 * @module
 */

/** Text that Slack shows as it stands: its three control characters are replaced. */
export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** What was typed in Slack, as plain text: without mentions of people, links by their words. */
export function unescaped(text: string): string {
  return text
    .replace(/<@[A-Z0-9]+(?:\|[^>]*)?>/g, ' ')
    .replace(/<#[A-Z0-9]+\|([^>]*)>/g, '#$1')
    .replace(/<![^>|]*(?:\|([^>]*))?>/g, (_all, label: string | undefined) => label ?? ' ')
    .replace(/<([^>|]+)\|([^>]*)>/g, '$2')
    .replace(/<((?:https?|mailto):[^>]+)>/g, '$1')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

/** Markdown in mrkdwn: bold, lists and headings; a table becomes its rows; other text stays as it is, escaped. */
export function toMrkdwn(markdown: string): string {
  return markdown
    .split('\n')
    .filter((line) => !/^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line))
    .map((line) => {
      const row = /^\s*\|(.*)\|\s*$/.exec(line);
      if (row) return inline(cells(row[1] ?? '').join(' ｜ '));
      const item = /^(\s*)[-*+] (.*)$/s.exec(line);
      if (item) return `${item[1]}• ${inline(item[2] ?? '')}`;
      const heading = /^#{1,6} +(.*)$/.exec(line);
      return heading ? `*${inline(heading[1] ?? '').replace(/\*/g, '')}*` : inline(line);
    })
    .join('\n');
}

const cells = (row: string) => row.split(/(?<!\\)\|/).map((cell) => cell.trim());

/** Bold and backslash escapes within a line; the rest is escaped for Slack. */
function inline(text: string): string {
  return text
    .split(/(\\[!-/:-@[-`{-~]|\*\*(?:[^*\\]|\\.)+\*\*)/)
    .map((part, i) => {
      if (i % 2 === 0) return escaped(part);
      return part.startsWith('\\') ? escaped(part.slice(1)) : `*${inline(part.slice(2, -2))}*`;
    })
    .join('');
}
