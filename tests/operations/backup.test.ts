/** Backup and restore, over folders of their own and a state that is written meanwhile. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
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
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { OperationError } from '../../src/operations/errors.ts';
import { restore } from '../../src/operations/restore.ts';
import { readCatalog } from '../../src/plan/catalog.ts';
import { openState } from '../../src/state/index.ts';
import { StateError } from '../../src/state/types.ts';

let folder: string;
let dirs: { dataDir: string; corpusDir: string };
let to: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guiwen-backup-'));
  dirs = { dataDir: join(folder, 'data'), corpusDir: join(folder, 'corpus') };
  to = join(folder, 'backups');
  mkdirSync(dirs.corpusDir);
  writeFileSync(join(dirs.corpusDir, 'a.txt'), '甲规划\n');
  await written('first');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Feedback as a stand-in for everything that lasts: one database holds it all. */
async function written(comment: string) {
  const state = await openState(dirs);
  await state.feedback.add({ answerId: 'a', rating: 'up', comment, at: 1 });
  await state.close();
}

async function comments(dataDir = dirs.dataDir) {
  const state = await openState({ dataDir });
  const list = await state.feedback.list();
  await state.close();
  return list.map(({ comment }) => comment);
}

const made = () => readdirSync(to);

test('what was restored is what was backed up, and what was there since is set aside', async () => {
  writeFileSync(join(dirs.dataDir, 'other.key'), 'kept beside the database');
  const { folder: from } = await backup({ ...dirs, to });
  await written('second');
  writeFileSync(join(dirs.corpusDir, 'b.txt'), '乙规划\n');
  rmSync(join(dirs.dataDir, 'other.key'));

  const { setAside } = restore({ ...dirs, from });
  expect(await comments()).toEqual(['first']);
  expect(readFileSync(join(dirs.dataDir, 'other.key'), 'utf8')).toBe('kept beside the database');
  expect(readCatalog(dirs.corpusDir).map(({ file }) => file)).toEqual(['a.txt']);

  const [data, corpus] = setAside as [string, string];
  expect(await comments(data)).toEqual(['first', 'second']);
  expect(readFileSync(join(corpus, 'b.txt'), 'utf8')).toBe('乙规划\n');
  // Neither the next backup nor the next restore drags along what was set aside.
  await written('third');
  const again = await backup({ ...dirs, to, now: new Date('2030-01-01') });
  expect(readdirSync(join(again.folder, 'corpus'))).toEqual(['a.txt']);
  restore({ ...dirs, from, now: new Date('2030-01-02') });
  expect(existsSync(data)).toBe(true);
});

test('a machine that has nothing yet is restored from a backup alone', async () => {
  const { folder: from } = await backup({ ...dirs, to });
  const fresh = { dataDir: join(folder, 'new/data'), corpusDir: join(folder, 'new/corpus') };
  expect(restore({ ...fresh, from }).setAside).toEqual([]);
  expect(await comments(fresh.dataDir)).toEqual(['first']);
  expect(readCatalog(fresh.corpusDir)).toHaveLength(1);
});

test('a backup made while another process writes holds everything acknowledged before it began', async () => {
  const writer = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      join(import.meta.dirname, '../state/writer.ts'),
      dirs.dataDir,
      'w',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let acknowledged = '';
  writer.stdout.setEncoding('utf8').on('data', (chunk) => {
    acknowledged += chunk;
  });
  try {
    await expect.poll(() => acknowledged.split('\n').length, { timeout: 60_000 }).toBeGreaterThan(50);
    const before = Array.from(acknowledged.matchAll(/^feedback (.+)\n/gm), ([, comment]) => comment);
    const { folder: from } = await backup({ ...dirs, to });
    const kept = new Set(await comments(join(from, 'data')));
    expect(before.filter((line) => !kept.has(line))).toEqual([]);
    expect(writer.exitCode).toBeNull();
  } finally {
    writer.kill('SIGKILL');
  }
});

test('the newest are kept, and nothing else in the folder is touched', async () => {
  mkdirSync(join(to, 'other'), { recursive: true });
  for (const day of ['01', '02', '03', '04'])
    await backup({ ...dirs, to, keep: 2, now: new Date(`2030-01-${day}T00:00:00Z`) });
  expect(made()).toEqual(['guiwen-20300103T000000Z', 'guiwen-20300104T000000Z', 'other']);
});

