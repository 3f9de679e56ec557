/**
 * Shapes that several tools give; each is checked against the type it is of.
 * @module
 */
import { z } from 'zod';
import type { Citation } from '../../answer/types.ts';

export const PlanRef = z.object({ id: z.string(), title: z.string() }).describe('规划的 id 与标题');

/** A place in a plan's text. */
export const span = {
  start: z.int().describe('在该规划正文中的起点（UTF-16 码元，含）'),
  end: z.int().describe('终点（不含）'),
};

export const path = z.array(z.string()).readonly().describe('标题路径，由外到内');
export const label = z.string().describe('条款级位置，供人引用，例如“第三章第一节 第2段”');
const url = z.string().optional().describe('原文的网址；服务设了 PUBLIC_URL 才有');

export const CitationSchema = z
  .object({
    n: z.int().describe('回答正文中 [n] 的编号；在 related 中为名次'),
    passageId: z.string(),
    plan: PlanRef,
    path,
    label,
    quote: z.string().describe('规划原文，逐字摘录，等于正文 slice(start, end)'),
    ...span,
    url,
  })
  .describe('引文') satisfies z.ZodType<Citation>;

/** Restricts a tool to some plans. */
export const plansInput = z
  .array(z.string().min(1).max(200))
  .max(100)
  .optional()
  .describe('只在这些规划（id）中查找，例如 read_plan 列出的 id；不给则为全部');
