/** The command line, as a person at a terminal meets it: spawned, over a corpus of one short plan. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../src/version.ts';

const ROOT = join(import.meta.dirname, '..');
const DRAFT = '02-regional-chuanyu-pilot-zone-draft.txt';

const folder = mkdtempSync(join(tmpdir(), 'guiwen-cli-'));
const corpus = join(folder, 'corpus');
const index = join(folder, 'index');
const empty = join(folder, 'empty');

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the command line; nothing of the developer's own configuration reaches it. */
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli.ts'), ...args],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, CORPUS_DIR: corpus, INDEX_DIR: index, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output, ended };
}

async function run(args: string[], env?: Record<string, string>) {
  const { output, ended } = start(args, env);
  const code = await ended;
  return { code, ...output };
}

/** Starts the server and waits until it says where it is. */
async function serve(args: string[], env: Record<string, string> = {}) {
  const server = start(args, { PORT: '0', ...env });
  const failed = server.ended.then((code) => {
    throw new Error(`exit code ${code}: ${server.output.stderr}`);
  });
  const printed = expect
    .poll(() => server.output.stdout, { timeout: 20_000 })
    .toMatch(/规问已就绪：http:\S+\n/);
  await Promise.race([printed, failed]);
  failed.catch(() => {});
  return { ...server, url: /http:\S+/.exec(server.output.stdout)?.[0] };
}

/** One Chinese line on stderr, nothing on stdout, exit code 1. */
function complaint({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>): string {
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^[^\n]*\p{Script=Han}[^\n]*\n$/u);
  expect(stderr).not.toMatch(/ at |node_modules|Error/);
  expect(code).toBe(1);
  return stderr.trim();
}

beforeAll(async () => {
  mkdirSync(corpus);
  mkdirSync(empty);
  copyFileSync(join(ROOT, 'corpus', DRAFT), join(corpus, DRAFT));
  const { code, stdout, stderr } = await run(['ingest']);
  expect(stderr).toMatch(/读取文件|计算向量|写入索引/);
  expect(stdout).toMatch(/^读入 1 份规划，\d+ 个段落，用时 [\d.]+ 秒；索引在 .+。\n$/);
  expect(code).toBe(0);
}, 60_000);

describe('ingest', () => {
  test('takes the folders as options, and takes unchanged documents over', async () => {
    const other = join(folder, 'other-index');
    const args = ['ingest', '--corpus', corpus, '--index', other];
    const env = { CORPUS_DIR: empty, INDEX_DIR: empty };
    expect((await run(args, env)).code).toBe(0);
    expect(existsSync(other)).toBe(true);
    expect((await run(args, env)).stdout).toContain('1 份未变，沿用');
  });
});

describe('ask', () => {
  const question = '先行区方案关于嘉陵江说了什么？';

  test('prints the answer, its citations with plan, label and quote, and the notices, in lines of 100 columns', async () => {
    const { code, stdout, stderr } = await run(['ask', question]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('嘉陵江');
    expect(stdout).toMatch(/^\[1\] 《.*》 第（.+）条/m);
    expect(stdout).toMatch(/^提示：.*征求意见稿/m);
    // No colours where nobody sees them.
    expect(stdout).not.toContain('\u001b[');

    const columns = (line: string) => [...line].reduce((sum, char) => sum + (char > '\u2000' ? 2 : 1), 0);
    for (const line of stdout.split('\n').filter((line) => !line.startsWith('['))) {
      expect(columns(line)).toBeLessThanOrEqual(100);
      expect(line.trimStart()).not.toMatch(/^[，。；：、）》”]/);
    }
  });

  test('--json prints the answer as every channel gives it, --plan keeps to one plan', async () => {
    const { code, stdout } = await run(['ask', question, '--json', '--plan', DRAFT.replace('.txt', '')]);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ status: 'answered', question, mode: 'extractive' });
    expect(answer.citations[0]).toMatchObject({ n: 1, quote: expect.stringContaining('嘉陵江') });
  });

  test('says what the plans do not say', async () => {
    const { code, stdout } = await run(['ask', '明天的彩票会开出什么号码？']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^规划没有说。\n/);
  });

  test('a --plan that does not exist is told, with those that do', async () => {
    const message = complaint(await run(['ask', question, '--plan', 'nowhere']));
    expect(message).toBe(`没有规划“nowhere”；可用的有 ${DRAFT.replace('.txt', '')}。`);
  });

  test('asks for a question when there is none', async () => {
    expect(complaint(await run(['ask']))).toContain('请写出问题');
    expect(complaint(await run(['ask', '  ']))).toContain('请写出问题');
    expect(complaint(await run(['ask', '水'.repeat(2001)]))).toContain('最多 2000 个字符');
  });
});

describe('serve', () => {
  test('prints its address when it is ready, answers, and stops on SIGTERM with exit code 0', async () => {
    const { child, output, ended, url } = await serve([]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(output.stderr).toContain('正在停止');
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test.skipIf(process.platform === 'win32')('stops when the npm that started it is gone', async () => {
    const command = `"${process.execPath}" --import ${import.meta.resolve('tsx')} "${join(ROOT, 'src/cli.ts')}"; exit`;
    const shell = spawn('sh', ['-c', command], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        CORPUS_DIR: corpus,
        INDEX_DIR: index,
        PORT: '0',
        npm_lifecycle_event: 'start',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.push(shell);
    let stdout = '';
    const ended = new Promise((resolve) => shell.stdout.on('close', resolve));
    shell.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
    });
    await expect.poll(() => stdout, { timeout: 20_000 }).toContain('规问已就绪');
    shell.kill('SIGTERM');
    await ended;
    await expect(fetch(`${/http:\S+/.exec(stdout)?.[0]}/healthz`)).rejects.toThrow();
  });

  test('builds the index first when there is none', async () => {
    const { child, output, ended } = await serve(['serve'], { INDEX_DIR: join(folder, 'new-index') });
    expect(output.stderr).toMatch(/段落 \d+\/\d+/);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('a port in use is one line, not a stack', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    try {
      const message = complaint(await run(['serve'], { PORT: String(port) }));
      expect(message).toContain(`端口 ${port} 已被占用`);
    } finally {
      other.close();
    }
  });
});

describe('what cannot work is told in one line:', () => {
  test.each([['serve'], ['ingest'], ['ask', '水']])('%s without a corpus', async (...args) => {
    const message = complaint(await run(args, { CORPUS_DIR: join(folder, 'nowhere'), PORT: '0' }));
    expect(message).toContain('nowhere');
  });

  test('an empty corpus', async () => {
    expect(complaint(await run(['ask', '水'], { CORPUS_DIR: empty, PORT: '0' }))).toContain(empty);
  });

  test('a wrong value in the environment', async () => {
    expect(complaint(await run(['serve'], { PORT: 'http' }))).toBe(
      '环境变量 PORT 的值“http”无效：应为 0 到 65535 之间的整数。',
    );
  });

  test.each([
    [['dance'], '没有“dance”这个命令'],
    [['ask', '水', '--colour'], '不认识选项“--colour”'],
    [['ingest', '--corpus'], '选项“--corpus”的值不对或缺少'],
    [['serve', 'now'], '多余的参数“now”'],
    [['--verbose'], '不认识选项“--verbose”'],
  ])('%j', async (args, message) => {
    expect(complaint(await run(args))).toContain(message);
  });
});

test('--help and --version answer without doing anything', async () => {
  expect(await run(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  for (const args of [['--help'], ['ask', '--help'], ['serve', '-h']]) {
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    expect(stdout).toContain('npm run ask -- "问题"');
  }
});
