/**
 * Making citations: every quote is a slice of the plan's text, and is checked to be one.
 * @module
 */
import { locate } from '../plan/locate.ts';
import type { Plan, Span } from '../plan/types.ts';
import type { Citation } from './types.ts';

/**
 * A citation of a span.
 * @throws RangeError if the span is empty or lies outside the plan's text
 */
export function cite(plan: Plan, span: Span, n: number, passageId: string): Citation {
  const quote = plan.text.slice(span.start, span.end);
  if (quote === '' || span.end > plan.text.length)
    throw new RangeError(`no text at ${plan.facts.id}#${span.start}-${span.end}`);
  const { path, label } = locate(plan.outline, span);
  return {
    n,
    passageId,
    plan: { id: plan.facts.id, title: plan.facts.title },
    path,
    label,
    quote,
    start: span.start,
    end: span.end,
  };
}

/**
 * A quote as part of an answer's running text: on one line, what Markdown or HTML would take for markup made
 * harmless, and a printed [29] kept from looking like a reference.
 */
export function inline(quote: string): string {
  return quote
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\t+/g, ' ')
    .replace(/[\\`*_<]/g, (c) => `\\${c}`)
    .replace(/\[(\d+)\]/g, '\\[$1\\]')
    .trim();
}
