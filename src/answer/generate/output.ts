/**
 * The answer as it grows: text with references, and the citations they refer to. What has been added stays.
 * @module
 */
import type { Span } from '../../plan/types.ts';
import { cite, inline } from '../citations.ts';
import type { Composed } from '../compose.ts';
import type { Citation } from '../types.ts';
import type { Unit } from '../units.ts';
import type { Verified } from './verify.ts';

/** An answer under way. */
export interface Output {
  /** Adds a checked sentence; `opens` begins a line, `item` an item of a list. */
  sentence(parts: readonly Verified[], layout: { readonly opens: boolean; readonly item: boolean }): void;
  /** Adds a sentence or row of a plan as it stands, in a line of its own. */
  quote(unit: Unit): void;
  /** Adds an extractive answer after what there is. */
  extract(composed: Composed): void;
  cites(planId: string, span: Span): boolean;
  readonly text: string;
  readonly citations: readonly Citation[];
}

/** An empty answer; `onText` gets every piece added, and the pieces joined are its text. */
export function newOutput(onText: (text: string) => void): Output {
  let text = '';
  let inList = false;
  let lineOpen = false;
  const citations: Citation[] = [];
  const add = (piece: string) => {
    text += piece;
    onText(piece);
  };
  const number = (citation: Citation): number => {
    const same = citations.find(
      (c) => c.plan.id === citation.plan.id && c.start === citation.start && c.end === citation.end,
    );
    if (same) return same.n;
    const n = citations.length + 1;
    citations.push({ ...citation, n });
    return n;
  };
  const reference = (unit: Unit) => `[${number(cite(unit.plan, unit, 1, unit.hit.passage.id))}]`;

  return {
    sentence(parts, { opens, item }) {
      const words = parts
        .map(({ text: part, grounds }) => {
          const marks = grounds.map((g) => reference(g.unit)).join('');
          const comma = /[，,；;]\s*$/.exec(part)?.[0] ?? '';
          return `${inline(part.slice(0, part.length - comma.length))}${marks}${comma}`;
        })
        .join('');
      // Where a line's first sentence was dropped, the next one opens it.
      const begins = opens || !lineOpen;
      const gap = text === '' || !begins ? '' : item && inList ? '\n' : '\n\n';
      add(`${gap}${begins && item ? '- ' : ''}${words}`);
      inList = item;
      lineOpen = true;
    },
    quote(unit) {
      const { label } = cite(unit.plan, unit, 1, unit.hit.passage.id);
      const gap = text === '' ? '' : inList ? '\n' : '\n\n';
      add(
        `${gap}${inList ? '- ' : ''}《${unit.plan.facts.title}》（${label}）：${inline(unit.text)}${reference(unit)}`,
      );
      lineOpen = false;
    },
    extract({ answer, citations: own }) {
      const numbers = new Map(own.map((c) => [c.n, number(c)] as const));
      const renumbered = answer.replace(/(?<!\\)\[(\d+)\]/g, (mark, n: string) => {
        const to = numbers.get(Number(n));
        return to === undefined ? mark : `[${to}]`;
      });
      add(`${text === '' ? '' : '\n\n'}${renumbered}`);
    },
    cites: (planId, span) =>
      citations.some((c) => c.plan.id === planId && c.start < span.end && span.start < c.end),
    get text() {
      return text;
    },
    get citations() {
      return citations;
    },
  };
}
