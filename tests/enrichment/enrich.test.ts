/** `enrich` over a small corpus and a scripted chat model: what is written, what is kept, when it stops. */
import { spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ingest, openAssistant } from '../../src/assistant.ts';
import { parseConfig } from '../../src/config.ts';
import type { EnrichArguments } from '../../src/enrichment/command.ts';
import { enrich } from '../../src/enrichment/command.ts';
import { survey } from '../../src/enrichment/lacking.ts';
import type { Made } from '../../src/enrichment/make.ts';
import { makeEnrichment } from '../../src/enrichment/make.ts';
import { readEnrichment } from '../../src/index/enrichment.ts';
import { readPrompt } from '../../src/models/prompts.ts';
import { removeTemporary, smallCorpus, temporary } from '../index/temporary.ts';
import type { Received, Reply } from '../scripted-endpoint.ts';
import { completion, scriptedEndpoint } from '../scripted-endpoint.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

afterAll(removeTemporary);

/** The passage a request is about. */
const passageOf = ({ body }: Received): string =>
  /<<<段落 (\w+)\n([\s\S]*)\n\1>>>/.exec(body.messages.at(1).content)?.[2] ?? '';

/** A good reply for whichever passage is asked about. */
const good = (request: Received): Reply => {
  const passage = passageOf(request);
  const questions = [
    { q: `老百姓会怎么问${passage.replace(/[\d\s一二三四五]/g, '').slice(0, 6)}`, at: passage.slice(0, 12) },
  ];
  return completion(JSON.stringify({ questions, synonyms: ['好空气'], english: ['environment'] }));
};

async function setting(script: (request: Received) => Reply | undefined = good, plans = 2) {
  const endpoint = await scriptedEndpoint((request) => script(request) ?? good(request));
  const corpusDir = smallCorpus(plans);
  const env = {
    CORPUS_DIR: corpusDir,
    CHAT_BASE_URL: endpoint.url,
    CHAT_MODEL: 'qwen',
    CHAT_API_KEY: 'k-77',
  };
  const run = async (values: EnrichArguments = {}, more: Record<string, string> = env) => {
    const printed: string[] = [];
    const noted: string[] = [];
    const config = parseConfig({ CORPUS_DIR: corpusDir, ...more });
    const code = await enrich(config, values, { print: (l) => printed.push(l), note: (l) => noted.push(l) });
    return { code, printed, noted, said: [...printed, ...noted].join('\n') };
  };
  /** With little patience. */
  const make = async (): Promise<Made> =>
    makeEnrichment((await survey(corpusDir, () => {})).lacking, {
      corpusDir,
      endpoint: { baseUrl: endpoint.url, model: 'qwen', apiKey: 'k-77', timeoutMs: 5_000 },
      prompt: readPrompt('enrich'),
      patience: { retries: 2, firstMs: 1, maxMs: 20 },
    });
  const files = () => readdirSync(corpusDir).filter((name) => name.endsWith('.enrichment.jsonl'));
  const records = () =>
    files().flatMap((name) =>
      readFileSync(join(corpusDir, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    );
  return { ...endpoint, corpusDir, run, make, files, records };
}

describe('enrich', () => {
  test('writes for every passage a record that an ingest can read, and the ingest finds by it', async () => {
    const { run, corpusDir, records, received } = await setting();
    const { code, printed } = await run();
    expect(code).toBe(0);
    const { plans, lacking, passages } = await survey(corpusDir, () => {});
    expect(lacking).toEqual([]);
    expect(records()).toHaveLength(passages);
    expect(received).toHaveLength(passages);
    expect(records()[0]).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      label: expect.any(String),
      questions: [expect.stringMatching(/^老百姓会怎么问/)],
      synonyms: ['好空气'],
      english: ['environment'],
      points: [0],
      by: 'qwen enrich@1',
    });
    for (const plan of plans) expect(readEnrichment(corpusDir, plan)).not.toContain(null);
    expect(printed.at(-1)).toBe(`写好 ${passages} 个段落的检索辅助；运行 npm run ingest 后生效。`);
    const indexDir = temporary('index');
    await ingest({ corpusDir, indexDir });
    const assistant = await openAssistant({ corpusDir, indexDir });
    expect((await assistant.search({ query: 'environment' })).length).toBeGreaterThan(0);
  });

  test('tells the model the passage as data, with where it stands, several passages at a time', async () => {
    let threeCame = () => {};
    const after = new Promise<void>((resolve) => {
      threeCame = resolve;
    });
    const { run, received, mostAtOnce } = await setting((request) => {
      if (request.nth === 3) threeCame();
      return { ...good(request), after };
    });
    await run({ jobs: '3' });
    expect(mostAtOnce()).toBe(3);
    const contents = received.map(({ body }) => body.messages[1].content as string);
    expect(contents.every((content) => content.startsWith('所在位置：'))).toBe(true);
    expect(new Set(contents.map((content) => /<<<段落 (\w+)/.exec(content)?.[1])).size).toBe(received.length);
    expect(received[0]?.headers.authorization).toBe('Bearer k-77');
  });

  test('says first how much it is and what it will cost', async () => {
    const { run, received } = await setting();
    const { code, printed } = await run({ 'dry-run': true, 'price-in': '1000', 'price-out': '2000' });
    expect(code).toBe(0);
    expect(printed).toEqual([
      expect.stringMatching(/^\d+ 个段落，\d+ 个还没有检索辅助。$/),
      expect.stringMatching(/^这次做 \d+ 个，约发出 \d+ 千词元，收回 \d+ 千词元，按所给价格约 \d+\.\d\d。$/),
    ]);
    expect(received).toEqual([]);
  });

  test('does only so many, or only one plan', async () => {
    const { run, records, corpusDir, files } = await setting();
    await run({ limit: '2' });
    expect(records()).toHaveLength(2);
    const { plans } = await survey(corpusDir, () => {});
    const second = plans[1]?.facts.id as string;
    expect(files()).not.toContain(`${second}.enrichment.jsonl`);
    await run({ plan: [second], limit: '1' });
    expect(files()).toContain(`${second}.enrichment.jsonl`);
  });

  test.each<[EnrichArguments, RegExp]>([
    [{ plan: ['nowhere'] }, /没有规划“nowhere”；可用的有/],
    [{ limit: '0' }, /--limit 应为正整数/],
    [{ jobs: 'x' }, /--jobs 应为正整数/],
    [{ 'price-in': '-1' }, /--price-in 应为/],
  ])('refuses %j', async (values, message) => {
    const { run } = await setting();
    await expect(run(values)).rejects.toThrow(message);
  });

  test('without a model says what it would need, and what there would be to do', async () => {
    const { run, files } = await setting();
    const { code, printed, noted } = await run({}, {});
    expect(code).toBe(1);
    expect(printed[0]).toMatch(/个还没有检索辅助/);
    expect(noted.join()).toMatch(/需要一个对话模型.+CHAT_BASE_URL.+CHAT_MODEL/);
    expect(files()).toEqual([]);
  });
});

