/**
 * Comparisons, plan by plan: one cited statement for each, a table where all of them are indicators; a plan that
 * does not mention the subject is named as such after a search of its own.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { squash } from '../language/normalise.ts';
import type { Indicator, Plan } from '../plan/types.ts';
import type { Hit } from '../retrieval/search.ts';
import { conceptWeights } from '../retrieval/search.ts';
import type { Understood } from '../retrieval/understand.ts';
import { cite, inline } from './citations.ts';
import type { Composed } from './compose.ts';
import { pick, rowInWords } from './compose.ts';
import { demandsOf } from './demands.ts';
import type { Evidence } from './evidence.ts';
import { gather } from './evidence.ts';
import { coreConcepts, onSubject } from './slots.ts';
import type { Citation } from './types.ts';

/** A plan mentions the subject if its best evidence has this support, or this share of the best plan's. */
const MENTIONS = { support: 0.55, share: 0.6 } as const;

/** In a comparison a plan's second statement must add more than elsewhere: the plans' first ones are what is compared. */
const NEW_SHARE = 0.2;

/** Asks for what an indicator gives. */
const VALUE = /目标|指标|多少|比例|比率|[^效税]率|\b(?:targets?|indicators?|rates?)\b/;

/** What one plan says. */
export interface PlanView {
  readonly plan: Plan;
  readonly picked: readonly Evidence[];
}

/** Looks at every compared plan by itself. `hitsOf` searches one plan. */
export async function viewPlans(
  query: Understood,
  index: OpenIndex,
  hitsOf: (plan: number) => Promise<readonly Hit[]>,
): Promise<PlanView[]> {
  const weights = conceptWeights(query.concepts, index);
  const looked: { plan: Plan; evidence: Evidence[] }[] = [];
  for (const n of query.compared) {
    const hits = await hitsOf(n);
    looked.push({
      plan: index.plans[n] as Plan,
      evidence: gather(hits.slice(0, 8), { ...query, scope: { ...query.scope, preferred: [] } }, index),
    });
  }
  const core = coreConcepts(query, weights);
  const best = Math.max(0, ...looked.map((l) => l.evidence[0]?.support ?? 0));
  return looked.map(({ plan, evidence }) => {
    const top = evidence[0];
    const named = evidence.some((e) => onSubject(e, core, weights));
    const mentioned =
      top !== undefined && (named || top.support >= Math.min(MENTIONS.support, best * MENTIONS.share));
    const demands = demandsOf(query, evidence).filter((d) => d.unit);
    const able = evidence.filter((e) => demands.every((d) => d.met(e)));
    const meeting = VALUE.test(query.folded) ? indicatorsFirst(able, plan, core) : able;
    return {
      plan,
      picked: mentioned && meeting.length > 0 ? pick(meeting, weights, query, NEW_SHARE).slice(0, 2) : [],
    };
  });
}

/** An indicator that bears the subject's name, and gives what the plan aims at, is what plans are compared by. */
function indicatorsFirst(
  evidence: readonly Evidence[],
  plan: Plan,
  core: readonly number[],
): readonly Evidence[] {
  const row = evidence.find(
    (e) =>
      e.unit.row &&
      e.yearFits &&
      core.length > 0 &&
      core.every((i) => (e.held[i] as number) >= 0.7) &&
      plan.indicators.some((i) => i.start === e.unit.start && i.target),
  );
  return row ? [row, ...evidence.filter((e) => e !== row)] : evidence;
}

/** The comparison as an answer; undefined if no plan mentions the subject. */
export function composeComparison(
  views: readonly PlanView[],
): (Composed & { readonly notices: readonly string[] }) | undefined {
  if (views.every((v) => v.picked.length === 0)) return undefined;
  const citations: Citation[] = [];
  const rows = views.filter((v) => indicatorOf(v) !== undefined);
  const lines: string[] = [];
  if (rows.length >= 2) lines.push(table(rows, citations), '');
  for (const view of views) {
    if (rows.length >= 2 && rows.includes(view)) continue;
    lines.push(
      view.picked.length === 0 ? `- **${view.plan.facts.title}**：没有写到。` : bullet(view, citations),
    );
  }
  return { answer: lines.join('\n').trim(), citations, notices: rows.length >= 2 ? differences(rows) : [] };
}

function indicatorOf({ plan, picked }: PlanView): Indicator | undefined {
  const unit = picked[0]?.unit;
  return unit?.row ? plan.indicators.find((i) => i.start === unit.start) : undefined;
}

function bullet({ plan, picked }: PlanView, citations: Citation[]): string {
  const statements = picked.map(({ unit }) => {
    const citation = cite(plan, unit, citations.length + 1, unit.hit.passage.id);
    citations.push(citation);
    const words = unit.row
      ? rowInWords(
          unit.row.row,
          unit.row.table.header,
          plan.indicators.find((i) => i.start === unit.start),
        )
      : inline(citation.quote);
    return `（${citation.label}）${words}[${citation.n}]`;
  });
  return `- **${plan.facts.title}**：${statements.join(' ')}`;
}

const cell = (text: string) => text.replace(/\|/g, '\\|');

function table(views: readonly PlanView[], citations: Citation[]): string {
  const lines = ['| 规划 | 指标 | 单位 | 基准 | 目标 | 属性 |', '| --- | --- | --- | --- | --- | --- |'];
  for (const view of views) {
    const indicator = indicatorOf(view) as Indicator;
    const citation = cite(
      view.plan,
      indicator,
      citations.length + 1,
      view.picked[0]?.unit.hit.passage.id ?? '',
    );
    citations.push(citation);
    const value = (v: Indicator['baseline']) =>
      v ? `${inline(v.value)}（${v.year ?? v.header}）[${citation.n}]` : '—';
    lines.push(
      `| ${[view.plan.facts.title, `${inline(indicator.name)}[${citation.n}]`, indicator.unit ?? '—', value(indicator.baseline), value(indicator.target), indicator.attribute ? `${indicator.attribute}[${citation.n}]` : '—'].map(cell).join(' | ')} |`,
    );
  }
  return lines.join('\n');
}

/** Units and baselines that differ are pointed out, never converted. */
function differences(views: readonly PlanView[]): string[] {
  const units = new Map(views.map((v) => [squash(indicatorOf(v)?.unit ?? '—'), indicatorOf(v)?.unit ?? '—']));
  const years = new Set(views.map((v) => indicatorOf(v)?.baseline?.year ?? 0).filter((y) => y > 0));
  const notes: string[] = [];
  if (units.size > 1) notes.push(`各规划的单位不同（${[...units.values()].join('、')}），不能直接比较。`);
  if (years.size > 1) notes.push(`各规划的基准年不同（${[...years].join('、')}）。`);
  return notes;
}
