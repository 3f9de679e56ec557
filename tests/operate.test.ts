/** What whoever runs a server does at the terminal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyKey } from '../src/channels/http/access/keys.ts';
import { runKeys } from '../src/operate.ts';
import { OperationError } from '../src/operations/errors.ts';
import { openState } from '../src/state/index.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'guiwen-operate-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const run = (...args: string[]) => {
  const at = args.findIndex((arg) => arg.startsWith('--'));
  const positionals = at < 0 ? args : args.slice(0, at);
  const options = at < 0 ? [] : args.slice(at);
  const values = Object.fromEntries(
    options.flatMap((arg, i) => (i % 2 === 0 ? [[arg.slice(2), options[i + 1]]] : [])),
  );
  return runKeys({ dataDir }, positionals, values);
};
const keyIn = (text: string) => /gw_[\w-]{12}_[\w-]{43}/.exec(text)?.[0] ?? '';
const idOf = (key: string) => key.split('_')[1] ?? '';
const valid = async (key: string, now = Date.now()) => {
  const state = await openState({ dataDir });
  try {
    return await verifyKey(state.keys, key, now);
  } finally {
    await state.close();
  }
};

describe('keys', () => {
  test('add shows the key this once; list never does', async () => {
    const key = keyIn(
      await run('add', '门户网站', '--scopes', 'ask,metrics', '--plans', 'a,b', '--days', '30'),
    );
    expect(await valid(key)).toMatchObject({
      name: '门户网站',
      scopes: ['ask', 'metrics'],
      plans: ['a', 'b'],
    });
    expect(await valid(key, Date.now() + 31 * 86_400_000)).toBeUndefined();
    const list = await run('list');
    expect(list).toContain('门户网站');
    expect(list).toContain('规划：a,b');
    expect(list).toContain('未用过');
    expect(keyIn(list)).toBe('');
  });

  test('without options a key opens asking and searching in all plans, until it is revoked', async () => {
    const key = keyIn(await run('add', 'x'));
    expect(await valid(key, Date.now() + 1e12)).toMatchObject({
      scopes: ['ask', 'search'],
      plans: undefined,
    });
    expect(await run('revoke', idOf(key))).toContain('已停用');
    expect(await valid(key)).toBeUndefined();
    expect(await run('list')).toContain('已停用');
  });

  test('rotate shows a new key and lets the old one run out', async () => {
    const old = keyIn(await run('add', 'x', '--scopes', 'search'));
    const fresh = keyIn(await run('rotate', idOf(old), '--overlap', '2'));
    expect(await valid(fresh)).toMatchObject({ scopes: ['search'] });
    expect(await valid(old)).toBeDefined();
    expect(await valid(old, Date.now() + 2.1 * 3_600_000)).toBeUndefined();
    expect(await valid(fresh, Date.now() + 2.1 * 3_600_000)).toBeDefined();
  });

  test.each([
    [[], '请写明要做什么'],
    [['add'], '请给密钥起个名字'],
    [['add', 'x', 'y'], '多余的参数“y”'],
    [['add', 'x', '--scopes', 'ask,root'], '没有“root”这种权限'],
    [['add', 'x', '--scopes', ''], '这种权限'],
    [['add', 'x', '--days', 'many'], '选项“--days”应为数字'],
    [['revoke', 'nobody'], '没有编号为“nobody”的有效密钥'],
    [['rotate', 'nobody'], '没有编号为“nobody”的有效密钥'],
  ])('%j is told to be wrong', async (args, message) => {
    const refused = run(...args);
    await expect(refused).rejects.toThrow(OperationError);
    await expect(refused).rejects.toThrow(message);
  });
});
