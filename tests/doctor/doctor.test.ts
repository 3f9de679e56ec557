/** The doctor: what it finds of a configuration, over real folders, ports and endpoints on loopback. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingest } from '../../src/assistant.ts';
import { startServer } from '../../src/channels/http/serve.ts';
import { parseConfig } from '../../src/config.ts';
import { access } from '../../src/doctor/checks/access.ts';
import { publicUrl } from '../../src/doctor/checks/public-url.ts';
import { slackSettings } from '../../src/doctor/checks/slack.ts';
import { runDoctor } from '../../src/doctor/run.ts';
import type { Check } from '../../src/doctor/types.ts';
import { ok } from '../../src/doctor/types.ts';
import { readPlan } from '../../src/plan/read.ts';
import { removeTemporary, smallCorpus, temporary } from '../index/temporary.ts';
import type { TestDatabase } from '../postgres/database.ts';
import { startDatabase } from '../postgres/database.ts';
import type { Reply } from '../scripted-endpoint.ts';
import { completion, scriptedEndpoint, vectorOf, wellBehaved } from '../scripted-endpoint.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

let corpus: string;
let index: string;
beforeAll(async () => {
  corpus = smallCorpus(2);
  index = temporary('index');
  await ingest({ corpusDir: corpus, indexDir: index });
});
afterAll(removeTemporary);

/** What the doctor says of these variables, line by line, and its exit code. */
async function examine(env: Record<string, string> = {}, checks?: readonly Check[]) {
  const config = parseConfig({
    CORPUS_DIR: corpus,
    INDEX_DIR: index,
    DATA_DIR: join(temporary('data'), 'data'),
    PORT: '0',
    ...env,
  });
  const lines: string[] = [];
  const secrets = ['k-secret'];
  const code = await runDoctor(config, {
    print: (line) => lines.push(line),
    secrets,
    ...(checks && { checks }),
  });
  /** The line of a check, with its remedy. */
  const of = (name: string) => {
    const at = lines.findIndex((line) => line.slice(2).startsWith(`${name}：`));
    return [lines[at], ...(lines[at + 1]?.startsWith('  →') ? [lines[at + 1]] : [])].join('\n');
  };
  return { code, lines, of };
}

describe('with nothing configured', () => {
  test('everything works', async () => {
    const { code, lines } = await examine();
    expect(lines.filter((line) => !line.startsWith('✓'))).toEqual([
      expect.stringMatching(/^规问 .+：逐项检查$/),
      '16 项：16 项正常，0 项提醒，0 项不能用。',
    ]);
    expect(code).toBe(0);
  });
});

/** What every endpoint answers when all is well. */
const greeting = ({ path, body }: Parameters<typeof wellBehaved>[0]): Reply => {
  if (path.endsWith('/chat/completions')) return completion('正常');
  if (path.endsWith('/rerank'))
    return {
      json: {
        results: [
          { index: 0, relevance_score: 0.1 },
          { index: 1, relevance_score: 0.9 },
        ],
      },
    };
  return wellBehaved({ path, body });
};

const endpoints = (url: string) => ({
  CHAT_BASE_URL: url,
  CHAT_API_KEY: 'k-secret',
  CHAT_MODEL: 'qwen',
  EMBEDDING_BASE_URL: url,
  EMBEDDING_API_KEY: 'k-secret',
  EMBEDDING_MODEL: 'bge-m3',
  RERANK_BASE_URL: url,
  RERANK_API_KEY: 'k-secret',
  RERANK_MODEL: 'bge-reranker',
});

