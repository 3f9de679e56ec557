/**
 * `read_plan`: which plans there are, a plan's outline, or its text, in pieces of bounded size.
 * @module
 */
import { z } from 'zod';
import { squash } from '../../../language/normalise.ts';
import type { OutlineNode } from '../../../plan/types.ts';
import { sourceUrl } from '../../links.ts';
import { label, PlanRef, path } from '../schemas.ts';
import type { ToolContext, ToolOutput } from '../tool.ts';
import { checkPlans, defineTool, ToolError } from '../tool.ts';

/** Characters of text in one piece, unless asked otherwise. */
const TEXT_SIZE = 6000;
/** Plans or headings in one piece of a list. */
const LIST_SIZE = 200;

const offset = z.int().min(0);

const input = z.object({
  plan: z.string().min(1).max(200).optional().describe('规划的 id；不给则列出全部规划'),
  node: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('读哪一级标题下的正文：目录里的 id（例如 3.1），或原文的编号、标题（例如“第三章”“专栏2”）'),
  start: offset
    .optional()
    .describe('从正文的哪里读起（UTF-16 码元），例如引文的 start，或上次结果里 next 的 start'),
  end: offset.optional().describe('读到哪里（不含）'),
  maxCharacters: z.int().min(200).max(20_000).optional().describe(`这一次最多读几个字，默认 ${TEXT_SIZE}`),
  from: offset.optional().describe('规划或目录太多，一次列不完时：从第几条（由 0 起）列起'),
});

const output = z.object({
  plans: z
    .array(
      z.object({
        ...PlanRef.shape,
        regions: z.array(z.string()).readonly(),
        status: z.enum(['in_force', 'draft']).describe('in_force：已发布；draft：征求意见稿'),
        period: z.object({ start: z.int(), end: z.int() }).optional().describe('规划期的首末年'),
        characters: z.int().describe('正文长度（UTF-16 码元）'),
      }),
    )
    .optional()
    .describe('没有给 plan 时：全部规划'),
  plan: PlanRef.optional(),
  outline: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string().describe('chapter 章、section 节、article 条、box 专栏、table 表…'),
        depth: z.int().describe('层级，由 1 起'),
        heading: z.string(),
        start: z.int(),
        end: z.int(),
      }),
    )
    .optional()
    .describe('只给了 plan 时：目录，先后如原文'),
  text: z
    .object({
      text: z.string().describe('原文，逐字'),
      start: z.int(),
      end: z.int(),
      length: z.int().describe('整份正文的长度'),
      node: z.object({ id: z.string(), heading: z.string(), path, label }).describe('这一段所在的标题'),
      url: z.string().optional().describe('原文的网址'),
    })
    .optional(),
  next: z
    .object({
      plan: z.string().optional(),
      start: z.int().optional(),
      end: z.int().optional(),
      maxCharacters: z.int().optional(),
      from: z.int().optional(),
    })
    .optional()
    .describe('还没有读完：用这些参数再调用一次'),
});

type Input = z.output<typeof input>;
type Output = ToolOutput<z.input<typeof output>>;

/** `read_plan`. */
export const readPlan = defineTool(
  {
    name: 'read_plan',
    title: '读规划原文',
    description:
      '不给参数：列出有哪些规划及其 id。只给 plan：这份规划的目录。再给 node，或 start、end：那里的原文。' +
      '一次读不完时，结果里的 next 是接着读要用的参数。',
    input,
    output,
  },
  (request, context) => {
    const { plan } = request;
    if (plan === undefined) {
      if (request.node !== undefined || request.start !== undefined || request.end !== undefined) {
        throw new ToolError('请同时给出 plan（规划的 id）；不带参数调用 read_plan 可列出全部规划。');
      }
      return listPlans(request, context);
    }
    checkPlans(context.assistant, [plan]);
    const { title } = context.assistant.plans().find(({ id }) => id === plan) as { title: string };
    const whole = request.node === undefined && request.start === undefined && request.end === undefined;
    return whole
      ? readOutline({ id: plan, title }, request, context)
      : readText({ id: plan, title }, request, context);
  },
);

function listPlans({ from = 0 }: Input, { assistant }: ToolContext): Output {
  const { piece, total, next } = pieceOf(assistant.plans(), from);
  const plans = piece.map(({ id, title, regions, status, period, characters }) => {
    return { id, title, regions, status, ...(period ? { period } : {}), characters };
  });
  const lines = plans.map(
    ({ id, title, status, characters }) =>
      `- ${id}：《${title}》${status === 'draft' ? '（征求意见稿）' : ''}，${characters} 字`,
  );
  return {
    structured: { plans, ...(next ? { next } : {}) },
    text: [`共 ${total} 份规划：`, ...lines, ...continued(next)].join('\n'),
  };
}

