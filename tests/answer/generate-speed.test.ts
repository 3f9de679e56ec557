/** What checking adds to a model's own time, reported in milliseconds; asserted is the work, not the clock. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groundsOf, lexiconOf } from '../../src/answer/generate/grounds.ts';
import type { Assistant } from '../../src/assistant.ts';
import { assistantOver, modelsOf } from '../../src/assistant.ts';
import type { OpenIndex } from '../../src/index/open.ts';
import type { Hit } from '../../src/retrieval/search.ts';
import { importsOf } from '../arrows.ts';
import type { ScriptedServer } from '../models/scripted-server.ts';
import { scriptedServer } from '../models/scripted-server.ts';
import { IN_2024, openSharedIndex } from '../opened-corpus.ts';
import { handleOf } from './generated.ts';

const QUESTION = '到2025年重庆绿色社区创建率要达到多少？';
const AT = '绿色社区创建率达到60%';

let index: OpenIndex;
let model: ScriptedServer;
let assistant: Assistant;
beforeAll(async () => {
  index = await openSharedIndex();
  model = await scriptedServer();
  const models = await modelsOf({
    baseUrl: model.baseUrl,
    model: 'scripted-1',
    timeoutMs: 20_000,
    contextTokens: 6000,
    answers: true,
    rewrites: false,
    expands: false,
  });
  assistant = assistantOver(index, IN_2024, models);
}, 120_000);
afterAll(() => model.stop());

describe('time to the first streamed sentence', () => {
  it('is the model’s own and the check of one sentence', async () => {
    const added: number[] = [];
    for (let i = 0; i < 8; i++) {
      let complete = 0;
      let shown = 0;
      model.play((asked) => ({
        say: [
          60,
          `到2025年，重庆市绿色社区创建率达到60%[${handleOf(asked, AT)}]。`,
          () => {
            complete = performance.now();
          },
          '深',
          30,
          `入推动“光盘行动”[${handleOf(asked, AT)}]。`,
        ],
      }));
      const { mode } = await assistant.ask(
        { question: QUESTION },
        {
          onEvent: (event) => {
            if (event.type === 'delta' && shown === 0) shown = performance.now();
          },
        },
      );
      expect(mode).toBe('generated');
      // Shown after it was complete: it was not shown unchecked, and not only with the rest either.
      expect(shown).toBeGreaterThanOrEqual(complete);
      added.push(shown - complete);
    }
    const [median = 0] = added.toSorted((a, b) => a - b).slice(added.length / 2);
    console.info(`added to the model's first sentence: median ${median.toFixed(1)} ms of ${added.length}`);
  });

  it('a passage is read once, whoever asks', () => {
    const hit = { doc: 40, passage: index.passages[40], plan: index.planOf[40] } as unknown as Hit;
    const lexicon = lexiconOf(index);
    const [first, again] = [groundsOf(hit, 1, lexicon), groundsOf(hit, 2, lexicon)];
    expect(again[0]?.clauses).toBe(first[0]?.clauses);
    expect(lexiconOf(index)).toBe(lexicon);
  });
});

describe('without a model', () => {
  it('nothing of one is loaded: no static import leads from the assistant to it', () => {
    const root = join(import.meta.dirname, '../..');
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const source = readFileSync(join(root, file), 'utf8');
      for (const { specifier, typeOnly, line } of importsOf(source, file)) {
        const dynamic = source.split('\n')[line - 1]?.includes(`import('${specifier}')`);
        if (typeOnly || dynamic) continue;
        if (specifier.startsWith('.')) visit(relative(root, join(root, dirname(file), specifier)));
        else packages.add(specifier);
      }
    };
    visit('src/assistant.ts');
    expect(seen).toContain('src/answer/answer.ts');
    expect([...seen].filter((file) => /answer\/generate|models\/(?!endpoint|fault)/.test(file))).toEqual([]);
    expect([...packages].filter((name) => /openai|cockatiel/.test(name))).toEqual([]);
  });
});
