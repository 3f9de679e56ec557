/**
 * Regressions planted on purpose: each must turn the gate red, with its cause in the report.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Citation } from '../../src/answer/types.ts';
import type { Assistant } from '../../src/assistant.ts';
import { openAssistant } from '../../src/assistant.ts';
import { evaluate } from '../../src/evaluation/evaluate.ts';
import { baselineOf } from '../../src/evaluation/gate.ts';
import { main } from '../../src/evaluation/run.ts';
import type { Stage } from '../../src/evaluation/score.ts';
import { STAGES } from '../../src/evaluation/score.ts';
import { loadSuites } from '../../src/evaluation/suite.ts';
import { inProcess } from '../../src/evaluation/target.ts';
import type * as Cutting from '../../src/plan/passages.ts';

/** By how many characters the boundaries between passages are moved; set by the test that plants it. */
const moved = vi.hoisted(() => ({ by: 0 }));
vi.mock('../../src/plan/passages.ts', async (original) => {
  const real = await original<typeof Cutting>();
  return {
    ...real,
    cutPassages(...args: Parameters<typeof real.cutPassages>) {
      const [planId, text] = args;
      const passages = real.cutPassages(...args);
      if (moved.by === 0) return passages;
      const starts = passages.map((p, i) => (i === 0 ? p.start : Math.min(p.start + moved.by, p.end - 1)));
      return passages.map((p, i) => {
        const start = starts[i] as number;
        const end = starts[i + 1] ?? p.end;
        return { ...p, id: `${planId}#${start}-${end}`, start, end, text: text.slice(start, end) };
      });
    },
  };
});

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'planted-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly html: string;
  /** How many questions failed at which stage first. */
  readonly stages: ReadonlyMap<Stage, number>;
}

/** Runs the command against an assistant and reads what it reported. */
async function gate(assistant: Assistant, argv: readonly string[]): Promise<Outcome> {
  let output = '';
  const out = join(dir, 'report');
  const code = await main([...argv, '--out', out], {
    print: (text) => {
      output += `${text}\n`;
    },
    complain() {},
    open: async () => inProcess({ ...assistant, close: async () => {} }),
    env: {},
    isTerminal: false,
  });
  const stages = new Map<Stage, number>();
  for (const { causes } of JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')).results) {
    const stage = causes[0]?.stage;
    if (stage) stages.set(stage, (stages.get(stage) ?? 0) + 1);
  }
  return { code, output, html: readFileSync(join(out, 'report.html'), 'utf8'), stages };
}

function expectRed(outcome: Outcome, stage: Stage): void {
  expect(outcome.code).toBe(1);
  expect(outcome.output).toMatch(/^弄坏 /m);
  expect(outcome.stages.get(stage)).toBeGreaterThan(0);
  expect(outcome.html).toContain('未达标');
  expect(outcome.html).toContain(`id="stage-${stage}"`);
  expect(outcome.html).toContain(`<b>${STAGES[stage]}</b>`);
}

describe('on the five plans', () => {
  let assistant: Assistant;
  let argv: string[];
  beforeAll(async () => {
    assistant = await openAssistant({ corpusDir: 'corpus', indexDir: join(dir, 'index') });
    const kinds = ['fact', 'numeric', 'list', 'table'];
    const suite = 'tests/regression/development';
    const cases = loadSuites([suite]).filter((c) => kinds.includes(c.kind));
    const baseline = join(dir, 'baseline.json');
    writeFileSync(baseline, baselineOf(await evaluate(cases, inProcess(assistant))));
    argv = [suite, '--kind', kinds.join(','), '--baseline', baseline];
  }, 120_000);

  it('nothing planted, the gate holds', async () => {
    const { code, output } = await gate(assistant, argv);
    expect(output).toContain('修好 0，弄坏 0');
    expect(code).toBe(0);
  });

  it('citations shifted by a sentence', async () => {
    const shifted = (citation: Citation): Citation => {
      const { text } = assistant.text(citation.plan.id);
      const next =
        /[^。\n]*。?/.exec(text.slice(citation.end + 1))?.[0] || text.slice(citation.end, citation.end + 30);
      const start = text.indexOf(next, citation.end);
      const end = start + next.length;
      const { path, label } = assistant.text(citation.plan.id, { start, end }).node;
      return { ...citation, start, end, quote: next, path, label };
    };
    const planted: Assistant = {
      ...assistant,
      async ask(request) {
        const answer = await assistant.ask(request);
        return { ...answer, citations: answer.citations.map(shifted) };
      },
    };
    const outcome = await gate(planted, argv);
    expectRed(outcome, 'citation_off_gold');
    // The quotes themselves are verbatim and well located: nothing but the gold can tell.
    expect(outcome.stages.has('quote_not_verbatim')).toBe(false);
  });

  it('a quote changed by one character', async () => {
    const planted: Assistant = {
      ...assistant,
      async ask(request) {
        const answer = await assistant.ask(request);
        const citations = answer.citations.map((c) => ({ ...c, quote: `${c.quote.slice(0, -1)}！` }));
        return { ...answer, citations };
      },
    };
    expectRed(await gate(planted, argv), 'quote_not_verbatim');
  });

  it('an over-eager refusal', async () => {
    const planted: Assistant = {
      ...assistant,
      async ask(request) {
        const answer = await assistant.ask(request);
        if (!/多少|几/.test(request.question)) return answer;
        return {
          ...answer,
          status: 'not_found',
          reason: 'nothing_found',
          answer: '规划没有写。',
          citations: [],
        };
      },
    };
    expectRed(await gate(planted, argv), 'wrong_refusal');
  });

  it('passages lost from retrieval', async () => {
    const planted: Assistant = {
      ...assistant,
      search: async (request) => (await assistant.search(request)).slice(5),
      async ask(request) {
        const answer = await assistant.ask(request);
        return {
          ...answer,
          status: 'not_found',
          reason: 'nothing_found',
          answer: '规划没有写。',
          citations: [],
        };
      },
    };
    expectRed(await gate(planted, argv), 'retrieval_missed');
  });

  it('another plan cited than the one asked about', async () => {
    const planted: Assistant = {
      ...assistant,
      async ask(request) {
        const answer = await assistant.ask(request);
        const other = assistant.plans().find((p) => !answer.citations.some((c) => c.plan.id === p.id));
        const [hit] = other
          ? await assistant.search({ query: request.question, k: 1, plans: [other.id] })
          : [];
        if (!hit) return answer;
        const { id: passageId, plan, path, label, text: quote, start, end } = hit;
        return { ...answer, citations: [{ n: 1, passageId, plan, path, label, quote, start, end }] };
      },
    };
    expectRed(await gate(planted, argv), 'wrong_plan');
  });
});

