/**
 * The JSON Schema of suites, for editors; tests/regression/schema.json is this, written down.
 * @module
 */
import { z } from 'zod';
import { entrySchema } from './suite.ts';

/** The schema of an entry (a JSONL line), of a list of entries (YAML), and of a list under `questions`. */
export function suiteJsonSchema(): Record<string, unknown> {
  const { $schema, ...entry } = z.toJSONSchema(entrySchema, { io: 'input', target: 'draft-7' });
  const list = { type: 'array', items: { $ref: '#/definitions/entry' } };
  return {
    $schema,
    title: 'Guiwen regression suite',
    anyOf: [
      { $ref: '#/definitions/entry' },
      list,
      {
        type: 'object',
        properties: { questions: list },
        required: ['questions'],
        additionalProperties: false,
      },
    ],
    definitions: { entry },
  };
}
