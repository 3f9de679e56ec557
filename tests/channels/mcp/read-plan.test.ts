/** `read_plan` and the plans as resources: everything can be read, in pieces of bounded size. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanSummary } from '../../../src/answer/types.ts';
import type { OutlineNode } from '../../../src/plan/types.ts';
import { linkedUrl, real } from '../asking.ts';
import { serve } from '../served.ts';
import { call, failure } from './calls.ts';
import { connect } from './connected.ts';

const PLAN = 'chongqing-2025';

interface Read {
  plans?: { id: string }[];
  outline?: { id: string; depth: number; heading: string; start: number; end: number }[];
  text?: { text: string; start: number; end: number; length: number; node: { id: string }; url?: string };
  next?: Record<string, unknown>;
}

let client: Client;
beforeAll(async () => {
  ({ client } = await connect());
}, 120_000);

const read = (args: object = {}) => call<Read>(client, 'read_plan', args);
const flatten = (node: OutlineNode): OutlineNode[] => node.children.flatMap((n) => [n, ...flatten(n)]);

/** Every piece, following `next` to the end. */
async function readAll(args: object) {
  const pieces: Read[] = [];
  for (let next: object | undefined = args; next; next = pieces.at(-1)?.next) {
    pieces.push((await read(next)).structured);
    if (pieces.length > 500) throw new Error('it does not end');
  }
  return pieces;
}

test('without arguments it lists the plans', async () => {
  const { structured, text } = await read();
  expect(structured.plans?.map(({ id }) => id)).toEqual(real.plans().map(({ id }) => id));
  for (const { id, title } of real.plans()) expect(text).toContain(`${id}：《${title}》`);
});

test('a library of plans is listed in pieces, each with what to call for the rest', async () => {
  const [plan] = real.plans() as [PlanSummary];
  const plans = Array.from({ length: 450 }, (_, i) => ({ ...plan, id: `plan-${i}` }));
  const { client: reader } = await connect((await serve({ ...real, plans: () => plans })).url);
  const listed: string[] = [];
  for (let next: object | undefined = {}; next; ) {
    const { structured }: { structured: Read } = await call<Read>(reader, 'read_plan', next);
    listed.push(...(structured.plans ?? []).map(({ id }) => id));
    next = structured.next;
  }
  expect(listed).toEqual(plans.map(({ id }) => id));
});

describe('with a plan only, it gives the outline', () => {
  test('whole, in order, in pieces of at most 200 headings', async () => {
    const pieces = await readAll({ plan: PLAN });
    expect(pieces.length).toBeGreaterThan(1);
    for (const { outline } of pieces) expect(outline?.length).toBeLessThanOrEqual(200);
    expect(pieces.flatMap(({ outline }) => outline?.map(({ id }) => id))).toEqual(
      flatten(real.outline(PLAN)).map(({ id }) => id),
    );
  });

  test('as text too, with what to call for the rest', async () => {
    const { structured, text } = await read({ plan: PLAN });
    for (const { id, heading } of structured.outline ?? []) expect(text).toContain(`- ${id} ${heading}`);
    expect(text).toContain(`read_plan ${JSON.stringify(structured.next)}`);
  });

  test('and says so when there is no such part of it', async () => {
    expect(await failure(client, 'read_plan', { plan: PLAN, from: 99_999 })).toContain('from 须小于它');
  });
});

describe('it gives the text', () => {
  test('of a heading, verbatim, by its id, its number or its title', async () => {
    const node = real.outline(PLAN).children.find(({ kind }) => kind === 'chapter') as OutlineNode;
    const title = node.heading.slice(node.number.length).trim();
    const whole = real.text(PLAN, { start: node.start, end: node.end }).text;
    for (const wanted of [node.id, node.heading, node.number, title]) {
      const pieces = await readAll({ plan: PLAN, node: wanted });
      expect(pieces.map(({ text }) => text?.text).join('')).toBe(whole);
    }
  });

  test('of a range, such as a citation’s surroundings, with the heading it stands under', async () => {
    const { structured, text } = await read({ plan: PLAN, start: 1000, end: 1300 });
    const { text: expected, node } = real.text(PLAN, { start: 1000, end: 1300 });
    expect(structured.text).toMatchObject({ text: expected, start: 1000, end: 1300, node });
    expect(structured.next).toBeUndefined();
    expect(text).toContain(expected);
    expect(text).toContain(node.label);
  });

  test('in pieces no longer than asked, cut at sentence or line ends, that join to the whole', async () => {
    const pieces = await readAll({ plan: PLAN, start: 0, maxCharacters: 2000 });
    expect(pieces.map(({ text }) => text?.text).join('')).toBe(real.text(PLAN).text);
    for (const { text, next } of pieces) {
      expect(text?.text.length).toBeLessThanOrEqual(2000);
      if (next) expect(text?.text).toMatch(/[。\n]$/);
    }
    const [usual] = await readAll({ plan: PLAN, start: 0 });
    expect(usual?.text?.text.length).toBeGreaterThan(3000);
    expect(usual?.text?.text.length).toBeLessThanOrEqual(6000);
  });

  test('with its address where people reach the server', async () => {
    const { client: linked } = await connect(linkedUrl);
    const { structured } = await call<Read>(linked, 'read_plan', { plan: PLAN, start: 10, end: 20 });
    expect(structured.text?.url).toBe(`https://plans.example.org/plans/${PLAN}#10-20`);
  });

  test.each([
    ['a heading that does not exist', { plan: PLAN, node: '第九十九章' }, '没有“第九十九章”这个标题'],
    ['a heading there are several of', { plan: PLAN, node: '第一节' }, '请改用 id：'],
    ['a start beyond the text', { plan: PLAN, start: 9_999_999 }, 'start 须在 0 与'],
    ['an empty range', { plan: PLAN, start: 5, end: 5 }, 'end 须大于 start'],
    ['a range outside the heading', { plan: PLAN, node: '2', start: 0 }, 'start 须在'],
    ['a heading of no plan', { node: '第一章' }, '请同时给出 plan'],
  ])('not of %s', async (_name, args, message) => {
    expect(await failure(client, 'read_plan', args)).toContain(message);
  });
});

describe('the plans are resources', () => {
  test('listed by title, and read whole', async () => {
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(real.plans().map(({ id }) => `guiwen://plans/${id}`));
    const { contents } = await client.readResource({ uri: `guiwen://plans/${PLAN}` });
    expect(contents).toEqual([
      { uri: `guiwen://plans/${PLAN}`, mimeType: 'text/plain', text: real.text(PLAN).text },
    ]);
  });

  test('one that does not exist is refused with those that do', async () => {
    await expect(client.readResource({ uri: 'guiwen://plans/nowhere' })).rejects.toMatchObject({
      code: -32002,
      message: expect.stringContaining(PLAN),
    });
  });
});