describe('endpoints', () => {
  test('that answer are named with what they answered, and an index of another embedding is noticed', async () => {
    const { url } = await scriptedEndpoint(greeting);
    const { code, of } = await examine(endpoints(url));
    expect(of('对话模型')).toMatch(/^✓ 对话模型：qwen 有回答，用时 \d+ 毫秒。$/);
    expect(of('向量模型')).toMatch(/^✓ 向量模型：bge-m3 有回答，24 维，用时 \d+ 毫秒。$/);
    expect(of('重排模型')).toMatch(/^✓ 重排模型：bge-reranker 有回答，用时 \d+ 毫秒。$/);
    expect(of('索引')).toBe(
      '! 索引：索引需要重建：向量模型已更换。\n  → 启动时会自动重建；也可以现在运行 npm run ingest。',
    );
    expect(code).toBe(0);
  });

  test.each<[string, Reply, string, RegExp]>([
    [
      'a wrong key',
      { status: 401, json: { error: { message: 'k-secret is wrong' } } },
      '对话模型',
      /CHAT_API_KEY/,
    ],
    [
      'a wrong key',
      { status: 401, json: { error: { message: 'k-secret is wrong' } } },
      '向量模型',
      /EMBEDDING_API_KEY/,
    ],
    ['a wrong key', { status: 403, json: {} }, '重排模型', /RERANK_API_KEY/],
    ['an unknown model', { status: 404, json: {} }, '对话模型', /CHAT_MODEL/],
    ['an error of its own', { status: 500, json: {} }, '向量模型', /出错（500）/],
    [
      'the same vector for all',
      { json: { data: [0, 1, 2].map((i) => ({ index: i, embedding: vectorOf('x') })) } },
      '向量模型',
      /同样的向量|不合格式/,
    ],
    ['no JSON', { body: '<html>' }, '重排模型', /不合格式/],
  ])('that have %s fail: %j of %s', async (_what, reply, name, message) => {
    const { url } = await scriptedEndpoint((request) =>
      request.path.endsWith('/embeddings') &&
      request.body.input.length === 1 &&
      reply.json &&
      'data' in (reply.json as object)
        ? undefined
        : reply,
    );
    const { code, of, lines } = await examine(endpoints(url));
    expect(of(name)).toMatch(/^✗ [^\n]+\n {2}→ [^\n]+$/);
    expect(of(name)).toMatch(message);
    expect(lines.join('\n')).not.toMatch(/k-secret|\n\s+at /);
    expect(code).toBe(1);
  });

  test('that nobody answers at fail', async () => {
    const { code, of } = await examine(endpoints('http://127.0.0.1:1/v1'));
    for (const name of ['对话模型', '向量模型', '重排模型']) {
      expect(of(name)).toMatch(/^✗ .+（http:\/\/127\.0\.0\.1:1）连不上/);
    }
    expect(code).toBe(1);
  }, 60_000);

  test('with a name and a password in their address fail, without the password', async () => {
    const { of, lines } = await examine(endpoints('http://user:pa55@127.0.0.1:1/v1'));
    expect(of('重排模型')).toMatch(/^✗ 重排模型：RERANK_BASE_URL 里带着用户名/);
    expect(lines.join()).not.toContain('pa55');
  });

  test('that put the wrong passage first are worth a warning', async () => {
    const { url } = await scriptedEndpoint();
    const { code, of } = await examine({ RERANK_BASE_URL: url, RERANK_MODEL: 'm' });
    expect(of('重排模型')).toMatch(/^! 重排模型：m 有回答，但把不相干的段落排在了前面。\n/);
    expect(code).toBe(0);
  });

  test.each([
    ['CHAT_BASE_URL', 'http://127.0.0.1:1/v1', '对话模型', /设了 CHAT_BASE_URL，没有设 CHAT_MODEL/],
    ['EMBEDDING_MODEL', 'bge-m3', '向量模型', /设了 EMBEDDING_MODEL，没有设 EMBEDDING_BASE_URL/],
    ['RERANK_API_KEY', 'k-secret', '重排模型', /只设了 RERANK_API_KEY/],
  ])('half configured fail: only %s', async (variable, value, name, message) => {
    const { code, of } = await examine({ [variable]: value });
    expect(of(name)).toMatch(message);
    expect(code).toBe(1);
  });

  test('and a folder that holds no model fail', async () => {
    const { code, of } = await examine({ EMBEDDING_ONNX_DIR: temporary('onnx') });
    expect(of('向量模型')).toMatch(/^✗ 向量模型：EMBEDDING_ONNX_DIR .+缺少 config\.json/);
    expect(code).toBe(1);
  });
});

