/** Models, and what is refused, in OpenAI’s shape. */
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { asking, real, url } from '../asking.ts';
import type { Params } from './served-client.ts';
import { client, create, messageOf, QUESTION, refusal } from './served-client.ts';

describe('models', () => {
  test('are one for all plans and one for each', async () => {
    const list = await client.models.list();
    expect(list.data.map(({ id }) => id)).toEqual([
      'guiwen',
      ...real.plans().map(({ id }) => `guiwen:${id}`),
    ]);
    const [first, second] = list.data as [OpenAI.Model, OpenAI.Model];
    expect(first).toMatchObject({ object: 'model', owned_by: 'guiwen' });
    expect(first.created).toBe(Math.floor(Date.parse(real.index.builtAt) / 1000));
    expect(await client.models.retrieve(second.id)).toEqual(second);
  });

  test('of one plan restrict the answer to it', async () => {
    const plan = real.plans().at(-1)?.id as string;
    const completion = await create('2025年森林覆盖率目标是多少？', {}, `guiwen:${plan}`);
    expect(completion.model).toBe(`guiwen:${plan}`);
    const { citations } = messageOf(completion);
    expect(new Set(citations.map((citation) => citation.plan.id))).toEqual(new Set([plan]));
  });

  test('that do not exist are refused with the names of those that do', async () => {
    const calls = [create(QUESTION, {}, 'gpt-4o'), client.models.retrieve('gpt-4o')];
    for (const call of calls) {
      const error = await refusal(call);
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
      expect(error.message).toContain(`guiwen、guiwen:${real.plans()[0]?.id}`);
    }
    expect((await refusal(create(QUESTION, {}, 'guiwen:nowhere'))).status).toBe(404);
  });
});

describe('an error has OpenAI’s shape', () => {
  test.each<[string, Params, string]>([
    ['n', { n: 2 }, 'n 只能是 1'],
    ['response_format', { response_format: { type: 'json_object' } }, 'response_format 只能是 text'],
    ['tool_choice', { tool_choice: 'required' }, '不调用工具'],
  ])('for a %s that cannot be had', async (param, more, message) => {
    const error = await refusal(create(QUESTION, more));
    expect(error).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param,
      code: 'unsupported_value',
    });
    expect(error.message).toContain(message);
  });

  test('when something breaks', async () => {
    const error = await asking(
      async () => {
        throw new Error('index file /srv/secret is broken');
      },
      () => refusal(create(QUESTION)),
    );
    expect(error).toMatchObject({ status: 500, type: 'server_error', code: 'internal_error', param: null });
    expect(error.message).not.toContain('secret');
  });

  const post = (body: string, contentType = 'application/json', path = '/v1/chat/completions') =>
    fetch(url + path, { method: 'POST', headers: { 'content-type': contentType }, body });

  test.each([
    ['no JSON', () => post('{"model"'), 400, 'invalid_json', null],
    ['no model', () => post('{"messages":[{"role":"user","content":"x"}]}'), 400, 'invalid_request', 'model'],
    ['another media type', () => post('model=guiwen', 'text/plain'), 415, 'unsupported_media_type', null],
    ['too large a body', () => post(`"${'长'.repeat(100_000)}"`), 413, 'payload_too_large', null],
    ['another method', () => fetch(`${url}/v1/chat/completions`), 405, 'method_not_allowed', null],
    ['another address', () => post('{}', 'application/json', '/v1/embeddings'), 404, 'not_found', null],
  ])('for %s', async (_name, call, status, code, param) => {
    const response = await call();
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: {
        message: expect.stringMatching(/\p{Script=Han}/u),
        type: 'invalid_request_error',
        param,
        code,
      },
    });
  });
});
