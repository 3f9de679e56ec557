/**
 * The extractive answer: statements that are quotes, each with its citation.
 * @module
 */

import { squash } from '../language/normalise.ts';
import { chainAt } from '../plan/locate.ts';
import type { Block, Indicator, IndicatorValue, Plan, Span, TableRow } from '../plan/types.ts';
import type { Understood } from '../retrieval/understand.ts';
import { cite, inline } from './citations.ts';
import type { Evidence } from './evidence.ts';
import type { Citation } from './types.ts';
import type { Unit } from './units.ts';

/** An answer's text with its citations. */
export interface Composed {
  readonly answer: string;
  readonly citations: readonly Citation[];
}

/** An answer is at most about this long, unless an enumeration itself is longer. */
const ANSWER_MAX = 400;
/** At most this many statements beside the first. */
const MORE = 2;
/** A further unit must bring at least this share of the question's weight that the ones before do not hold. */
const NEW_SHARE = 0.16;

/** Below this support the question is put in other words than the plan's: which sentence is meant is less sure. */
const OTHER_WORDS = 0.45;
/** Then the sentences around it go along, up to this length. */
const WIDENED_MAX = 220;

/** A unit with its neighbours in the passage, nearest first, as one stretch of text. */
function widened(first: Evidence, evidence: readonly Evidence[]): Evidence {
  const { unit } = first;
  const text = unit.plan.text;
  let { start, end } = unit;
  const others = evidence
    .filter((e) => e.unit.hit.doc === unit.hit.doc && e !== first && !e.unit.isLead)
    .sort((a, b) => b.score - a.score);
  for (;;) {
    const next = others.find(
      (e) =>
        (e.unit.end <= start && start - e.unit.end <= 2) || (e.unit.start >= end && e.unit.start - end <= 2),
    );
    if (!next) break;
    others.splice(others.indexOf(next), 1);
    const [from, to] = [Math.min(start, next.unit.start), Math.max(end, next.unit.end)];
    if (to - from > WIDENED_MAX || text.slice(from, to).includes('\n')) continue;
    start = from;
    end = to;
  }
  return { ...first, unit: { ...unit, start, end, text: text.slice(start, end) } };
}

/** Picks the units to answer with: the best, and those that add at least `newShare` of the question's weight. */
export function pick(
  evidence: readonly Evidence[],
  weights: readonly number[],
  query: Understood,
  newShare = NEW_SHARE,
): Evidence[] {
  const first = evidence[0];
  if (!first) return [];
  const total = weights.reduce((a, b) => a + b, 0) || 1;
  if (first.support < OTHER_WORDS && first.unit.hit.pointer !== undefined && !first.unit.row)
    return [widened(first, evidence)];
  const picked = [first];
  const held = [...first.held];
  let length = first.unit.text.length;
  for (const next of evidence.slice(1, 14)) {
    if (picked.length > MORE || (query.asks.has('where_written') && picked.length > 0)) break;
    if (next.unit.planNumber !== first.unit.planNumber || next.unit.isLead) continue;
    if (next.score < first.score * 0.6 || length + next.unit.text.length > ANSWER_MAX) continue;
    if (picked.some((p) => overlap(p.unit, next.unit) || sameWords(p.unit, next.unit))) continue;
    const gain =
      next.held.reduce(
        (sum, h, i) => sum + Math.max(0, h - (held[i] as number)) * (weights[i] as number),
        0,
      ) / total;
    const samePassage = next.unit.hit.doc === first.unit.hit.doc;
    const goesOn =
      query.asks.has('list') && samePassage && next.score >= first.score * 0.93 && enumerates(next.unit.text);
    if ((gain < (samePassage ? newShare : 1.3 * newShare) && !goesOn) || !next.yearFits) continue;
    if ((query.asks.has('number') || query.asks.has('date')) && !next.kindFits) continue;
    picked.push(next);
    next.held.forEach((h, i) => {
      held[i] = Math.max(held[i] as number, h);
    });
    length += next.unit.text.length;
  }
  return picked.sort((a, b) => a.unit.planNumber - b.unit.planNumber || a.unit.start - b.unit.start);
}

const enumerates = (text: string) => (text.match(/、/g)?.length ?? 0) >= 2;
const overlap = (a: Unit, b: Unit) => a.planNumber === b.planNumber && a.start < b.end && b.start < a.end;
const sameWords = (a: Unit, b: Unit) => {
  const [x, y] = [squash(a.text), squash(b.text)];
  return x.includes(y) || y.includes(x);
};

/** An enumeration is quoted whole up to this length. */
const ENUMERATION_MAX = 1500;

/**
 * A unit that only introduces a list (…下列措施：) together with the list's items; where a list is asked for, an item
 * together with what introduces it and the other items.
 */
