/**
 * What models are told: Markdown files in `prompts/` with a version, a purpose and their variables.
 *
 * A prompt is one or two messages: what stands before a line `<!-- user -->` is the system's, what stands after it
 * the user's. A variable is written `{{name}}`; values are put in once and never read for variables themselves.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** A prompt cannot be read or filled. It is a fault of the installation, never of the person who asks. */
export class PromptError extends Error {
  override readonly name = 'PromptError';
}

const frontMatter = z.strictObject({
  version: z.number().int().positive(),
  purpose: z.string().min(1),
  variables: z.array(z.string().regex(/^[a-z]+$/)),
});

/** A prompt as written. */
export interface Prompt extends z.infer<typeof frontMatter> {
  readonly name: string;
  readonly system: string;
  /** Empty if the prompt is one message only. */
  readonly user: string;
}

const VARIABLE = /\{\{([a-z]+)\}\}/g;

/** What was read. */
const prompts = new Map<string, Prompt>();

/**
 * `prompts/<name>.md`, read when it is first asked for and kept.
 * @throws PromptError if the file is missing, its front matter is not as it should be, or it uses other variables
 * than it declares
 */
export function readPrompt(name: string): Prompt {
  const known = prompts.get(name);
  if (known) return known;
  let source: string;
  try {
    source = readFileSync(new URL(`../../prompts/${name}.md`, import.meta.url), 'utf8');
  } catch {
    throw new PromptError(`提示词 prompts/${name}.md 不见了。`);
  }
  const prompt = parsePrompt(name, source);
  prompts.set(name, prompt);
  return prompt;
}

/**
 * A prompt from its source.
 * @throws PromptError as {@link readPrompt}
 */
export function parsePrompt(name: string, source: string): Prompt {
  const wrong = (what: string) => new PromptError(`提示词 prompts/${name}.md ${what}。`);
  const parts = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(source);
  if (!parts) throw wrong('没有文件头（version、purpose、variables）');
  const facts = frontMatter.safeParse(parse(parts[1] as string));
  if (!facts.success) throw wrong(`的文件头有误：${facts.error.issues[0]?.path.join('.')}`);
  const body = parts[2] as string;
  const used = new Set([...body.matchAll(VARIABLE)].map((m) => m[1] as string));
  const { variables } = facts.data;
  const undeclared = [...used].find((v) => !variables.includes(v));
  if (undeclared) throw wrong(`用了没有声明的变量 ${undeclared}`);
  const unused = variables.find((v) => !used.has(v));
  if (unused) throw wrong(`声明了没有用到的变量 ${unused}`);
  const [system = '', user = ''] = body.split(/^<!-- user -->$/m).map((part) => part.trim());
  return { ...facts.data, name, system, user };
}

/** One message to a chat model. */
export interface ChatMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

/**
 * A prompt's messages with its variables filled in.
 * @throws PromptError if a value is missing or is for no variable of the prompt
 */
export function fillPrompt(prompt: Prompt, values: Readonly<Record<string, string>> = {}): ChatMessage[] {
  const missing = prompt.variables.find((v) => !Object.hasOwn(values, v));
  if (missing) throw new PromptError(`提示词 prompts/${prompt.name}.md 缺少变量 ${missing} 的值。`);
  const unknown = Object.keys(values).find((v) => !prompt.variables.includes(v));
  if (unknown) throw new PromptError(`提示词 prompts/${prompt.name}.md 没有变量 ${unknown}。`);
  const fill = (text: string) => text.replace(VARIABLE, (_all, name: string) => values[name] as string);
  return [
    { role: 'system', content: fill(prompt.system) },
    ...(prompt.user === '' ? [] : [{ role: 'user' as const, content: fill(prompt.user) }]),
  ];
}

/** A word that no passage and no question can hold, since it is drawn for one request: it marks what is data. */
export function newFence(): string {
  return randomBytes(6).toString('hex');
}
