/**
 * A tool: what it is called with, what it gives, and how its errors are told.
 * @module
 */
import type { CallToolResult, Tool as ToolDescription } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Assistant } from '../../assistant.ts';
import { InvalidRequestError, UnknownPlanError } from '../../assistant.ts';
import { StateError } from '../../state/types.ts';

/** What a tool works with. */
export interface ToolContext {
  readonly assistant: Assistant;
  /** Sources are linked below this address. */
  readonly publicUrl?: string | undefined;
  /** Aborts when the client cancels the call or ends its session. */
  readonly signal: AbortSignal;
  /** Tells the client how far a call is, if it wants to know. */
  readonly onProgress: (message: string) => void;
}

/** What a call gives: `structured` fits the tool's output schema, `text` says the same to a reader. */
export interface ToolOutput<Structured> {
  readonly structured: Structured;
  readonly text: string;
}

/** A tool as a server lists and calls it. */
export interface Tool {
  readonly description: ToolDescription;
  /** @throws ToolError for arguments that do not fit, and whatever the work throws */
  call(args: unknown, context: ToolContext): Promise<CallToolResult>;
}

/** A call that cannot be carried out; the message is Chinese and says what to do instead. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Every tool only reads, gives the same for the same arguments, and knows nothing beyond its plans. */
const ANNOTATIONS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Makes a tool of its schemas and its work. Arguments the schema does not know are refused, not ignored. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  {
    name,
    title,
    description,
    input,
    output,
  }: { name: string; title: string; description: string; input: Input; output: Output },
  run: (
    input: z.output<Input>,
    context: ToolContext,
  ) => ToolOutput<z.input<Output>> | Promise<ToolOutput<z.input<Output>>>,
): Tool {
  const strict = input.strict();
  return {
    description: {
      name,
      title,
      description,
      inputSchema: jsonSchema(strict, 'input'),
      outputSchema: jsonSchema(output, 'output'),
      annotations: { title, ...ANNOTATIONS },
    },
    async call(args, context) {
      const parsed = strict.safeParse(args ?? {}, { error: CHINESE });
      if (!parsed.success) throw new ToolError(describeIssues(parsed.error.issues));
      const { structured, text } = await run(parsed.data as z.output<Input>, context);
      return { structuredContent: { ...structured }, content: [{ type: 'text', text }] };
    },
  };
}

const CHINESE = z.locales.zhCN().localeError;

/** Draft 7, which is what clients of the protocol validate with. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-7' });
  return rest as ToolDescription['inputSchema'];
}

function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const told = issues.slice(0, 5).map(({ path, message }) => `${path.join('.')} ${message}`.trim());
  return `参数有误：${told.join('；')}。`;
}

/** An error as the result of a call: what happened and what to do; what nobody expected goes to `log`. */
export function errorResult(
  error: unknown,
  assistant: Assistant,
  log: (error: unknown) => void,
): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: explain(error, assistant, log) }] };
}

function explain(error: unknown, assistant: Assistant, log: (error: unknown) => void): string {
  if (error instanceof UnknownPlanError) return `${error.message}可用的规划：${listPlans(assistant)}。`;
  if (error instanceof ToolError || error instanceof InvalidRequestError) return error.message;
  log(error);
  // Its message names a folder: that is for the log.
  if (error instanceof StateError) return '暂时无法保存，请稍后再试。';
  return '服务内部出错，请稍后再试。';
}

/** The plans' ids with their titles, for a person or a model to choose from. */
export function listPlans(assistant: Assistant): string {
  const plans = assistant.plans().map(({ id, title }) => `${id}（${title}）`);
  return plans.length > 30 ? `${plans.slice(0, 30).join('、')}等 ${plans.length} 份` : plans.join('、');
}

/** @throws UnknownPlanError for the first id that no plan has */
export function checkPlans(assistant: Assistant, ids: readonly string[] = []): void {
  const known = new Set(assistant.plans().map(({ id }) => id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw new UnknownPlanError(unknown);
}
