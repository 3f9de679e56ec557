import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AskEvent } from '../src/answer/types.ts';
import type { Assistant, IngestProgress } from '../src/assistant.ts';
import {
  assistantOver,
  CorpusError,
  InvalidRequestError,
  ingest,
  openAssistant,
  UnknownPlanError,
} from '../src/assistant.ts';
import type { OpenIndex } from '../src/index/open.ts';
import type { OutlineNode } from '../src/plan/types.ts';
import { openShared } from './opened-corpus.ts';

let index: OpenIndex;
let assistant: Assistant;
beforeAll(async () => {
  ({ index, assistant } = await openShared());
});

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});
function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-assistant-'));
  made.push(dir);
  return dir;
}

describe('asking', () => {
  it('answers in the contract’s shape', async () => {
    const answer = await assistant.ask({ question: '  江津森林覆盖率 ' });
    expect(answer).toEqual({
      id: expect.stringMatching(/^[\w-]{8,}$/),
      status: 'answered',
      mode: 'extractive',
      question: '江津森林覆盖率',
      answer: expect.stringContaining('53.8'),
      citations: [
        {
          n: 1,
          passageId: expect.stringMatching(/^jiangjin-2025#\d+-\d+$/),
          plan: { id: 'jiangjin-2025', title: expect.stringContaining('江津区') },
          path: expect.arrayContaining([expect.stringContaining('专栏2')]),
          label: '专栏2 第15项',
          quote: expect.stringContaining('53.8'),
          start: expect.any(Number),
          end: expect.any(Number),
        },
      ],
      notices: [],
      related: [],
      followUps: [],
      tookMs: expect.any(Number),
    });
  });

  it('tells what it is doing, then gives the answer: the deltas joined are its text', async () => {
    for (const question of ['江津森林覆盖率', '怎么做红烧肉', '重庆规划一共几章']) {
      const events: AskEvent[] = [];
      const answer = await assistant.ask({ question }, { onEvent: (event) => events.push(event) });
      expect(events[0]).toMatchObject({ type: 'status', text: expect.stringMatching(/\p{Script=Han}/u) });
      const types = events.map((event) => event.type);
      expect(types.lastIndexOf('status')).toBeLessThan(types.indexOf('delta'));
      const deltas = events.filter((event) => event.type === 'delta').map((event) => event.text);
      expect(deltas.join('')).toBe(answer.answer);
    }
  });

  it('gives every answer an id of its own, and the same question the same answer', async () => {
    const [first, second] = await Promise.all([
      assistant.ask({ question: '江津的噪声怎么治理' }),
      assistant.ask({ question: '江津的噪声怎么治理' }),
    ]);
    expect(first.id).not.toBe(second.id);
    expect({ ...first, id: '', tookMs: 0 }).toEqual({ ...second, id: '', tookMs: 0 });
  });

  it('reads every user turn of the history, and none of the assistant’s', async () => {
    const answer = await assistant.ask({
      question: '重庆呢',
      history: [
        { role: 'user', content: '江津的森林覆盖率是多少' },
        { role: 'assistant', content: '四川的噪声' },
        { role: 'user', content: '那四川呢' },
        { role: 'assistant', content: '江津的土壤' },
      ],
    });
    expect(answer.question).toContain('森林覆盖率');
    expect(answer.citations.map((c) => c.plan.id)).toEqual(['chongqing-2025']);
  });

  it.each(['', '   ', '\n\t'])('refuses an empty question: %j', async (question) => {
    await expect(assistant.ask({ question })).rejects.toThrow(InvalidRequestError);
  });

  it('refuses an unknown plan by its id, shortened', async () => {
    const asked = assistant.ask({ question: '噪声', plans: ['jiangjin-2025', 'x'.repeat(500)] });
    await expect(asked).rejects.toThrow(UnknownPlanError);
    const error = await asked.catch((e: Error) => e);
    expect((error as Error).message.length).toBeLessThan(120);
  });

  it('stops with the signal’s reason', async () => {
    const events: AskEvent[] = [];
    const reason = new Error('the client has left');
    const asked = assistant.ask(
      { question: '江津森林覆盖率' },
      { signal: AbortSignal.abort(reason), onEvent: (event) => events.push(event) },
    );
    await expect(asked).rejects.toBe(reason);
    expect(events.filter((event) => event.type === 'delta')).toEqual([]);
  });

  it('stops when it is told so in between', async () => {
    const controller = new AbortController();
    const asked = assistant.ask(
      { question: '江津森林覆盖率' },
      { signal: controller.signal, onEvent: () => controller.abort() },
    );
    await expect(asked).rejects.toThrow(/abort/i);
  });

  it('is unmoved by a signal that comes too late', async () => {
    const controller = new AbortController();
    const answer = await assistant.ask({ question: '江津森林覆盖率' }, { signal: controller.signal });
    controller.abort();
    expect(answer.status).toBe('answered');
  });
});

describe('the plans', () => {
  it('are listed with what is known of them', () => {
    expect(assistant.plans().map((p) => p.id)).toEqual([
      'chengyu-2025',
      'chuanyu-pilot-draft',
      'chongqing-2025',
      'sichuan-2025',
      'jiangjin-2025',
    ]);
    for (const plan of assistant.plans()) {
      expect(plan.characters).toBe(assistant.text(plan.id).length);
      expect(plan.passages).toBeGreaterThan(10);
    }
    expect(assistant.plans()[4]).toMatchObject({
      level: 'district',
      period: { start: 2021, end: 2025 },
      status: 'in_force',
    });
  });

  it('have outlines whose headings stand in the text', () => {
    const squash = (text: string) => text.normalize('NFKC').replace(/[\s:.．]/g, '');
    const walk = (node: OutlineNode): OutlineNode[] => [node, ...node.children.flatMap(walk)];
    for (const { id } of assistant.plans()) {
      const nodes = walk(assistant.outline(id)).filter((n) => n.kind === 'chapter' || n.kind === 'section');
      expect(nodes.length).toBeGreaterThan(5);
      for (const { heading, headingSpan } of nodes) {
        expect(squash(assistant.text(id, headingSpan).text)).toBe(squash(heading));
      }
    }
  });

  it('are counted in what is served', () => {
    expect(assistant.index).toEqual({
      builtAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      plans: 5,
      passages: index.passages.length,
      embedding: index.embedding.id,
    });
  });

  it.each(['', 'no-such-plan', '../corpus', 'constructor'])('have no plan %j', async (id) => {
    expect(() => assistant.outline(id)).toThrow(UnknownPlanError);
    expect(() => assistant.text(id)).toThrow(UnknownPlanError);
    expect(() => assistant.indicators({ plan: id })).toThrow(UnknownPlanError);
    await expect(assistant.search({ query: '噪声', plans: [id] })).rejects.toThrow(UnknownPlanError);
  });
});

describe('a plan’s text', () => {
  const id = 'jiangjin-2025';

  it('is whole unless a range is given', () => {
    const { text, start, end, length } = assistant.text(id);
    expect({ start, end, length: text.length }).toEqual({ start: 0, end: length, length });
  });

  it('is what a citation quotes, with the outline node it lies in', async () => {
    const citation = (await assistant.ask({ question: '江津森林覆盖率' })).citations[0];
    if (!citation) throw new Error('no citation');
    const slice = assistant.text(citation.plan.id, citation);
    expect(slice.text).toBe(citation.quote);
    expect(slice.node).toMatchObject({
      label: citation.label,
      path: citation.path,
      heading: citation.path.at(-1),
    });
  });

  it('may be asked for from an offset on, up to an offset, and for nothing', () => {
    const whole = assistant.text(id).text;
    expect(assistant.text(id, { start: 100 }).text).toBe(whole.slice(100));
    expect(assistant.text(id, { end: 100 }).text).toBe(whole.slice(0, 100));
    expect(assistant.text(id, { start: 7, end: 7 }).text).toBe('');
    expect(assistant.text(id, { start: whole.length }).text).toBe('');
  });

  it.each([
    { start: -1 },
    { start: 10, end: 9 },
    { end: 10_000_000 },
    { start: 10_000_000 },
    { start: 1.5 },
    { start: Number.NaN },
    { end: Number.POSITIVE_INFINITY },
  ])('is refused outside itself, with the range that there is: %j', (range) => {
    expect(() => assistant.text(id, range)).toThrow(InvalidRequestError);
    expect(() => assistant.text(id, range)).toThrow(String(assistant.text(id).length));
  });
});

describe('indicators', () => {
  it('are found by part of their name in every plan', () => {
    const rows = assistant.indicators({ name: '森林覆盖率' });
    const plans = new Set(rows.map((row) => row.plan.id));
    expect([...plans]).toEqual(expect.arrayContaining(['chongqing-2025', 'jiangjin-2025']));
    expect(rows.every((row) => row.name.includes('森林覆盖率'))).toBe(true);
  });

  it('are one plan’s when a plan is given', () => {
    const rows = assistant.indicators({ name: '森林覆盖率', plan: 'jiangjin-2025' });
    expect(rows.every((row) => row.plan.id === 'jiangjin-2025')).toBe(true);
    expect(rows).toContainEqual(
      expect.objectContaining({
        unit: '%',
        baseline: expect.objectContaining({ year: 2020, value: '51.8' }),
        target: expect.objectContaining({ year: 2025, value: '53.8' }),
        attribute: '约束性',
      }),
    );
  });

  it('are found however their name is typed', () => {
    const names = (name: string) =>
      assistant.indicators({ name, plan: 'jiangjin-2025' }).map((row) => row.start);
    expect(names('pm2.5').length).toBeGreaterThan(0);
    expect(names('PM 2.5')).toEqual(names('pm2.5'));
    expect(names('ＰＭ２．５')).toEqual(names('pm2.5'));
  });

  it('are all of them without a filter, each with a verbatim citation', () => {
    const rows = assistant.indicators();
    expect(rows.length).toBe(assistant.plans().reduce((sum, plan) => sum + plan.indicators, 0));
    for (const { citation, plan, notes } of rows) {
      const { text } = assistant.text(plan.id);
      expect(text.slice(citation.start, citation.end)).toBe(citation.quote);
      expect(citation.passageId).not.toBe('');
      expect(notes.every((note) => text.includes(note))).toBe(true);
    }
  });

  it('are none for a name that no row has', () => {
    expect(assistant.indicators({ name: '松果产量' })).toEqual([]);
  });
});

const MUNICIPAL = `松山市松果产业发展规划（2024—2028年）

第一章 总体要求
松山市是松果之乡。坚持绿色采收，保护松林。

第二章 主要任务
第一节 采收
到2028年，全市松果年采收量达到300吨，松林抚育面积达到12万亩。由市林业局牵头建立采收台账。

第二节 加工
建设松果加工园2座。推广低温烘干工艺。
`;

const STATUTE = `# 松山市松林保护条例

## 第一章 总则

第一条 为了保护松林，制定本条例。

第二条 本条例适用于本市行政区域内松林的保护。

## 第二章 罚则

第三条 违反本条例采摘未成熟松果的，由林业主管部门处二百元以上一千元以下罚款。
`;

/** A corpus without plans.yaml, glossary and enrichment. */
function ownCorpus(): { corpusDir: string; indexDir: string } {
  const corpusDir = temporary();
  writeFileSync(join(corpusDir, '松山市松果产业发展规划.txt'), MUNICIPAL);
  writeFileSync(join(corpusDir, '松山市松林保护条例.md'), STATUTE);
  return { corpusDir, indexDir: join(temporary(), 'index') };
}

describe('a corpus of one’s own', () => {
  let own: Assistant;
  beforeAll(async () => {
    own = await openAssistant(ownCorpus());
  });

  it('is read without plans.yaml: titles, period', () => {
    const plans = own.plans();
    expect(plans.map((p) => p.title).sort()).toEqual(['松山市松林保护条例', '松山市松果产业发展规划']);
    expect(plans.find((p) => p.title.includes('产业'))?.period).toEqual({ start: 2024, end: 2028 });
  });

  it('answers with a citation of the chapter and section', async () => {
    const answer = await own.ask({ question: '2028年松果采收量要达到多少吨' });
    expect(answer.status).toBe('answered');
    expect(answer.answer).toContain('300吨');
    const [citation] = answer.citations;
    expect(citation?.label).toBe('第二章第一节 第1段');
    expect(citation?.path).toEqual(['第二章 主要任务', '第一节 采收']);
    expect(own.text(citation?.plan.id ?? '', citation).text).toBe(citation?.quote);
  });

  it('answers from a statute with its article', async () => {
    const answer = await own.ask({ question: '采摘未成熟松果罚款多少元' });
    expect(answer.status).toBe('answered');
    expect(answer.citations[0]?.label).toContain('第三条');
    expect(answer.citations[0]?.quote).toContain('二百元以上一千元以下');
  });

  it('answers about its structure', async () => {
    const { answer } = await own.ask({ question: '松山市松果产业发展规划第二章有哪几节' });
    expect(answer).toContain('第一节 采收');
    expect(answer).toContain('第二节 加工');
  });

  it('does not answer what it does not say', async () => {
    expect(await own.ask({ question: '怎么申请护照' })).toMatchObject({ status: 'not_found', citations: [] });
    expect(await own.ask({ question: '2035年松果采收量要达到多少吨' })).toMatchObject({
      status: 'not_found',
      reason: 'year_not_given',
    });
  });

  it('knows no plan of the project’s corpus', async () => {
    expect(() => own.outline('jiangjin-2025')).toThrow(UnknownPlanError);
    expect(
      (await own.search({ query: '江津森林覆盖率', k: 50 })).every((hit) => hit.plan.title.includes('松')),
    ).toBe(true);
  });

  it('has no indicators where it has no table', () => {
    expect(own.indicators()).toEqual([]);
  });
});

describe('opening', () => {
  /** Opens and closes; the lines that were logged. */
  async function opened(dirs: { corpusDir: string; indexDir: string }) {
    const lines: string[] = [];
    const progress: IngestProgress[] = [];
    const assistant = await openAssistant({
      ...dirs,
      log: (line) => lines.push(line),
      onProgress: (p) => progress.push(p),
    });
    await assistant.close();
    return { lines, progress, assistant };
  }
  const generation = (indexDir: string) =>
    join(indexDir, readFileSync(join(indexDir, 'CURRENT'), 'utf8').trim());

  it('builds a missing index, says so, and shows progress', async () => {
    const { lines, progress } = await opened(ownCorpus());
    expect(lines).toEqual(['重建索引：还没有索引']);
    expect(progress.at(-1)).toMatchObject({ documentsDone: 2, documents: 2 });
  });

  it('takes over an index that is in order, without a word', async () => {
    const dirs = ownCorpus();
    const first = await opened(dirs);
    const again = await opened(dirs);
    expect(again.lines).toEqual([]);
    expect(again.progress).toEqual([]);
    expect(again.assistant.index).toEqual(first.assistant.index);
  });

  it('rebuilds a stale index, names the file, and answers from the new text', async () => {
    const dirs = ownCorpus();
    await opened(dirs);
    appendFileSync(
      join(dirs.corpusDir, '松山市松果产业发展规划.txt'),
      '\n第三章 附则\n本规划由市松果办公室解释。\n',
    );
    const { lines, assistant: fresh } = await opened(dirs);
    expect(lines).toEqual(['重建索引：文件有变化：松山市松果产业发展规划.txt']);
    expect((await fresh.ask({ question: '松果产业规划由谁解释' })).answer).toContain('市松果办公室');
  });

  it('rebuilds when a document is added or gone', async () => {
    const dirs = ownCorpus();
    await opened(dirs);
    const added = join(dirs.corpusDir, '竹山.txt');
    writeFileSync(added, '竹山市竹子规划\n第一章 种竹\n到2030年种植竹子5万亩。\n');
    expect((await opened(dirs)).assistant.plans()).toHaveLength(3);
    rmSync(added);
    const { lines, assistant: fresh } = await opened(dirs);
    expect(fresh.plans()).toHaveLength(2);
    expect(lines).toEqual(['重建索引：文件已移走：竹山.txt']);
  });

  it('rebuilds when a glossary comes, and uses it', async () => {
    const dirs = ownCorpus();
    await opened(dirs);
    writeFileSync(
      join(dirs.corpusDir, 'glossary.yaml'),
      'terms:\n  - term: 低温烘干工艺\n    everyday: [慢火烤干]\n',
    );
    const { lines, assistant: fresh } = await opened(dirs);
    expect(lines).toEqual(['重建索引：术语表已更改']);
    expect((await fresh.search({ query: '慢火烤干', k: 1 }))[0]?.text).toContain('低温烘干');
  });

  it('never serves a damaged index: it names the file and rebuilds', async () => {
    const dirs = ownCorpus();
    await opened(dirs);
    const file = join(generation(dirs.indexDir), 'lexical.bin');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0xff;
    writeFileSync(file, bytes);
    const { lines, assistant: fresh } = await opened(dirs);
    expect(lines).toEqual(['重建索引：索引文件损坏：lexical.bin']);
    expect((await fresh.ask({ question: '松果加工园建几座' })).answer).toContain('2座');
  });

  it('never serves half an index', async () => {
    const dirs = ownCorpus();
    await opened(dirs);
    rmSync(join(generation(dirs.indexDir), 'manifest.json'));
    const { lines, assistant: fresh } = await opened(dirs);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^重建索引：.*清单/);
    expect(fresh.plans()).toHaveLength(2);
  });

  it('skips a document that cannot be read, and says which', async () => {
    const dirs = ownCorpus();
    writeFileSync(join(dirs.corpusDir, '空白.txt'), '   \n');
    const { lines, assistant: fresh } = await opened(dirs);
    expect(lines.filter((line) => line.startsWith('跳过 空白.txt：'))).toHaveLength(1);
    expect(fresh.plans()).toHaveLength(2);
  });

  it('of no corpus, or an empty one, fails and leaves no index in use', async () => {
    const empty = temporary();
    const indexDir = join(temporary(), 'index');
    for (const corpusDir of [empty, join(empty, 'nowhere')]) {
      await expect(openAssistant({ corpusDir, indexDir })).rejects.toThrow(CorpusError);
    }
    expect(existsSync(join(indexDir, 'CURRENT'))).toBe(false);
  });

  it('leaves folders that are no index alone', async () => {
    const dirs = ownCorpus();
    mkdirSync(join(dirs.indexDir, 'mine'), { recursive: true });
    await opened(dirs);
    expect(readdirSync(dirs.indexDir)).toContain('mine');
  });
});

describe('ingesting', () => {
  it('takes over unchanged documents, unless told to read all anew', async () => {
    const dirs = ownCorpus();
    expect(await ingest(dirs)).toMatchObject({ documents: 2, reused: 0, skipped: [] });
    expect(await ingest(dirs)).toMatchObject({ documents: 2, reused: 2 });
    expect(await ingest({ ...dirs, force: true })).toMatchObject({ documents: 2, reused: 0 });
  });
});

it('an assistant asks the clock it is given at every question', async () => {
  let today = new Date('2024-06-01');
  const clocked = assistantOver(index, () => today);
  expect((await clocked.ask({ question: '江津森林覆盖率' })).notices).toEqual([]);
  today = new Date('2026-06-01');
  expect((await clocked.ask({ question: '江津森林覆盖率' })).notices).toHaveLength(1);
});