function withItems(unit: Unit, query: Understood): Unit {
  if (unit.row) return unit;
  const node = chainAt(unit.plan.outline, unit.start).at(-1) ?? unit.plan.outline;
  const own = node.blocks.findIndex((b) => b.start <= unit.start && unit.start < b.end);
  const introduces = (b: Block | undefined) =>
    b !== undefined && /[：:]$/.test(unit.plan.text.slice(b.start, b.end));
  let first = own;
  if (query.asks.has('list')) while (node.blocks[first]?.kind === 'item') first--;
  const from = node.blocks[first];
  if (from === undefined || !introduces(from) || (first === own && !/[：:]$/.test(unit.text))) return unit;
  const start = first === own ? unit.start : from.start;
  let end = Math.max(unit.end, from.end);
  for (const block of node.blocks.slice(first + 1)) {
    if (block.kind !== 'item' || block.end - start > ENUMERATION_MAX) break;
    end = block.end;
  }
  return end < unit.end || end === unit.end
    ? unit
    : { ...unit, start, end, text: unit.plan.text.slice(start, end) };
}

/** Puts picked units into an answer, plan by plan. */
export function compose(picked: readonly Evidence[], query: Understood): Composed {
  const citations: Citation[] = [];
  const lines: string[] = [];
  for (const { unit } of picked) {
    if (citations.some((c) => c.plan.id === unit.plan.facts.id && c.start <= unit.start && unit.end <= c.end))
      continue;
    const statement = state(withItems(unit, query), citations, query);
    lines.push(statement);
  }
  const plan = picked[0]?.unit.plan;
  if (!plan) return { answer: '', citations };
  const head = `《${plan.facts.title}》`;
  const answer =
    lines.length === 1 ? `${head}${lines[0]}` : `${head}：\n\n${lines.map((l) => `- ${l}`).join('\n')}`;
  return { answer, citations };
}

/** One statement with its references; begins with the colon after the plan's name. */
function state(unit: Unit, citations: Citation[], query: Understood): string {
  const passageId = unit.hit.passage.id;
  const add = (span: Span) => {
    const citation = cite(unit.plan, span, citations.length + 1, passageId);
    citations.push(citation);
    return citation;
  };
  if (unit.row) {
    const citation = add(unit);
    const notes = markedNotes(unit.plan, unit.row.row).map((note) => {
      const noteCitation = add(note);
      return ` ${inline(noteCitation.quote)}[${noteCitation.n}]`;
    });
    return `（${citation.label}）：${rowInWords(
      unit.row.row,
      unit.row.table.header,
      unit.plan.indicators.find((i) => i.start === unit.start),
    )}[${citation.n}]${notes.join('')}`;
  }
  const citation = add(unit);
  const where = query.asks.has('where_written') ? placeInWords(citation) : `（${citation.label}）`;
  return `${where}：${inline(citation.quote)}[${citation.n}]`;
}

/** 写在第六章“…”第三节“…”（第六章第三节 第3段）. */
export function placeInWords(citation: Citation): string {
  return `（${citation.label}，${citation.path.map((heading) => `“${heading}”`).join(' ')}）`;
}

/** A table row as a sentence: its name, then every value with its unit after its column's header. */
export function rowInWords(row: TableRow, header: readonly string[], indicator?: Indicator): string {
  if (indicator) {
    const value = (v: IndicatorValue) =>
      `${v.header}${v.header.endsWith('值') || v.header.endsWith('年') ? '' : ' '}${withUnit(v.value, indicator.unit)}`;
    const values = [...indicator.others, indicator.baseline, indicator.target]
      .filter((v): v is IndicatorValue => v !== undefined)
      .sort((a, b) => header.indexOf(a.header) - header.indexOf(b.header));
    const parts = [...values.map(value), ...(indicator.attribute ? [indicator.attribute] : [])];
    return `${inline(indicator.name)}${indicator.unit ? `（${indicator.unit}）` : ''}：${parts.join('，')}`;
  }
  const filled = row.cells
    .map((cell, i) => ({ head: header[i] ?? '', text: cell.text }))
    .filter((c) => c.text !== '');
  const [name, ...values] = filled;
  return `${inline(name?.text ?? '')}：${values.map((c) => (c.head === '' || /^(?:属性|完成情况|内容|备注)$/.test(c.head) ? '' : `${c.head} `) + inline(c.text)).join('，')}`;
}

/** A plain number takes its unit; words (由国家下达) and values that carry one do not. */
function withUnit(value: string, unit: string | undefined): string {
  const printed = inline(value);
  return unit && /\d[\])〕］]?\**$/.test(value) && !value.includes(unit) ? `${printed}${unit}` : printed;
}

/** The table's notes that a mark in the row points to: a star, or brackets for sums over five years. */
function markedNotes(plan: Plan, row: TableRow): readonly Span[] {
  const indicator = plan.indicators.find((i) => i.start === row.start);
  if (!indicator) return [];
  const printed = plan.text.slice(row.start, row.end);
  return indicator.notes.filter((note) => {
    const words = plan.text.slice(note.start, note.end);
    return /\*/.test(printed)
      ? /\*/.test(words)
      : /[[〔［][\d.]+[\]〕］]/.test(printed) && /累计/.test(words) && words.length < 60;
  });
}
