/**
 * No regular expression of `src/` takes exponential time, or more than quadratic time, on any input: what people type
 * and what documents hold can be made to find the one that does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from 'recheck';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

interface Expression {
  readonly source: string;
  readonly flags: string;
  readonly file: string;
}

/** Every expression written between slashes. */
function literals(): Expression[] {
  const found: Expression[] = [];
  for (const name of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('regex' in node && node.regex) {
        const { pattern, flags } = node.regex as { pattern: string; flags: string };
        found.push({ source: pattern, flags, file: name });
      }
      for (const child of Object.values(node)) walk(child);
    };
    walk(parseAst(readFileSync(join(ROOT, 'src', name), 'utf8'), { lang: 'ts' }, name));
  }
  return found;
}

/** Every expression that the rooms put together from pieces when they are loaded. */
async function composed(): Promise<Expression[]> {
  const found: Expression[] = [];
  const Plain = RegExp;
  vi.resetModules();
  vi.stubGlobal(
    'RegExp',
    new Proxy(Plain, {
      construct(target, [pattern, flags = '']: [string | RegExp, string?]) {
        const made = new target(pattern, flags);
        if (typeof pattern === 'string') found.push({ source: pattern, flags, file: 'put together' });
        return made;
      },
    }),
  );
  for (const file of [
    'answer/answer',
    'answer/generate/write',
    'plan/read',
    'plan/decode/docx',
    'plan/decode/pdf-characters',
    'enrichment/reply',
  ])
    await import(join(ROOT, `src/${file}.ts`));
  vi.unstubAllGlobals();
  return found.filter(({ source }) => /[\p{Script=Han}]/u.test(source));
}

/**
 * What can take more than quadratic time at all: a repeated group (each round may be read in two ways), or three
 * repetitions without an end that may all take the same characters. The others need no analysis.
 */
function isSuspect({ source }: Expression): boolean {
  const plain = source.replace(/\\./gs, 'x').replace(/\[[^\]]*\]/g, 'x');
  return /\)(?:[*+]|\{\d+,)/.test(plain) || (plain.match(/[*+]|\{\d+,\}/g) ?? []).length >= 3;
}

/** What an analysis says against it; undefined if nothing. */
async function faultOf({ source, flags, file }: Expression): Promise<string | undefined> {
  const result = await check(source, flags, { timeout: 60_000 });
  if (result.status === 'safe') return undefined;
  if (result.status === 'unknown') return `${file}: /${source}/${flags} is unknown (${result.error.kind})`;
  const { complexity } = result;
  if (complexity.type === 'polynomial' && complexity.degree <= 2) return undefined;
  return `${file}: /${source}/${flags} is ${complexity.summary}`;
}

describe('the check notices', () => {
  it.each([
    ['exponential time', '^(?:城|城镇|镇)+区$'],
    ['exponential time by one alternative twice', '^(?:园|景|库|景)+区$'],
    ['cubic time', '^\\s*\\s*\\s*$'],
  ])('%s', async (_kind, source) => {
    const expression = { source, flags: '', file: 'here' };
    expect(isSuspect(expression)).toBe(true);
    expect(await faultOf(expression)).toMatch(/exponential|polynomial/);
  });
});

it('no expression between slashes takes more than quadratic time', async () => {
  const all = literals();
  expect(all.length).toBeGreaterThan(400);
  const faults = await Promise.all(all.filter(isSuspect).map(faultOf));
  expect(faults.filter(Boolean)).toEqual([]);
}, 300_000);

it('no expression put together from pieces takes more than quadratic time', async () => {
  const all = await composed();
  expect(all.length).toBeGreaterThan(15);
  const faults = await Promise.all(all.filter(isSuspect).map(faultOf));
  expect(faults.filter(Boolean)).toEqual([]);
}, 300_000);
