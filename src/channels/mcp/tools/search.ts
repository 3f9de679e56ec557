/**
 * `search_plans`: the passages nearest to a query.
 * @module
 */
import { z } from 'zod';
import { sourceUrl } from '../../links.ts';
import { label, PlanRef, path, plansInput, span } from '../schemas.ts';
import { checkPlans, defineTool } from '../tool.ts';

const input = z.object({
  query: z.string().trim().min(1).max(2000).describe('要找的内容，用自己的话即可，例如“饮用水水源地保护”'),
  k: z.int().min(1).max(50).optional().describe('最多返回几段，默认 10'),
  plans: plansInput,
});

const output = z.object({
  passages: z
    .array(
      z.object({
        id: z.string(),
        plan: PlanRef,
        path,
        label,
        text: z.string().describe('段落原文，最多 600 字'),
        context: z.string().describe('随段落一起读的上文，例如表头；多为空'),
        score: z.number().describe('相关程度，只在同一次查找内可比'),
        ...span,
        url: z.string().optional().describe('原文的网址'),
      }),
    )
    .describe('最相关的在前'),
});

/** `search_plans`. */
export const searchPlans = defineTool(
  {
    name: 'search_plans',
    title: '查找规划段落',
    description:
      '在政府规划的原文里查找与 query 最相关的段落，只查找，不作答。每段带规划名、条款级位置（label）和正文偏移（start、end）。' +
      '要直接得到带引文的回答，用 ask_plans；要读段落的上下文，用 read_plan。',
    input,
    output,
  },
  async ({ query, k, plans }, { assistant, publicUrl }) => {
    checkPlans(assistant, plans);
    const hits = await assistant.search({ query, ...(k ? { k } : {}), ...(plans?.length ? { plans } : {}) });
    const passages = hits.map((hit) => ({
      ...hit,
      ...(publicUrl === undefined ? {} : { url: sourceUrl(publicUrl, hit) }),
    }));
    const blocks = passages.map(({ plan, label, text, context, start, end, url }, i) =>
      [
        `${i + 1}. 《${plan.title}》 ${label}（规划 ${plan.id}，${start}–${end}）${url ? ` ${url}` : ''}`,
        ...(context ? [context] : []),
        text,
      ].join('\n'),
    );
    const text = blocks.length > 0 ? blocks.join('\n\n') : '没有找到相关的段落；请换个说法再试。';
    return { structured: { passages }, text };
  },
);
