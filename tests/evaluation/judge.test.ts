import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { judge, judgeFrom } from '../../src/evaluation/judge.ts';
import { answer, cite, score } from './fixtures.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function endpoint(reply: (statements: { text: string; quotes: string[] }[]) => string) {
  const seen: { authorization?: string | undefined; body: { model: string } }[] = [];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    seen.push({ authorization: request.headers.authorization, body });
    const { statements } = JSON.parse(body.messages[1].content);
    response.end(JSON.stringify({ choices: [{ message: { content: reply(statements) } }] }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, key: 'secret', model: 'judge-1', seen };
}

const results = [
  score(
    { id: 'one' },
    answer('达到40%。[1]\n建设25座设施[2]', [cite(1, '森林覆盖率达到 40%'), cite(2, '建设 22 座设施')]),
  ),
  score({ id: 'two', half: 'heldout' }, answer('坚持生态优先[1]', [cite(1, '坚持生态优先')])),
  score({ id: 'none' }, answer('没有。', [], { status: 'not_found', reason: 'nothing_found' })),
];

describe('judgeFrom', () => {
  it('is off unless an endpoint and a model are named', () => {
    expect(judgeFrom({})).toBeUndefined();
    expect(judgeFrom({ EVAL_JUDGE_BASE_URL: 'http://x/v1' })).toBeUndefined();
    expect(judgeFrom({ EVAL_JUDGE_BASE_URL: 'http://x/v1/', EVAL_JUDGE_MODEL: 'm' })).toEqual({
      baseUrl: 'http://x/v1',
      model: 'm',
    });
  });
});

describe('judge', () => {
  it('asks about each statement with the quotes it cites, and averages over questions', async () => {
    const target = await endpoint((statements) =>
      JSON.stringify({
        supported: statements.map((s) => s.quotes.some((q) => !s.text.includes('25') || q.includes('25'))),
      }),
    );
    const found = await judge(results, target);
    expect(found).toMatchObject({
      model: 'judge-1',
      faithfulness: 0.75,
      questions: 2,
      statements: 3,
      failed: 0,
      unsupported: [{ id: 'one', statement: '建设25座设施' }],
    });
    expect(target.seen[0]).toMatchObject({ authorization: 'Bearer secret', body: { model: 'judge-1' } });
  });

  it('reads an answer wrapped in prose, and counts an unusable one as failed', async () => {
    const target = await endpoint((statements) =>
      statements.length === 2 ? 'Sure: {"supported": [true, true]}' : 'I cannot say',
    );
    expect(await judge(results, target)).toMatchObject({ faithfulness: 1, questions: 1, failed: 1 });
  });

  it('shows no statement of a held-out question', async () => {
    const target = await endpoint((statements) => JSON.stringify({ supported: statements.map(() => false) }));
    const { unsupported } = await judge(results, target);
    expect(unsupported.find((u) => u.id === 'two')).toEqual({ id: 'two', statement: '' });
  });
});
