/** `/openapi.json` and the contract say the same. */
import { expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { appOver } from './opened.ts';

// The document is made from the routes alone; nothing is asked.
const { app } = appOver({} as Assistant);
const document = await (await app.request('/openapi.json')).json();
const schemas = document.components.schemas;

/** Fields of a schema as the contract writes them: `name`, or `name?` when it may be left out. */
function fieldsOf(schema: { properties: object; required?: string[] }): string[] {
  return Object.keys(schema.properties).map((name) => (schema.required?.includes(name) ? name : `${name}?`));
}

test('it is OpenAPI 3.1, in Chinese, with this package’s version', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.title).toBe('规问 API');
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+/);
});

test('it has the contract’s routes', () => {
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes).toEqual(
    expect.arrayContaining([
      'POST /api/v1/ask',
      'POST /api/v1/search',
      'GET /api/v1/plans',
      'GET /api/v1/plans/{id}',
      'GET /api/v1/plans/{id}/text',
      'GET /api/v1/indicators',
      'GET /healthz',
      'GET /readyz',
      'POST /v1/chat/completions',
      'GET /v1/models',
      'GET /v1/models/{model}',
    ]),
  );
});

test.each([
  ['AskRequest', ['question', 'history?', 'plans?', 'conversationId?', 'stream?']],
  [
    'Answer',
    [
      'id',
      'status',
      'reason?',
      'mode',
      'question',
      'answer',
      'citations',
      'notices',
      'related',
      'followUps',
      'tookMs',
    ],
  ],
  ['Citation', ['n', 'passageId', 'plan', 'path', 'label', 'quote', 'start', 'end']],
  ['SearchRequest', ['query', 'k?', 'plans?']],
  ['SearchResponse', ['passages']],
  ['Passage', ['id', 'plan', 'path', 'label', 'text', 'score', 'start', 'end']],
  ['Plan', ['id', 'title', 'issuer?', 'regions', 'level?', 'period?', 'status']],
  ['OutlineNode', ['id', 'kind', 'number', 'heading', 'start', 'end', 'children']],
  ['Indicator', ['name', 'unit?', 'baseline?', 'target?', 'attribute?', 'plan', 'citation']],
  ['Error', ['error']],
])('%s has the contract’s fields', (name, fields) => {
  expect(fieldsOf(schemas[name])).toEqual(expect.arrayContaining(fields));
});

test('status, mode and reason take the contract’s values', () => {
  const { status, mode, reason } = schemas.Answer.properties;
  expect(status.enum).toEqual(['answered', 'not_found']);
  expect(mode.enum).toEqual(['extractive', 'generated']);
  expect(reason.enum.toSorted()).toEqual(
    [
      'out_of_scope',
      'not_in_plan',
      'year_not_given',
      'place_not_covered',
      'detail_not_given',
      'false_premise',
      'nothing_found',
    ].toSorted(),
  );
});

test('the limits are the contract’s', () => {
  expect(schemas.AskRequest.properties.question).toMatchObject({ minLength: 1, maxLength: 2000 });
  expect(schemas.SearchRequest.properties.query).toMatchObject({ minLength: 1, maxLength: 2000 });
  expect(schemas.SearchRequest.properties.k).toMatchObject({ type: 'integer', minimum: 1, maximum: 50 });
});

test('every route says in Chinese what it is for, and every refusal has its one error shape', () => {
  for (const [path, item] of Object.entries(document.paths)) {
    const shape = path.startsWith('/v1/') ? 'OpenAiError' : 'Error';
    for (const { summary, responses } of Object.values(item as object)) {
      expect(summary).toMatch(/\p{Script=Han}/u);
      for (const [status, response] of Object.entries(responses as Record<string, { content: object }>)) {
        if (status.startsWith('2')) continue;
        expect(response.content).toEqual({
          'application/json': { schema: { $ref: `#/components/schemas/${shape}` } },
        });
      }
    }
  }
});

test('every reference leads somewhere', () => {
  const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(schemas).toHaveProperty(name as string);
});
