/**
 * `ask_plans`: a question answered with citations.
 * @module
 */
import { z } from 'zod';
import { answerMarkdown, withUrl } from '../../markdown.ts';
import { CitationSchema, plansInput } from '../schemas.ts';
import { checkPlans, defineTool } from '../tool.ts';

const input = z.object({
  question: z.string().trim().min(1).max(2000).describe('用自己的话提的问题'),
  history: z
    .array(z.object({ role: z.enum(['user', 'assistant']), content: z.string().max(20_000) }))
    .max(50)
    .optional()
    .describe('此前的对话，由早到晚；追问（“那四川呢？”）据此理解'),
  plans: plansInput,
});

const output = z.object({
  id: z.string(),
  status: z.enum(['answered', 'not_found']).describe('answered：规划有依据；not_found：规划没有说'),
  reason: z.string().optional().describe('not_found 的原因'),
  mode: z.enum(['extractive', 'generated']).describe('extractive：摘自原文；generated：由模型写成并逐句核对'),
  question: z.string().describe('所理解的问题；追问已补全'),
  answer: z.string().describe('Markdown；[1]、[2] 对应 citations 的编号'),
  citations: z.array(CitationSchema),
  notices: z.array(z.string()).readonly().describe('提示，例如所引规划为征求意见稿，或规划期已过'),
  related: z.array(CitationSchema).describe('not_found 时最接近的段落，供判断，不是回答'),
  followUps: z.array(z.string()).readonly().describe('可以接着问的问题'),
  tookMs: z.number(),
});

/** `ask_plans`. */
export const askPlans = defineTool(
  {
    name: 'ask_plans',
    title: '向规划提问',
    description:
      '回答关于政府规划的问题，每句话都带条款级引文，引文逐字摘自规划原文。规划没有说的，回答“没有写”并说明缺什么' +
      '（status 为 not_found），不要替它补全。转述时请保留 [n] 和来源。',
    input,
    output,
  },
  async ({ question, history, plans }, { assistant, publicUrl, signal, onProgress }) => {
    checkPlans(assistant, plans);
    const answer = await assistant.ask(
      { question, ...(history ? { history } : {}), ...(plans?.length ? { plans } : {}) },
      {
        signal,
        onEvent: (event) => {
          if (event.type === 'status') onProgress(event.text);
        },
      },
    );
    const { citations, related } = answer;
    return {
      structured: {
        ...answer,
        citations: citations.map((citation) => withUrl(citation, publicUrl)),
        related: related.map((citation) => withUrl(citation, publicUrl)),
      },
      text: answerMarkdown(answer, { publicUrl }),
    };
  },
);