describe('folders', () => {
  test.each([
    ['INDEX_DIR', '索引文件夹'],
    ['DATA_DIR', '数据文件夹'],
  ])('%s that is a file fails', async (variable, name) => {
    const file = join(temporary('file'), 'file');
    writeFileSync(file, '');
    const { code, of } = await examine({ [variable]: join(file, 'below') });
    expect(of(name)).toMatch(new RegExp(`^✗ .+是一个文件。\\n {2}→ .+${variable}`));
    expect(code).toBe(1);
  });

  test('a database that is none fails', async () => {
    const dir = temporary('data');
    writeFileSync(
      join(dir, 'guiwen.sqlite'),
      'this is no database, though it is long enough to be one'.repeat(30),
    );
    const { code, of } = await examine({ DATA_DIR: dir });
    expect(of('数据文件夹')).toMatch(/^✗ .+已损坏/);
    expect(code).toBe(1);
  });

  test('a corpus that is missing fails; one with a document that cannot be read is worth a warning', async () => {
    const missing = await examine({ CORPUS_DIR: '/nonexistent' });
    expect(missing.of('规划文件')).toMatch(/^✗ 规划文件：找不到规划目录/);
    expect(missing.code).toBe(1);
    const dir = smallCorpus(1);
    writeFileSync(join(dir, 'bad.pdf'), 'no pdf');
    const { code, of } = await examine({ CORPUS_DIR: dir });
    expect(of('规划文件')).toMatch(/^! 规划文件：2 份文件里有 1 份读不了，会被跳过：bad\.pdf/);
    expect(code).toBe(0);
  });

  test('search aids that cannot be used fail', async () => {
    const dir = smallCorpus(1);
    const { facts } = await readPlan(readFileSync(join(dir, '1.txt')), '1.txt');
    writeFileSync(join(dir, `${facts.id}.enrichment.jsonl`), '{"hash":"x"}\n');
    const { code, of } = await examine({ CORPUS_DIR: dir });
    expect(of('规划文件')).toMatch(/^✗ .+enrichment\.jsonl 第 1 行有误/);
    expect(code).toBe(1);
  });

  test('a glossary that cannot be used fails', async () => {
    const dir = smallCorpus(1);
    writeFileSync(join(dir, 'glossary.yaml'), 'entries: 3');
    const { code, of } = await examine({ CORPUS_DIR: dir });
    expect(of('规划文件')).toMatch(/^✗ .+glossary\.yaml/);
    expect(code).toBe(1);
  });

  test('an index that is missing or stale is worth a warning', async () => {
    const { code, of } = await examine({ INDEX_DIR: temporary('none') });
    expect(of('索引')).toMatch(/^! 索引：还没有能用的索引。\n {2}→ .+npm run ingest/);
    expect(code).toBe(0);
    const changed = await examine({ CORPUS_DIR: smallCorpus(3) });
    expect(changed.of('索引')).toMatch(/^! 索引：索引需要重建：文件有变化/);
  });
});

describe('bots', () => {
  test.each<[string, Record<string, string>, string, RegExp]>([
    [
      'a token without a way to be told',
      { SLACK_BOT_TOKEN: 'k-secret' },
      'Slack 配置',
      /SLACK_APP_TOKEN.+SLACK_SIGNING_SECRET/,
    ],
    [
      'a secret without a token',
      { SLACK_SIGNING_SECRET: 'k-secret' },
      'Slack 配置',
      /没有设 SLACK_BOT_TOKEN/,
    ],
    ['an id without its secret', { WECOM_BOT_ID: 'b' }, '企业微信配置', /没有设 WECOM_BOT_SECRET/],
    ['a token without its key', { WECOM_TOKEN: 'k-secret' }, '企业微信配置', /没有设 WECOM_ENCODING_AES_KEY/],
    [
      'an app without callbacks',
      { WECOM_CORP_ID: 'c', WECOM_CORP_SECRET: 'k-secret', WECOM_AGENT_ID: '1' },
      '企业微信配置',
      /没有设 WECOM_TOKEN、WECOM_ENCODING_AES_KEY/,
    ],
  ])('with %s fail', async (_what, env, name, message) => {
    const { code, of, lines } = await examine(env);
    expect(of(name)).toMatch(message);
    expect(lines.join()).not.toContain('k-secret');
    expect(code).toBe(1);
  });

  const slack = { SLACK_BOT_TOKEN: 'k-secret', SLACK_APP_TOKEN: 'k-secret' };
  // The connections themselves are tried against a scripted Slack, in tests/channels/slack.
  const told = (url?: string) =>
    examine({ ...slack, ...(url && { PUBLIC_URL: url }) }, [slackSettings, publicUrl]);

  test('that are whole are well, but links need an address that others can open', async () => {
    const without = await told();
    expect(without.of('Slack 配置')).toBe('✓ Slack 配置：齐全，用 Socket 模式，无需公网地址。');
    expect(without.of('公开网址')).toMatch(/^! .+没有链接。\n {2}→ .+PUBLIC_URL/);
    expect(without.code).toBe(0);
    expect((await told('http://127.0.0.1:8787')).of('公开网址')).toMatch(/^! .+只有本机/);
    expect((await told('https://plans.example.org')).of('公开网址')).toMatch(/^✓/);
  });
});

