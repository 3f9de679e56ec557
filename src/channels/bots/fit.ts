/**
 * Making a reply fit a platform's limit without harming its citations.
 * @module
 */
import type { Reply, Source } from './types.ts';
import { SHORTENED } from './types.ts';

/** Lengths quotes are shortened to, in turn, in characters. */
const QUOTE_LENGTHS = [200, 80, 40];

/**
 * The most of a reply that `fits`, given up in this order: follow-up questions, length of the related passages, the
 * related passages, length of the quotes, and last the end of the text, which is cut behind a citation or at the end
 * of a line, never within a statement, with a notice that says so. Every [n] that stays keeps its source, no source
 * stays without its [n], and a shortened quote is the beginning of the quote followed by {@link SHORTENED}.
 *
 * @param fits whether the reply as rendered keeps to the limit
 * @param more where the whole answer can be read, for the notice; e.g. an address
 */
export function fitted(reply: Reply, fits: (reply: Reply) => boolean, more?: string): Reply {
  let best = reply;
  if (fits(best)) return best;
  const steps: ((reply: Reply) => Reply)[] = [
    (r) => ({ ...r, followUps: [] }),
    (r) => ({ ...r, related: r.related.map((source) => shortened(source, 80)) }),
    (r) => ({ ...r, related: [] }),
    ...QUOTE_LENGTHS.map((length) => (r: Reply) => ({
      ...r,
      sources: r.sources.map((source) => shortened(source, length)),
    })),
  ];
  for (const step of steps) {
    best = step(best);
    if (fits(best)) return best;
  }
  const units = statements(reply.text);
  for (let kept = units.length - 1; kept >= 0; kept--) {
    const cut = cutTo(best, units.slice(0, kept).join(''), more);
    if (kept === 0 || fits(cut)) return cut;
  }
  return cutTo(best, '', more);
}

/** A Markdown text in pieces that may be left off from the end: each ends behind its citations or its line. */
export function statements(text: string): string[] {
  return text.match(/[^\n]*?(?:(?<!\\)\[\d+\][，。；;、,. ]*)+\n*|[^\n]*\n+|[^\n]+$/g) ?? [];
}

/** The citation numbers a Markdown text refers to. */
export function marksIn(text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(/(?<!\\)\[(\d+)\]/g)].map((match) => Number(match[1])));
}

function cutTo(reply: Reply, text: string, more: string | undefined): Reply {
  const marks = marksIn(text);
  const where = more ? `完整的回答见 ${more}。` : '把问题问得更具体些，可以看到其余部分。';
  return {
    ...reply,
    text: text.trimEnd(),
    sources: reply.sources.filter(({ n }) => marks.has(n)),
    notices: [...reply.notices, `回答太长，后面的部分没有显示。${where}`],
  };
}

function shortened(source: Source, length: number): Source {
  const quote = source.quote.endsWith(SHORTENED) ? source.quote.slice(0, -SHORTENED.length) : source.quote;
  if (quote.length <= length) return source;
  // A surrogate pair stays whole.
  const end = /[\uD800-\uDBFF]/.test(quote[length - 1] ?? '') ? length - 1 : length;
  return { ...source, quote: quote.slice(0, end) + SHORTENED };
}