describe('on a plan of its own', () => {
  const TEXT = `绿水市生态环境保护“十四五”规划

第一章 改善声环境质量
严格执行民用建筑隔声质量验收制度，新建住宅竣工时公布楼板和分户墙检测结果。
到2025年，全市建成安静居住小区12个，功能区夜间达标率达到90%。

第二章 改善水环境质量
加强饮用水水源地规范化建设，到2025年，县级以上饮用水水源地水质达标率达到100%。
推进再生水循环利用，到2025年，再生水利用率达到25%。

第三章 强化固体废物管理
完善危险废物收集转运体系，建设区域性处置中心3座，实现县城全覆盖。
推进生活垃圾分类，到2025年，城市生活垃圾回收利用率达到35%。
`;
  const QUESTIONS = [
    ['quiet', '安静居住小区建多少个', '建成安静居住小区12个', '12个'],
    ['water', '甲乙丙2025年要到多少', '再生水利用率达到25%', '25%'],
    ['waste', '生活垃圾回收利用率多少', '城市生活垃圾回收利用率达到35%', '35%'],
  ];
  const glossary = (also: string) => `terms:\n  - term: 再生水\n    also: [${also}]\n`;
  let argv: string[];
  let corpusDir: string;

  const open = () => openAssistant({ corpusDir, indexDir: mkdtempSync(join(dir, 'index-')) });
  beforeAll(async () => {
    corpusDir = join(dir, 'corpus');
    mkdirSync(corpusDir);
    writeFileSync(join(corpusDir, 'plan.txt'), TEXT);
    writeFileSync(join(corpusDir, 'glossary.yaml'), glossary('甲乙丙'));
    const suite = join(dir, 'suite.jsonl');
    const entries = QUESTIONS.map(([id, question, quote, must]) => ({
      id,
      kind: 'numeric',
      question,
      gold: [{ plan: '绿水市生态环境保护“十四五”规划', quote }],
      must: [[must]],
    }));
    writeFileSync(suite, entries.map((e) => JSON.stringify(e)).join('\n'));
    const run = await evaluate(loadSuites([suite]), inProcess(await open()));
    expect(run.results.filter((r) => !r.passed)).toEqual([]);
    const baseline = join(dir, 'own-baseline.json');
    writeFileSync(baseline, baselineOf(run));
    argv = [suite, '--baseline', baseline];
  }, 60_000);

  it('nothing planted, the gate holds', async () => {
    expect((await gate(await open(), argv)).code).toBe(0);
  });

  it('a synonym removed', async () => {
    writeFileSync(join(corpusDir, 'glossary.yaml'), glossary('回用水'));
    const outcome = await gate(await open(), argv);
    writeFileSync(join(corpusDir, 'glossary.yaml'), glossary('甲乙丙'));
    expectRed(outcome, 'must_missing');
    expect(outcome.output).toMatch(/弄坏 {2}water/);
    expect(outcome.output).toContain('弄坏 1');
    expect(outcome.html).toContain('缺 25%');
  });

  it('a chunk boundary moved into a number', async () => {
    moved.by = '到2025年，全市建成安静居住小区1'.length;
    const outcome = await gate(await open(), argv).finally(() => {
      moved.by = 0;
    });
    // The number no longer stands beside what it counts: then the plan is taken not to say it.
    expectRed(outcome, 'wrong_refusal');
    expect(outcome.output).toMatch(/弄坏 {2}quiet .*误拒/);
  });
});