/** The piece of a list that begins at `from`, and how to go on. @throws ToolError if the list ends before */
function pieceOf<Item>(list: readonly Item[], from: number) {
  const piece = list.slice(from, from + LIST_SIZE);
  if (piece.length === 0 && from > 0) throw new ToolError(`一共只有 ${list.length} 条，from 须小于它。`);
  const after = from + piece.length;
  return { piece, total: list.length, next: after < list.length ? { from: after } : undefined };
}

type Ref = z.input<typeof PlanRef>;

function readOutline(plan: Ref, { from = 0 }: Input, { assistant }: ToolContext): Output {
  const { piece, total, next: rest } = pieceOf(flatten(assistant.outline(plan.id)), from);
  const outline = piece.map(({ node: { id, kind, heading, start, end }, depth }) => {
    return { id, kind, depth, heading, start, end };
  });
  const next = rest && { plan: plan.id, ...rest };
  const lines = outline.map(({ id, depth, heading }) => `${'  '.repeat(depth - 1)}- ${id} ${heading}`);
  return {
    structured: { plan, outline, ...(next ? { next } : {}) },
    text: [`《${plan.title}》目录（共 ${total} 条）：`, ...lines, ...continued(next)].join('\n'),
  };
}

function readText(plan: Ref, request: Input, { assistant, publicUrl }: ToolContext): Output {
  const { maxCharacters } = request;
  const { length } = assistant.text(plan.id, { start: 0, end: 0 });
  const node = request.node === undefined ? undefined : findNode(assistant.outline(plan.id), request.node);
  const bounds = node ? { start: node.start, end: node.end } : { start: 0, end: length };
  const start = request.start ?? bounds.start;
  const end = Math.min(request.end ?? bounds.end, bounds.end);
  if (start < bounds.start || start >= end) {
    throw new ToolError(
      `start 须在 ${bounds.start} 与 ${bounds.end - 1} 之间，end 须大于 start${node ? `（${node.heading}）` : ''}。`,
    );
  }
  const wanted = assistant.text(plan.id, { start, end }).text;
  const piece = wanted.slice(0, cutAt(wanted, maxCharacters ?? TEXT_SIZE));
  const read = assistant.text(plan.id, { start, end: start + piece.length });
  const next =
    read.end < end
      ? { plan: plan.id, start: read.end, end, ...(maxCharacters ? { maxCharacters } : {}) }
      : undefined;
  const url = publicUrl === undefined ? undefined : sourceUrl(publicUrl, { plan, start, end: read.end });
  return {
    structured: {
      plan,
      text: { text: piece, start, end: read.end, length, node: read.node, ...(url ? { url } : {}) },
      ...(next ? { next } : {}),
    },
    text: [
      `《${plan.title}》 ${read.node.label}（${start}–${read.end}，全文 ${length}）${url ? ` ${url}` : ''}`,
      piece,
      ...continued(next),
    ].join('\n\n'),
  };
}

function continued(next: object | undefined): string[] {
  return next ? [`（未完，接着读：read_plan ${JSON.stringify(next)}）`] : [];
}

/** Where to cut `text` so that at most `max` code units remain: after a line or sentence in the last half if any. */
function cutAt(text: string, max: number): number {
  if (text.length <= max) return text.length;
  const head = text.slice(0, max);
  const end = Math.max(head.lastIndexOf('\n'), head.lastIndexOf('。')) + 1;
  if (end > max / 2) return end;
  // Never between the halves of one character.
  return /[\uD800-\uDBFF]$/.test(head) ? max - 1 : max;
}

interface Placed {
  readonly node: OutlineNode;
  readonly depth: number;
}

function flatten(root: OutlineNode, depth = 1): Placed[] {
  return root.children.flatMap((node) => [{ node, depth }, ...flatten(node, depth + 1)]);
}

/** The heading meant by an id, a printed number or a title. @throws ToolError if there is none, or more than one */
function findNode(root: OutlineNode, wanted: string): OutlineNode {
  const nodes = flatten(root).map(({ node }) => node);
  const byId = nodes.find(({ id }) => id === wanted.trim());
  if (byId) return byId;
  const name = squash(wanted);
  const same = (text: string) => text !== '' && squash(text) === name;
  const titled = (node: OutlineNode) => same(node.heading.slice(node.number.length));
  const found = nodes.filter((node) => same(node.heading) || same(node.number) || titled(node));
  if (found.length === 1) return found[0] as OutlineNode;
  if (found.length === 0) {
    throw new ToolError(
      `没有“${wanted.slice(0, 80)}”这个标题；只给 plan 调用 read_plan 可看目录和各标题的 id。`,
    );
  }
  const ids = found.slice(0, 10).map(({ id, heading }) => `${id}（${heading}）`);
  throw new ToolError(`“${wanted.slice(0, 80)}”有 ${found.length} 处，请改用 id：${ids.join('、')}。`);
}
