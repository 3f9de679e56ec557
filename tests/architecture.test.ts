/** The rooms of `src/` and the arrows between them: what `docs/architecture.md` draws, enforced. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findViolations, importsOf } from './arrows.ts';

const ROOT = join(import.meta.dirname, '..');

/** A tree of sources with one importing file; what it imports need not exist. */
const tree = (file: string, source: string) => new Map([[file, source]]);

test('no file of src imports upwards, sideways or in a circle', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
    .map((name) => `src/${name.split(sep).join('/')}`);
  const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
  expect(findViolations(sources)).toEqual([]);
});

describe('an import is allowed', () => {
  test.each([
    ['src/plan/labels.ts', "import { toArabic } from '../language/numerals.ts';"],
    ['src/plan/labels.ts', "import { config } from '../config.ts';"],
    ['src/embedding/builtin.ts', "import { segment } from '../language/segment.ts';"],
    ['src/answer/compose.ts', "import type { Passage } from '../index/store.ts';"],
    ['src/assistant.ts', "import { answer } from './answer/answer.ts';"],
    ['src/channels/slack/index.ts', "import { ask } from '../../assistant.ts';"],
    ['src/channels/slack/index.ts', "import type { Answer } from '../../answer/types.ts';"],
    ['src/channels/slack/index.ts', "import { render } from '../markdown.ts';"],
    ['src/channels/slack/index.ts', "import { createQueue } from '../bots/queue.ts';"],
    ['src/channels/bots/reply.ts', "import { sourceUrl } from '../links.ts';"],
    ['src/channels/http/app.ts', "import { slack } from '../slack/index.ts';"],
    ['src/evaluation/run.ts', "import { ask } from '../assistant.ts';"],
    ['src/evaluation/bench.ts', "import { search } from '../index/lexical.ts';"],
    ['src/cli.ts', "import { serve } from './channels/http/serve.ts';"],
    ['src/widget/chat.ts', "import { html } from 'lit';"],
    ['src/widget/chat.ts', "import { repeat } from 'lit/directives/repeat.js';"],
    ['src/version.ts', "import pkg from '../package.json' with { type: 'json' };"],
    ['src/language/numerals.ts', "import { readFileSync } from 'node:fs';"],
    [
      'src/language/numerals.ts',
      "// import '../plan/labels.ts'\nexport const s = \"import '../plan/labels.ts'\";",
    ],
  ])('%s: %s', (file, source) => {
    expect(findViolations(tree(file, source))).toEqual([]);
  });
});

describe('an import is refused', () => {
  test.each([
    ['upwards', 'src/plan/labels.ts', "import { open } from '../index/open.ts';"],
    ['upwards, type only', 'src/plan/labels.ts', "import type { Index } from '../index/open.ts';"],
    ['upwards, re-exported', 'src/plan/labels.ts', "export type * from '../index/open.ts';"],
    ['upwards, inside a type', 'src/plan/labels.ts', "let i: import('../index/open.ts').Index;"],
    ['upwards, dynamic', 'src/plan/labels.ts', "const i = await import('../index/open.ts');"],
    ['upwards, required', 'src/plan/labels.ts', "const i = require('../index/open.ts');"],
    ['language is the floor', 'src/language/segment.ts', "import type { Plan } from '../plan/types.ts';"],
    ['settings know no room', 'src/config.ts', "import { segment } from './language/segment.ts';"],
    ['embedding knows no plan', 'src/embedding/builtin.ts', "import type { Plan } from '../plan/types.ts';"],
    ['answer: types of index only', 'src/answer/compose.ts', "import { open } from '../index/open.ts';"],
    ['assistant knows no channel', 'src/assistant.ts', "import { app } from './channels/http/app.ts';"],
    ['channels: types of answer only', 'src/channels/mcp/index.ts', "import { f } from '../../answer/a.ts';"],
    ['an inline type is a value', 'src/channels/mcp/index.ts', "import { type A } from '../../answer/a.ts';"],
    [
      'channels: not retrieval',
      'src/channels/mcp/index.ts',
      "import type { Hit } from '../../retrieval/a.ts';",
    ],
    ['channel to channel', 'src/channels/slack/index.ts', "import { sse } from '../openai/stream.ts';"],
    ['shared to channel', 'src/channels/markdown.ts', "import type { Slack } from './slack/index.ts';"],
    ['bots to channel', 'src/channels/bots/runner.ts', "import { slack } from '../slack/index.ts';"],
    ['evaluation: by the one door', 'src/evaluation/run.ts', "import { search } from '../retrieval/a.ts';"],
    [
      'widget: nothing but its own',
      'src/widget/chat.ts',
      "import type { Answer } from '../answer/types.ts';",
    ],
    ['widget: one package', 'src/widget/chat.ts', "import { marked } from 'marked';"],
    ['widget: nothing of Node', 'src/widget/chat.ts', "import { readFileSync } from 'node:fs';"],
    ['nobody imports the entry', 'src/evaluation/run.ts', "import { main } from '../cli.ts';"],
    ['outside src', 'src/plan/labels.ts', "import { x } from '../../tests/arrows.ts';"],
    ['a file of no room', 'src/helpers.ts', 'export {};'],
    ['a folder of no room', 'src/utils/text.ts', 'export {};'],
  ])('%s (%s)', (_why, file, source) => {
    expect(findViolations(tree(file, source))).toHaveLength(1);
  });

  test('a circle within one room, of types too', () => {
    const sources = new Map([
      ['src/plan/a.ts', "import { b } from './b.ts'; export const a = b;"],
      ['src/plan/b.ts', "export * from './c.ts';"],
      ['src/plan/c.ts', "import type { a } from './a.ts'; export const b = 1;"],
    ]);
    expect(findViolations(sources)).toEqual([
      'circle: src/plan/a.ts → src/plan/b.ts → src/plan/c.ts → src/plan/a.ts',
    ]);
  });
});

test('a violation names the file, the line, the target and the remedy', () => {
  const source = "import fs from 'node:fs';\n\nimport { f } from '../../answer/verify.ts';";
  expect(findViolations(tree('src/channels/mcp/index.ts', source))).toEqual([
    'src/channels/mcp/index.ts:3 imports src/answer/verify.ts: channels may import types only from answer: write `import type`',
  ]);
});

test('only the kind of the statement makes an import type-only', () => {
  const source =
    "import type { A } from './a.ts'; import { type B } from './b.ts'; export { c } from './c.ts';";
  expect(importsOf(source, 'src/plan/x.ts').map(({ typeOnly }) => typeOnly)).toEqual([true, false, false]);
});
