/** The server over the project's own corpus as the official client meets it. */
import OpenAI from 'openai';
import { beforeAll, expect } from 'vitest';
import type { AskRequest, Citation } from '../../../src/answer/types.ts';
import { asking, linkedUrl, real, url } from '../asking.ts';

export const QUESTION = '跨界的饮用水水源地要联防联控，点名的是哪两座水库？';
/** The plans do not say. */
export const NOT_SAID = '四川要建的20个近零碳排放开发区是哪20个？';

/** Of a server that people reach at https://plans.example.org. */
export let linked: OpenAI;
export let client: OpenAI;

beforeAll(() => {
  [client, linked] = [clientOf(url), clientOf(linkedUrl)];
});

const clientOf = (base: string) => new OpenAI({ baseURL: `${base}/v1`, apiKey: 'unused', maxRetries: 0 });

/** What `body` makes the assistant be asked. */
export async function askedBy(body: () => Promise<unknown>): Promise<AskRequest> {
  const asked: AskRequest[] = [];
  await asking((request, options) => {
    asked.push(request);
    return real.ask(request, options);
  }, body);
  return asked[0] as AskRequest;
}

export type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model' | 'messages' | 'stream'>;

/** A completion for one question. */
export const create = (content: string, more: Params = {}, model = 'guiwen') =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more });

export type Cited = { citations: (Citation & { url?: string })[] };

/** A completion's message with what only we put there. */
export function messageOf(completion: OpenAI.ChatCompletion) {
  return (completion.choices[0] as OpenAI.ChatCompletion.Choice).message as unknown as Cited & {
    role: string;
    content: string;
    refusal: null;
  };
}

/** The error the client throws, with nothing of the inside in it. */
export async function refusal(call: PromiseLike<unknown>) {
  const error = await Promise.resolve(call).then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof OpenAI.APIError)) throw error ?? new Error('not refused');
  expect(JSON.stringify(error.error)).not.toMatch(/node_modules|\.ts\b| {4}at |\/work|\/tmp/);
  return error;
}