describe('the port', () => {
  test('that something else has fails', async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { code, of } = await examine({ PORT: String((other.address() as AddressInfo).port) });
    other.close();
    expect(of('服务端口')).toMatch(/^✗ .+\n {2}→ 端口 \d+ 已被占用/);
    expect(code).toBe(1);
  });

  test('that this service has is well', async () => {
    const server = await startServer({ host: '127.0.0.1', port: 0 });
    const { of } = await examine({ PORT: new URL(server.url).port });
    await server.stop(0);
    expect(of('服务端口')).toMatch(/^✓ 服务端口：规问 .+ 正在 127\.0\.0\.1:\d+ 上运行。$/);
  });
});

test('the command tells of everything, without keys from the environment, and fails if something does not work', async () => {
  const env = {
    PATH: process.env.PATH,
    CORPUS_DIR: corpus,
    INDEX_DIR: index,
    DATA_DIR: temporary('data'),
    PORT: '0',
  };
  const configured = {
    CHAT_BASE_URL: 'http://127.0.0.1:1/v1',
    CHAT_API_KEY: 'hunter22',
    CHAT_MODEL: 'hunter22-model',
  };
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, 'doctor'], {
    cwd: index,
    env: { ...env, ...configured },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(output).toMatch(/✗ 对话模型：.+连不上/);
  expect(output.trimEnd()).toMatch(/16 项：.+，1 项不能用。$/);
  expect(output).not.toContain('hunter22');
  expect(code).toBe(1);
}, 120_000);

describe('a check', () => {
  test('that throws has failed, with its first line', async () => {
    const broken: Check = { name: '新项目', run: () => Promise.reject(new Error('坏了 k-secret\n    at x')) };
    const { code, lines } = await examine({}, [{ name: '好的', run: async () => ok('好。') }, broken]);
    expect(lines.slice(1, 3)).toEqual(['✓ 好的：好。', '✗ 新项目：坏了 ＊＊＊']);
    expect(code).toBe(1);
  });

  test('that never ends has failed', async () => {
    const lines: string[] = [];
    const checks: Check[] = [{ name: '慢的', run: () => new Promise(() => {}) }];
    const code = await runDoctor(parseConfig({}), { print: (line) => lines.push(line), checks, limitMs: 30 });
    expect(lines[1]).toMatch(/^✗ 慢的：\d+ 秒没有结果。$/);
    expect(code).toBe(1);
  });
});

describe('with a database as the store', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startDatabase();
  }, 120_000);
  afterAll(() => database.stop());

  test('an empty one is pointed out and left as it is; one with an index is fine', async () => {
    const env = { STORE: database.url };
    expect((await examine(env)).of('索引')).toMatch(/^! 索引：数据库连得上，里面还没有索引。\n.+migrate/);
    expect(await database.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'guiwen'")).toEqual([]);
    await ingest({ corpusDir: corpus, indexDir: index, store: database.url });
    expect((await examine(env)).of('索引')).toMatch(/^✓ 索引：数据库里有 \d+ 份规划，\d+ 个段落。$/);
  });

  test('one that cannot be reached fails, without its address', async () => {
    const { code, lines, of } = await examine({ STORE: 'postgres://u:hunter2@127.0.0.1:1/x' });
    expect(code).toBe(1);
    expect(of('索引')).toMatch(/^✗ 索引：连不上 STORE 所指的数据库。/);
    expect(lines.join('\n')).not.toMatch(/hunter2|127\.0\.0\.1:1\b/);
  });
});

test('a server that others reach should ask who they are', async () => {
  const told = async (env: Record<string, string>) => (await examine(env, [access])).of('访问控制');
  expect(await told({ HOST: '0.0.0.0' })).toMatch(/^! .+任何人.+\n {2}→ .+AUTH/);
  expect(await told({ HOST: '0.0.0.0', AUTH: 'keys' })).toMatch(/^✓ .+持密钥者/);
  expect(await told({ HOST: '127.0.0.1' })).toMatch(/^✓ .+本机/);
});