describe('what is there', () => {
  test('is not made again, and never changed', async () => {
    const { run, corpusDir, received } = await setting();
    const { lacking } = await survey(corpusDir, () => {});
    const { hash, plan } = lacking[3]!;
    const file = join(corpusDir, `${plan.facts.id}.enrichment.jsonl`);
    const own = `{"hash":"${hash}","questions":["手写的问题"],"synonyms":[],"english":[],"points":[0]}\n`;
    writeFileSync(file, own);
    await run();
    expect(readFileSync(file, 'utf8').startsWith(own)).toBe(true);
    expect(received).toHaveLength(lacking.length - 1);
    received.length = 0;
    expect(await run()).toMatchObject({ code: 0, printed: [expect.anything(), '没有要做的。'] });
    expect(received).toEqual([]);
  });

  test('is gone on from after a run that was killed, with its torn last line mended', async () => {
    const { run, corpusDir, files, records, received } = await setting();
    await run({ limit: '3' });
    const [name] = files() as [string];
    appendFileSync(join(corpusDir, name), '{"hash":"0123456789abcdef","questions":["写了一');
    received.length = 0;
    const { code, noted } = await run();
    expect(code).toBe(0);
    expect(noted).toContain(`${name} 的最后一行没有写完，已移到 ${name}.torn。`);
    expect(readFileSync(join(corpusDir, `${name}.torn`), 'utf8')).toBe(
      '{"hash":"0123456789abcdef","questions":["写了一\n',
    );
    expect(received.length).toBe(records().length - 3);
    expect(records().every(({ hash }) => hash !== '0123456789abcdef')).toBe(true);
  });

  test('keeps a whole last line that has no end', async () => {
    const { run, corpusDir, files, records } = await setting();
    await run({ limit: '3' });
    const file = join(corpusDir, files()[0] as string);
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
    expect((await run({ limit: '1' })).code).toBe(0);
    expect(records()).toHaveLength(4);
  });
});

