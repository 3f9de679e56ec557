/** The server over the project's own corpus, really listening; `asking` puts another `ask` in place. */
import { beforeAll } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import type { State } from '../../src/state/types.ts';
import { openShared } from '../opened-corpus.ts';
import { serve } from './served.ts';

export let real: Assistant;
export let url = '';
/** A server that people reach at https://plans.example.org. */
export let linkedUrl = '';
export let state: State;
/** What stands in for `assistant.ask` in the test at hand; the real one if undefined. */
let ask: Assistant['ask'] | undefined;

beforeAll(async () => {
  real = (await openShared()).assistant;
  const assistant: Assistant = { ...real, ask: (request, options) => (ask ?? real.ask)(request, options) };
  ({ url, state } = await serve(assistant));
  linkedUrl = (await serve(assistant, { publicUrl: 'https://plans.example.org/' })).url;
}, 120_000);

/** Runs `body` with another `ask`. */
export async function asking<T>(other: Assistant['ask'], body: () => Promise<T>): Promise<T> {
  ask = other;
  try {
    return await body();
  } finally {
    ask = undefined;
  }
}
