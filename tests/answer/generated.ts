/** The product over HTTP with a scripted chat model behind it, on the project's own corpus. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Answer, AskRequest } from '../../src/answer/types.ts';
import type { AssistantModels } from '../../src/assistant.ts';
import { assistantOver, modelsOf } from '../../src/assistant.ts';
import { startServer } from '../../src/channels/http/serve.ts';
import type { ChatSettings } from '../../src/config.ts';
import { openSqliteState } from '../../src/state/sqlite/index.ts';
import type { Asked } from '../models/scripted-server.ts';
import { scriptedServer } from '../models/scripted-server.ts';
import { IN_2024, openSharedIndex } from '../opened-corpus.ts';

/** One answer as it came over the wire. */
export interface Given {
  readonly answer: Answer;
  /** The deltas, in order; of a reply that was not streamed, none. */
  readonly deltas: readonly string[];
  readonly events: readonly string[];
}

/** Everything up and running; taken down after the test file. */
export async function openGenerated() {
  const index = await openSharedIndex();
  const model = await scriptedServer();
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-generated-'));
  const state = openSqliteState(dataDir);
  const settings: ChatSettings = {
    baseUrl: model.baseUrl,
    apiKey: 'sk-test',
    model: 'scripted-1',
    timeoutMs: 20_000,
    contextTokens: 6000,
    answers: true,
    rewrites: false,
    expands: false,
  };
  let models: AssistantModels = {};
  // The index is understood once; the model, with its memory of failures, is new for every test.
  const assistant = assistantOver(index, IN_2024, {
    get writer() {
      return models.writer;
    },
    get complete() {
      return models.complete;
    },
    get words() {
      return models.words;
    },
  });
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  server.use({ assistant, state });
  afterAll(async () => {
    await server.stop(0);
    await assistant.close();
    await state.close();
    await model.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const post = (body: AskRequest & { stream?: boolean }, signal?: AbortSignal) =>
    fetch(`${server.url}/api/v1/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  return {
    index,
    assistant,
    model,
    state,
    url: server.url,
    post,
    /** A new model, with these settings changed; `undefined` for none at all. */
    async configure(changes: Partial<ChatSettings> | undefined = {}) {
      models = await modelsOf(changes && { ...settings, ...changes });
    },
    async none() {
      models = {};
    },
    async ask(
      question: string,
      { stream = false, ...rest }: Partial<AskRequest> & { stream?: boolean } = {},
    ): Promise<Given> {
      const response = await post({ question, ...rest, stream });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      if (!stream) return { answer: (await response.json()) as Answer, deltas: [], events: [] };
      return readStream(await response.text());
    },
  };
}

/** The events of a stream. */
export function readStream(text: string): Given {
  const events = text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
      return { name, data: JSON.parse(data) };
    });
  const done = events.find((e) => e.name === 'done');
  if (!done) throw new Error(`no answer in the stream: ${text.slice(-500)}`);
  return {
    answer: done.data as Answer,
    deltas: events.filter((e) => e.name === 'delta').map((e) => e.data.text as string),
    events: events.map((e) => e.name),
  };
}

/** The handle of the first passage that prints `needle`. */
export function handleOf({ passages }: Asked, needle: string): string {
  for (const [handle, text] of passages) if (text.includes(needle)) return handle;
  throw new Error(`the model was given no passage with ${needle}`);
}

/** What the test sees wrong with an answer, apart from what the product thinks of it: none if it is well. */
export function unsupported({ answer, citations }: Answer): string[] {
  const quotes = new Map(
    citations.map((c) => [c.n, `${c.quote} ${c.path.join(' ')} ${c.label} ${c.plan.title}`]),
  );
  const digits = (text: string): string[] => text.normalize('NFKC').match(/\d+(?:\.\d+)?/g) ?? [];
  return answer
    .split(/(?<=\[\d+\])(?!\[)|\n/)
    .filter((statement) => /[\p{Script=Han}\d]/u.test(statement))
    .flatMap((statement) => {
      const cites = [...statement.matchAll(/(?<!\\)\[(\d+)\]/g)].map((m) => Number(m[1]));
      const text = statement.replace(/\[\d+\]/g, '');
      if (/^(?:《[^》]+》：|\| .*|[。，])$/.test(text.trim())) return [];
      const unknown = cites.filter((n) => !quotes.has(n));
      if (cites.length === 0) return [`no citation: ${statement}`];
      if (unknown.length > 0) return [`no such citation: ${statement}`];
      const held = digits(cites.map((n) => quotes.get(n)).join(' '));
      return digits(text)
        .filter((d) => !held.includes(d) && !/20[23]\d/.test(d))
        .map((d) => `${d} is not in the quote of: ${statement}`);
    });
}
