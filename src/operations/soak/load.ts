/** Requests over so many connections at a time, each response checked. @module */
import { Agent, request } from 'node:http';
import { LAKES, WETLANDS } from './corpus.ts';

/** What came of the requests. */
export interface LoadReport {
  readonly requests: number;
  /** Requests given up by the client on purpose, in the middle of a stream. */
  readonly left: number;
  /** What failed, in words, at most 20 of them. */
  readonly failures: readonly string[];
  readonly failed: number;
  /** How long each request took, by what it asks of the server. */
  readonly milliseconds: Readonly<Record<Kind, readonly number[]>>;
}

/** `ask` waits for the model endpoint, `search` for the reranking one, `read` for none. */
export type Kind = 'ask' | 'search' | 'read';

interface Call {
  readonly kind: Kind;
  readonly path: string;
  readonly body?: unknown;
  /** Leave after the first piece of the response. */
  readonly leave?: boolean;
}

/** Asks until `until` (as `Date.now()` has it), over `connections` connections that are kept. */
export async function load(url: string, connections: number, until: number): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const calls = await callsFor(url, agent);
  const failures: string[] = [];
  const milliseconds: Record<Kind, number[]> = { ask: [], search: [], read: [] };
  let requests = 0;
  let failed = 0;
  let left = 0;
  const one = async (worker: number) => {
    for (let n = worker; Date.now() < until; n++) {
      const call = calls[n % calls.length] as Call;
      const began = performance.now();
      requests++;
      try {
        const { status, text } = await send(url, agent, call);
        const wrong = call.leave ? undefined : faultOf(status, text);
        if (call.leave) left++;
        else milliseconds[call.kind].push(performance.now() - began);
        if (wrong) throw new Error(wrong);
      } catch (error) {
        failed++;
        if (failures.length < 20) failures.push(`${call.path}：${(error as Error).message.slice(0, 200)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, (_x, worker) => one(worker)));
  agent.destroy();
  return { requests, left, failures, failed, milliseconds };
}

/** What every kind of client does, by what the plans are about. */
async function callsFor(url: string, agent: Agent): Promise<Call[]> {
  const { text } = await send(url, agent, { kind: 'read', path: '/api/v1/plans' });
  const { plans } = JSON.parse(text) as { plans: { id: string; title: string }[] };
  const both = `${LAKES}和${WETLANDS}各是多少？`;
  const ask = (question: string, more: object = {}): Call => ({
    kind: 'ask',
    path: '/api/v1/ask',
    body: { question, ...more },
  });
  return plans.flatMap(({ id, title }): Call[] => [
    ask(`${title}的主要目标是什么？`),
    { kind: 'search', path: '/api/v1/search', body: { query: both, k: 10 } },
    ask(both, { stream: true }),
    { kind: 'read', path: '/api/v1/indicators' },
    ask('今天的股价是多少？'),
    { kind: 'read', path: `/api/v1/plans/${encodeURIComponent(id)}` },
    { ...ask(`${title}提出了哪些任务？`, { stream: true }), leave: true },
    { kind: 'read', path: '/readyz' },
    ask(both),
    {
      kind: 'ask',
      path: '/v1/chat/completions',
      body: { model: 'guiwen', messages: [{ role: 'user', content: both }] },
    },
  ]);
}

function send(
  url: string,
  agent: Agent,
  { path, body, leave }: Call,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
    });
    sent.setTimeout(60_000, () => sent.destroy(new Error('60 秒没有回答')));
    sent.once('error', reject);
    sent.once('response', (response) => {
      const status = response.statusCode ?? 0;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (!leave) return;
        resolve({ status, text });
        sent.destroy();
      });
      response.once('end', () => resolve({ status, text }));
      response.once('error', reject);
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What is wrong with a response, or undefined: its status, an error in a stream, or two editions of one plan. */
export function faultOf(status: number, text: string): string | undefined {
  if (status !== 200) return `状态 ${status} ${text}`;
  if (/^event: error$/m.test(text)) return text.slice(text.indexOf('event: error'));
  if (text.startsWith('event:') && !/^event: done$/m.test(text)) return '流没有结束';
  const editions = new Set(Array.from(text.matchAll(/第(\d+)号修订/g), ([, edition]) => edition));
  return editions.size > 1 ? `一次回答里有两版规划：${[...editions].join('、')}` : undefined;
}