describe('a restore is refused, and changes nothing,', () => {
  const refuses = async (
    from: string,
    message: RegExp,
    kind: typeof OperationError | typeof StateError = OperationError,
  ) => {
    const before = [readdirSync(dirs.dataDir), readdirSync(dirs.corpusDir)];
    let error: unknown;
    try {
      restore({ ...dirs, from });
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
    expect([readdirSync(dirs.dataDir), readdirSync(dirs.corpusDir)]).toEqual(before);
  };
  const rehashed = (from: string, change: (list: { files: { path: string; sha256: string }[] }) => void) => {
    const list = JSON.parse(readFileSync(join(from, 'backup.json'), 'utf8'));
    change(list);
    writeFileSync(join(from, 'backup.json'), JSON.stringify(list));
  };

  test('while a server has the data open', async () => {
    const { folder: from } = await backup({ ...dirs, to });
    const state = await openState(dirs);
    try {
      let error: Error | undefined;
      try {
        restore({ ...dirs, from });
      } catch (reason) {
        error = reason as Error;
      }
      expect(error?.message).toContain('请先停止服务');
      await state.feedback.add({ answerId: 'a', rating: 'up', comment: 'goes on', at: 1 });
    } finally {
      await state.close();
    }
    expect(await comments()).toEqual(['first', 'goes on']);
  });

  test('from a folder that is no backup', () => refuses(dirs.corpusDir, /不是备份/));

  test('from a backup that lacks a file', async () => {
    const { folder: from } = await backup({ ...dirs, to });
    rmSync(join(from, 'corpus/a.txt'));
    await refuses(from, /缺少 corpus\/a\.txt/);
  });

  test('from a backup with one byte changed', async () => {
    const { folder: from } = await backup({ ...dirs, to });
    writeFileSync(join(from, 'corpus/a.txt'), '甲规则\n');
    await refuses(from, /corpus\/a\.txt 与备份时不同/);
  });

  test('from a list whose paths lead out of the folder', async () => {
    const { folder: from } = await backup({ ...dirs, to });
    for (const path of ['corpus/../../../out.txt', '/etc/out', 'corpus\\..\\out', 'corpus//a.txt']) {
      const copy = join(folder, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(from, copy, { recursive: true });
      rehashed(copy, (list) => list.files.push({ ...list.files[0], path } as (typeof list.files)[0]));
      await refuses(copy, /已损坏/);
    }
  });

  test('from a backup whose database is not sound', async () => {
    const { folder: from } = await backup({ ...dirs, to });
    const file = join(from, 'data/guiwen.sqlite');
    writeFileSync(file, 'no database');
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update('no database').digest('hex');
    rehashed(from, ({ files }) => {
      for (const entry of files) if (entry.path === 'data/guiwen.sqlite') entry.sha256 = sha256;
    });
    await refuses(from, /不是数据文件/, StateError);
  });
});

describe('a backup is refused', () => {
  test('inside what it backs up', async () => {
    await expect(backup({ ...dirs, to: join(dirs.dataDir, 'backups') })).rejects.toThrow(/里面/);
    await expect(backup({ ...dirs, to: dirs.corpusDir })).rejects.toThrow(/里面/);
  });

  test('where there is no corpus', () =>
    expect(backup({ ...dirs, corpusDir: join(folder, 'none'), to })).rejects.toThrow(/找不到规划目录/));

  test('where nothing can be written, and leaves no half', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(backup({ ...dirs, to: join(folder, 'file') })).rejects.toThrow(/备份目录.*不能写入/);
    if (process.getuid?.() === 0) return;
    mkdirSync(to);
    chmodSync(to, 0o500);
    await expect(backup({ ...dirs, to })).rejects.toThrow(/备份目录.*不能写入/);
  });

  test('of data that are damaged, and leaves no half', async () => {
    writeFileSync(join(dirs.dataDir, 'guiwen.sqlite'), 'no database at all, but long enough'.repeat(40));
    await expect(backup({ ...dirs, to })).rejects.toThrow(StateError);
    await sleep(0);
    expect(made()).toEqual([]);
  });
});