test('the command killed half-way is gone on with by running it again', async () => {
  let threeCame = () => {};
  const three = new Promise<void>((resolve) => {
    threeCame = resolve;
  });
  const { url, corpusDir, records, received, script } = await setting((request) => {
    if (request.nth < 4) return undefined;
    threeCame();
    return { stall: 'all' };
  });
  const start = () => {
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), CLI, 'enrich', '--jobs', '1'],
      {
        cwd: corpusDir,
        env: { PATH: process.env.PATH, CORPUS_DIR: corpusDir, CHAT_BASE_URL: url, CHAT_MODEL: 'qwen' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, ended: ended.then((code) => ({ code, output })) };
  };
  const first = start();
  await Promise.race([three, first.ended]);
  first.child.kill('SIGKILL');
  await first.ended;
  expect(records()).toHaveLength(3);
  received.length = 0;
  script(good);
  const { code, output } = await start().ended;
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringMatching(/写好 \d+ 个段落的检索辅助/),
  });
  expect(received.length).toBe(records().length - 3);
  expect((await survey(corpusDir, () => {})).lacking).toEqual([]);
}, 120_000);

describe('a model that answers badly', () => {
  test.each<[string, string]>([
    ['no JSON', '好的，这是检索辅助。'],
    ['JSON cut off', '{"questions":[{"q":"空'],
    ['a sentence that is not in the passage', '{"questions":[{"q":"天会更蓝吗","at":"天会更蓝，水会更清"}]}'],
    ['a number that is not in the passage', '{"questions":[{"q":"到2199年呢","at":"到20"}]}'],
    ['nothing', ''],
  ])('once is asked again, with the reason: %s', async (_what, bad) => {
    const asked = new Set<string>();
    const { make, received, records } = await setting((request) => {
      const passage = passageOf(request);
      if (asked.has(passage)) return undefined;
      asked.add(passage);
      return completion(bad);
    }, 1);
    const { done, failed } = await make();
    expect(failed).toEqual([]);
    expect(records()).toHaveLength(done);
    expect(received).toHaveLength(2 * done);
    expect(
      received.filter(({ body }) => /上一次的回答不能用：/.test(body.messages.at(-1).content)),
    ).toHaveLength(done);
  });

  test('for one passage leaves that one for the next run', async () => {
    const { run, records, corpusDir, script } = await setting((request) =>
      passageOf(request).includes('土壤环境质量') ? completion('不会') : undefined,
    );
    const { code, noted } = await run();
    expect(code).toBe(1);
    expect(noted.some((line) => /^没有成功：.+没有给出所要求的 JSON 对象$/.test(line))).toBe(true);
    const { lacking } = await survey(corpusDir, () => {});
    expect(lacking.length).toBeGreaterThan(0);
    expect(lacking.every(({ passage }) => passage.text.includes('土壤环境质量'))).toBe(true);
    const before = records().length;
    script(good);
    expect((await run()).code).toBe(0);
    expect(records()).toHaveLength(before + lacking.length);
  });

  test('for one passage after the other is given up', async () => {
    const { make, records, received } = await setting(() => completion('不会'), 4);
    const made = await make();
    expect(made.stopped).toMatch(/^接连 \d 个段落没有成功/);
    expect(records()).toEqual([]);
    expect(received.length).toBeLessThan(20);
  });
});

describe('an endpoint that', () => {
  test.each<[string, Reply]>([
    ['429', { status: 429, headers: { 'retry-after': '0' }, json: { error: { message: 'slow' } } }],
    ['500', { status: 500, json: { error: { message: 'boom' } } }],
    ['no JSON', { body: 'ok' }],
    ['another shape', { json: { ok: true } }],
  ])('passes over is tried again: %s', async (_what, reply) => {
    const { make, records } = await setting(({ nth }) => (nth <= 2 ? reply : undefined), 1);
    const { done, failed, stopped } = await make();
    expect({ failed, stopped }).toEqual({ failed: [], stopped: undefined });
    expect(records()).toHaveLength(done);
  });

  test('refuses the key ends the run at once, in a line without the key; what was made is kept', async () => {
    const { run, records, received } = await setting(({ nth }) =>
      nth > 6 ? { status: 401, json: { error: { message: 'k-77 is wrong' } } } : undefined,
    );
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toMatch(
      /已停下：对话接口（http:\/\/127\.0\.0\.1:\d+）拒绝了密钥（401）。请检查 CHAT_API_KEY。 已写好的都保留着/,
    );
    expect(said).not.toContain('k-77');
    expect(records()).toHaveLength(6);
    // Those under way when it was refused.
    expect(received.length).toBeLessThanOrEqual(10);
  });

  test('is down is given up', async () => {
    const { make, stop, files } = await setting();
    await stop();
    expect((await make()).stopped).toMatch(/^接连 \d 个段落没有成功，最后一个：.+连不上/);
    expect(files()).toEqual([]);
  });
});
