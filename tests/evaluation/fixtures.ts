/**
 * A plan of a few lines and what is asked of it, for tests whose figures are reckoned by hand.
 * @module
 */
import type { Answer, Citation } from '../../src/answer/types.ts';
import { PlanText } from '../../src/evaluation/match.ts';
import type { CaseResult } from '../../src/evaluation/score.ts';
import { scoreCase } from '../../src/evaluation/score.ts';
import type { SuiteCase } from '../../src/evaluation/suite.ts';
import type { Observation, RetrievedPassage } from '../../src/evaluation/target.ts';

export const TEXT = `第一章 总则
坚持生态优先。到2025年，森林覆盖率达到 40%。
第二章 治理
建设 22 座设施。开展红旗水库、老鹰水库保护。
`;

export const OTHER = `第一章 目标
到2025年，森林覆盖率达到57%。
`;

export const TEXTS = new Map([
  ['a', new PlanText('a', '甲规划', TEXT)],
  ['b', new PlanText('b', '乙规划', OTHER)],
]);

export function entry(own: Partial<SuiteCase> = {}): SuiteCase {
  return {
    id: 'q1',
    kind: 'fact',
    question: '森林覆盖率多少',
    history: [],
    gold: [{ plan: 'a', quote: '森林覆盖率达到40%' }],
    need: 'any',
    must: [['40%']],
    plans: ['a'],
    tags: [],
    half: 'development',
    file: 'suite.jsonl',
    line: 1,
    ...own,
  };
}

/** A citation of the first place the quote stands at. */
export function cite(n: number, quote: string, planId = 'a', own: Partial<Citation> = {}): Citation {
  const plan = TEXTS.get(planId) as PlanText;
  const start = plan.text.indexOf(quote);
  if (start < 0) throw new Error(`${quote} is not in ${planId}`);
  const chapter = locate(planId, start);
  return {
    n,
    passageId: `${planId}#${start}`,
    plan: { id: planId, title: plan.title },
    path: chapter.path,
    label: chapter.label,
    quote,
    start,
    end: start + quote.length,
    ...own,
  };
}

export function locate(planId: string, start: number): { path: string[]; label: string } {
  const text = (TEXTS.get(planId) as PlanText).text;
  const headings = [...text.matchAll(/^(第.章) .*$/gm)].filter((m) => m.index <= start);
  const last = headings.at(-1);
  return { path: last ? [last[0]] : [], label: last?.[1] ?? '' };
}

export function passage(quote: string, planId = 'a', score = 1): RetrievedPassage {
  const { start, end, path, label } = cite(1, quote, planId);
  return { planId, start, end, text: quote, path, label, score };
}

export function answer(text: string, citations: readonly Citation[], own: Partial<Answer> = {}): Answer {
  return {
    id: 'x',
    status: 'answered',
    mode: 'extractive',
    question: '',
    answer: text,
    citations,
    notices: [],
    related: [],
    followUps: [],
    tookMs: 1,
    ...own,
  };
}

export function seen(answered: Answer, retrieved: readonly RetrievedPassage[] = []): Observation {
  return {
    answer: answered,
    retrieved,
    located: [...answered.citations, ...answered.related].map((c) => locate(c.plan.id, c.start)),
    milliseconds: 5,
  };
}

/** Scores one answer to one question. */
export function score(
  question: Partial<SuiteCase>,
  answered: Answer,
  retrieved: readonly RetrievedPassage[] = [],
): CaseResult {
  return scoreCase(entry(question), seen(answered, retrieved), { texts: TEXTS });
}
