/**
 * An OpenAI-compatible chat endpoint that does what a test tells it to: answer well, lie, stall, break off, refuse.
 * It speaks real HTTP on a port of the system's choosing.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What was asked of the endpoint. */
export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly authorization: string | undefined;
  /** What the question is for, by the prompt. */
  readonly task: 'answer' | 'repair' | 'rewrite' | 'expand';
  readonly system: string;
  readonly user: string;
  /** The passages it was given, by handle. */
  readonly passages: ReadonlyMap<string, string>;
}

/** One turn of the script. */
export type Act =
  | {
      /** The reply, in these pieces; a number waits that many milliseconds, a function runs. */
      readonly say: string | readonly (string | number | (() => void | Promise<void>))[];
      /** `stop` if left out; undefined as a value breaks off without one. */
      readonly finish?: string | undefined;
      /** After the pieces: end the connection in the middle, end it politely without a last word, or say no more. */
      readonly ending?: 'destroy' | 'end' | 'stall';
    }
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** A body sent with status 200 as it stands. */
  | { readonly raw: string; readonly type?: string }
  | { readonly silent: true };

/** A running endpoint. */
export interface ScriptedServer {
  readonly baseUrl: string;
  readonly asked: Asked[];
  /** Calls whose connection the caller closed before the reply was complete. */
  readonly closed: () => number;
  /** What it does from now on; the last act of a list is repeated. */
  play(script: Act | readonly Act[] | ((asked: Asked, n: number) => Act | Promise<Act>)): void;
  stop(): Promise<void>;
}

/** Starts an endpoint; it answers 资料未答 until told otherwise. */
export async function scriptedServer(): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  let closed = 0;
  let calls = 0;
  let script: (asked: Asked, n: number) => Act | Promise<Act> = () => ({ say: '资料未答' });
  const server: Server = createServer(async (request, response) => {
    let complete = false;
    response.on('close', () => {
      if (!complete) closed++;
    });
    const entry = await read(request);
    asked.push(entry);
    const act = await script(entry, calls++);
    complete = await perform(act, entry, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked,
    closed: () => closed,
    play(next) {
      calls = 0;
      asked.length = 0;
      closed = 0;
      if (typeof next === 'function') script = next;
      else {
        const acts = (Array.isArray(next) ? next : [next]) as readonly Act[];
        script = (_asked, n) => acts[Math.min(n, acts.length - 1)] as Act;
      }
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text) as Pick<Asked, 'model' | 'stream' | 'messages'>;
  const system = body.messages.find((m) => m.role === 'system')?.content ?? '';
  const user = body.messages.find((m) => m.role === 'user')?.content ?? '';
  const task = /没有通过与原文的核对/.test(system)
    ? 'repair'
    : /追问/.test(system)
      ? 'rewrite'
      : /检索/.test(system)
        ? 'expand'
        : 'answer';
  const passages = new Map(
    [...user.matchAll(/<<<资料 (c\d+) \w+\n([\s\S]*?)\n\w+>>>/g)].map((m) => [
      m[1] as string,
      m[2] as string,
    ]),
  );
  return { ...body, authorization: request.headers.authorization, task, system, user, passages };
}

/** Resolves to whether the reply was sent to its end. */
async function perform(act: Act, { model, stream }: Asked, response: ServerResponse): Promise<boolean> {
  if ('silent' in act) return false;
  if ('status' in act) {
    response.writeHead(act.status, { 'content-type': 'application/json', ...act.headers });
    response.end(
      act.body ?? JSON.stringify({ error: { message: 'sk-secret-key is not welcome', type: 'x' } }),
    );
    return true;
  }
  if ('raw' in act) {
    response.writeHead(200, {
      'content-type': act.type ?? (stream ? 'text/event-stream' : 'application/json'),
    });
    response.end(act.raw);
    return true;
  }
  if (!stream) throw new Error('the product asks for streams');
  const finish = 'finish' in act ? act.finish : 'stop';
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (delta: object, reason: string | null = null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`,
    );
  send({ role: 'assistant', content: '' });
  for (const piece of typeof act.say === 'string' ? [act.say] : act.say) {
    if (typeof piece === 'number') await sleep(piece);
    else if (typeof piece === 'function') await piece();
    else send({ content: piece });
    if (response.destroyed) return false;
  }
  if (act.ending === 'stall') return false;
  if (act.ending === 'destroy') {
    // What was written must be out before the cut.
    await sleep(20);
    response.destroy();
    return true;
  }
  if (finish !== undefined && act.ending !== 'end') send({}, finish);
  if (act.ending !== 'end') response.write('data: [DONE]\n\n');
  response.end();
  return true;
}
