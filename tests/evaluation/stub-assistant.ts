/**
 * An assistant for the tests: the five plans, read as they are, with a bigram search and an answer that quotes the
 * best passage. It shares nothing with the real retrieval, so that what these tests show is the evaluation's doing.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, AskRequest, Citation } from '../../src/answer/types.ts';
import type { Assistant } from '../../src/assistant.ts';
import { compact } from '../../src/evaluation/match.ts';
import { nodeLabel, pathOf } from '../../src/plan/labels.ts';
import { chainAt, locate } from '../../src/plan/locate.ts';
import { readPlan } from '../../src/plan/read.ts';
import type { Passage, Plan } from '../../src/plan/types.ts';

const NAMES = [
  { id: 'chengyu-2025', title: '成渝地区双城经济圈生态环境保护规划' },
  { id: 'chuanyu-pilot-draft', title: '川渝地区美丽中国先行区建设实施方案（征求意见稿）' },
  { id: 'chongqing-2025', title: '重庆市生态环境保护“十四五”规划（2021—2025年）' },
  { id: 'sichuan-2025', title: '四川省“十四五”生态环境保护规划' },
  { id: 'jiangjin-2025', title: '重庆市江津区生态环境保护“十四五”规划（2021—2025年）' },
];

export async function readCorpus(): Promise<Plan[]> {
  const dir = join(import.meta.dirname, '../../corpus');
  const files = readdirSync(dir)
    .filter((f) => f.endsWith('.txt'))
    .sort();
  return Promise.all(files.map((file, i) => readPlan(readFileSync(join(dir, file)), file, NAMES[i])));
}

export function stubAssistant(plans: readonly Plan[]): Assistant {
  const bigrams = (text: string) => {
    const t = compact(text);
    return new Set(Array.from({ length: Math.max(0, t.length - 1) }, (_, i) => t.slice(i, i + 2)));
  };
  const passages = plans.flatMap((plan) => plan.passages.map((passage) => ({ passage, plan })));
  const indexed = passages.map((p) => ({ ...p, grams: bigrams(p.passage.text) }));
  const frequency = new Map<string, number>();
  for (const { grams } of indexed) for (const g of grams) frequency.set(g, (frequency.get(g) ?? 0) + 1);
  const byId = (id: string) => {
    const plan = plans.find((p) => p.facts.id === id);
    if (!plan) throw new Error(`unknown plan ${id}`);
    return plan;
  };
  const rank = (query: string, k: number) => {
    const wanted = bigrams(query);
    return indexed
      .map(({ passage, plan, grams }) => {
        let score = 0;
        for (const g of wanted) if (grams.has(g)) score += Math.log(indexed.length / (frequency.get(g) ?? 1));
        return { passage, plan, score: score / Math.sqrt(20 + grams.size) };
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, k);
  };
  const cite = (n: number, plan: Plan, passage: Passage): Citation => {
    const { path, label } = locate(plan.outline, passage);
    return {
      n,
      passageId: passage.id,
      plan: { id: plan.facts.id, title: plan.facts.title },
      path,
      label,
      quote: plan.text.slice(passage.start, passage.end),
      start: passage.start,
      end: passage.end,
    };
  };
  return {
    async ask({ question, history = [] }: AskRequest): Promise<Answer> {
      const asked = [...history.map((h) => h.content), question].join(' ');
      const best = rank(asked, 1);
      const citations = best.map(({ plan, passage }, i) => cite(i + 1, plan, passage));
      const isRefused = (best[0]?.score ?? 0) < 1;
      return {
        id: 'stub',
        status: isRefused ? 'not_found' : 'answered',
        ...(isRefused && { reason: 'nothing_found' as const }),
        mode: 'extractive',
        question: asked,
        answer: isRefused
          ? '规划没有写。'
          : citations.map((c) => `${c.quote.replace(/\s+/g, ' ')}[${c.n}]`).join('\n'),
        citations: isRefused ? [] : citations,
        notices: [],
        related: isRefused ? citations : [],
        followUps: [],
        tookMs: 1,
      };
    },
    async search({ query, k = 10 }) {
      return rank(query, k).map(({ plan, passage, score }) => ({
        id: passage.id,
        plan: { id: plan.facts.id, title: plan.facts.title },
        path: passage.path,
        label: passage.label,
        text: passage.text,
        context: passage.context,
        score,
        start: passage.start,
        end: passage.end,
      }));
    },
    blocks: () => [],
    board: () => [],
    plans: () =>
      plans.map((p) => ({
        ...p.facts,
        characters: p.text.length,
        passages: p.passages.length,
        indicators: 0,
      })),
    outline: (id) => byId(id).outline,
    text(id, { start = 0, end } = {}) {
      const plan = byId(id);
      const to = end ?? plan.text.length;
      const chain = chainAt(plan.outline, start);
      const node = chain.at(-1) ?? plan.outline;
      return {
        planId: id,
        start,
        end: to,
        length: plan.text.length,
        text: plan.text.slice(start, to),
        node: {
          id: node.id,
          heading: node.heading,
          path: pathOf(chain),
          label: chain.length > 0 ? nodeLabel(chain) : '',
        },
      };
    },
    indicators: () => [],
    restrictedTo: (ids) => stubAssistant(plans.filter((plan) => ids.includes(plan.facts.id))),
    index: { builtAt: '', plans: plans.length, passages: passages.length, embedding: 'stub' },
    async close() {},
  };
}
