/** A model endpoint on loopback that does what a test tells it to: embeddings, rerank and chat completions. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A request as it came in. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly body: any;
  /** Its number among all requests, from 1. */
  readonly nth: number;
}

/** What is sent back: JSON, or a body as it stands, or nothing at all. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
  /** Never answers; with `head`, after its headers. */
  readonly stall?: 'all' | 'head';
  /** Answers once this is fulfilled. */
  readonly after?: Promise<unknown>;
}

export type Script = (request: Received) => Reply | undefined;

/** The dimension of the vectors given when the script says nothing else. */
export const DIMENSION = 24;

/** A vector made of a text's characters: texts that share many are near. */
export function vectorOf(text: string, dimension = DIMENSION): number[] {
  const vector = new Array<number>(dimension).fill(0.01);
  for (const char of text) vector[(char.codePointAt(0) as number) % dimension]! += 1;
  return vector;
}

/** What a well-behaved endpoint answers. */
export function wellBehaved({ path, body }: Pick<Received, 'path' | 'body'>, dimension = DIMENSION): Reply {
  if (path.endsWith('/embeddings')) {
    const texts: string[] = [body.input].flat();
    return {
      json: {
        object: 'list',
        model: body.model,
        data: texts.map((text, index) => ({
          object: 'embedding',
          index,
          embedding: vectorOf(text, dimension),
        })),
        usage: { prompt_tokens: 1, total_tokens: 1 },
      },
    };
  }
  if (path.endsWith('/rerank')) {
    const results = (body.documents as string[]).map((_d, index) => ({
      index,
      relevance_score: 1 - index / 100,
    }));
    return { json: { results } };
  }
  return { status: 404, json: { error: { message: 'not found' } } };
}

/** A chat completion that says `content`. */
export function completion(content: string): Reply {
  return {
    json: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'scripted',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
    },
  };
}

/** Starts an endpoint; what `script` does not answer is answered well. It is stopped after the test file. */
export async function scriptedEndpoint(script: Script = () => undefined) {
  const received: Received[] = [];
  let current = script;
  let working = 0;
  let mostWorking = 0;
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    working++;
    mostWorking = Math.max(mostWorking, working);
    response.on('close', () => {
      working--;
    });
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const one: Received = {
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      nth: received.length + 1,
    };
    received.push(one);
    const { status = 200, headers = {}, json, body, stall, after } = current(one) ?? wellBehaved(one);
    await after;
    if (stall === 'all') return;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    if (stall === 'head') response.write('{');
    else response.end(body ?? JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  afterAll(stop);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    /** The most requests there were at a time. */
    mostAtOnce: () => mostWorking,
    /** From now on does something else. */
    script(next: Script) {
      current = next;
    },
    stop,
  };
}
