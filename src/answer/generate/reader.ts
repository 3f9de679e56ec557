/**
 * A model's reply, as it comes in pieces of any size → its sentences, list items and table rows, each as soon as it
 * is complete: with the marks that follow its full stop, so that a mark is never torn.
 * @module
 */
import { markerLength, mayBecomeMarker } from './markers.ts';

/** A complete piece of a reply. */
export interface Piece {
  readonly kind: 'sentence' | 'row' | 'heading';
  /** Marks included; list and quotation marks at the line's beginning taken off. */
  readonly text: string;
  /** It begins a line. */
  readonly opens: boolean;
  /** Its line is a list's item. */
  readonly item: boolean;
}

/** Takes the reply's text and gives its pieces. */
export interface Reader {
  push(text: string): Piece[];
  /** What is left when the reply is complete; a truncated reply's last piece is thrown away. */
  end(truncated?: boolean): Piece[];
}

/** A sentence longer than this is no sentence; it is given as it stands, and fails the check by its length. */
export const SENTENCE_MAX = 600;

const LIST_MARK =
  /^(?:[-*+•·●]\s+|[-•·●](?=\S)|——|\d{1,2}[.．、)）](?!\d)\s*|[(（]\d{1,2}[)）]\s*|[(（][一二三四五六七八九十]{1,3}[)）]\s*|[一二三四五六七八九十]{1,3}、|[①-⑳]\s*)/u;
const CLOSERS = /[”’」』）)》"]/;

/** A reader of one reply. */
export function replyReader(): Reader {
  let buffer = '';
  let opens = true;
  let item = false;
  let thinking = false;

  const take = (final: boolean): Piece[] => {
    const pieces: Piece[] = [];
    for (;;) {
      if (thinking) {
        const close = buffer.indexOf('</think>');
        if (close < 0) {
          buffer = final ? '' : buffer.slice(-'</think>'.length);
          break;
        }
        buffer = buffer.slice(close + '</think>'.length);
        thinking = false;
      }
      const blank = /^\s+/.exec(buffer)?.[0];
      if (blank) {
        if (blank.includes('\n')) {
          opens = true;
          item = false;
        }
        buffer = buffer.slice(blank.length);
      }
      if (buffer.startsWith('<think>')) {
        thinking = true;
        continue;
      }
      if (buffer === '' || (!final && '<think>'.startsWith(buffer))) break;
      const whole = opens && /^(?:\||#|```|~~~)/.test(buffer);
      const end = whole ? lineEnd(buffer, final) : sentenceEnd(buffer, final);
      if (end === undefined) break;
      const piece = pieceOf(buffer.slice(0, end));
      buffer = buffer.slice(end);
      if (piece) pieces.push(piece);
    }
    return pieces;
  };

  const pieceOf = (raw: string): Piece | undefined => {
    const opening = opens;
    opens = false;
    let text = raw.trim();
    if (opening && /^(?:```|~~~)/.test(text)) return undefined;
    if (opening && text.startsWith('|')) return { kind: 'row', text, opens: true, item: true };
    if (opening && text.startsWith('#'))
      return { kind: 'heading', text: text.replace(/^#+\s*/, ''), opens: true, item: false };
    if (opening) {
      text = text.replace(/^(?:>\s*)+/, '');
      const mark = LIST_MARK.exec(text)?.[0];
      item = mark !== undefined;
      if (mark) text = text.slice(mark.length).trimStart();
    }
    if (text === '') return undefined;
    return { kind: 'sentence', text, opens: opening, item };
  };

  return {
    push(text) {
      buffer += text.replace(/\r\n?/g, '\n');
      return take(false);
    },
    end(truncated = false) {
      const pieces = take(true);
      // What was cut may have lost its very condition.
      return truncated ? pieces.slice(0, -1) : pieces;
    },
  };
}

function lineEnd(text: string, final: boolean): number | undefined {
  const at = text.indexOf('\n');
  return at >= 0 ? at : final ? text.length : undefined;
}

/** Where the first sentence of `text` ends, its marks included; undefined while that is open. */
function sentenceEnd(text: string, final: boolean): number | undefined {
  let quoted = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === '\n') return i;
    if (c === '“') quoted++;
    if (c === '”') quoted = Math.max(0, quoted - 1);
    if (i >= SENTENCE_MAX) return i;
    if (!/[。！？!?]/.test(c) || quoted > 0) continue;
    let end = i + 1;
    while (end < text.length && (CLOSERS.test(text[end] as string) || /[。！？!?]/.test(text[end] as string)))
      end++;
    for (;;) {
      const gap = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
      const rest = text.slice(end + gap);
      if (rest === '') return final ? end : undefined;
      const length = markerLength(rest);
      if (length > 0) {
        end += gap + length;
        // `[1]` may go on as `[1]]` does not, but `[[1]` does: only what comes next tells.
        continue;
      }
      if (!final && mayBecomeMarker(rest)) return undefined;
      return end;
    }
  }
  return final ? text.length : undefined;
}
