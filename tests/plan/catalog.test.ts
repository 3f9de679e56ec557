import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CorpusError, readCatalog } from '../../src/plan/catalog.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'corpus-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (file: string, content = '第一章 总则\n') => {
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  writeFileSync(join(dir, file), content);
};
const failure = (): CorpusError => {
  try {
    readCatalog(dir);
  } catch (error) {
    expect(error).toBeInstanceOf(CorpusError);
    return error as CorpusError;
  }
  throw new Error('nothing was thrown');
};
/** What is wrong with a plans.yaml beside the one document a.txt. */
const invalid = (yaml: string): string => {
  put('a.txt');
  put('plans.yaml', yaml);
  const error = failure();
  expect(error.code).toBe('plans_file_invalid');
  expect(error.message).toContain('plans.yaml');
  return error.message;
};

describe('the documents of a corpus', () => {
  it('are listed in the order of their names, folders included, with what plans.yaml says of them', () => {
    put('b.md');
    put('a.txt');
    put('市/c.TXT');
    put(
      'plans.yaml',
      'plans:\n  - { file: a.txt, id: a-1, title: 甲市规划, period: { start: 2021, end: 2025 } }\n',
    );
    expect(readCatalog(dir).map((e) => e.file)).toEqual(['a.txt', 'b.md', '市/c.TXT']);
    expect(readCatalog(dir)[0]?.facts).toMatchObject({
      file: 'a.txt',
      id: 'a-1',
      period: { start: 2021, end: 2025 },
    });
    expect(readCatalog(dir)[1]?.facts).toEqual({ file: 'b.md' });
  });

  it('may be links to files elsewhere', () => {
    put('elsewhere/.hidden/a.txt');
    symlinkSync(join(dir, 'elsewhere/.hidden/a.txt'), join(dir, 'linked.txt'));
    symlinkSync(join(dir, 'gone.txt'), join(dir, 'broken.txt'));
    expect(readCatalog(dir).map((e) => e.file)).toEqual(['linked.txt']);
  });

  it('leave out what is no document: plans.yaml, the glossary, README.md, hidden and foreign files', () => {
    for (const file of [
      'a.txt',
      'glossary.yaml',
      'README.md',
      '.DS_Store',
      '.b.txt',
      '.git/d.txt',
      '~$e.docx',
      'c.png',
    ])
      put(file);
    put('plans.yaml', 'plans: []\n');
    expect(readCatalog(dir).map((e) => e.file)).toEqual(['a.txt']);
  });
});

describe('a corpus that cannot be served', () => {
  it('is missing: the message names the folder and the variable to set', () => {
    rmSync(dir, { recursive: true });
    const error = failure();
    expect(error.code).toBe('corpus_missing');
    expect(error.message).toContain(dir);
    expect(error.message).toContain('CORPUS_DIR');
  });

  it('is a file instead of a folder', () => {
    rmSync(dir, { recursive: true });
    writeFileSync(dir, '');
    expect(failure().code).toBe('corpus_missing');
  });

  it('is empty: the message names the formats that can be read', () => {
    put('plans.yaml', 'plans: []\n');
    const error = failure();
    expect(error.code).toBe('corpus_empty');
    expect(error.message).toContain('.docx');
  });
});

describe('an error in plans.yaml names the document and the field', () => {
  const entry = (fields: string) => `plans:\n  - { file: a.txt, id: a, title: 甲市规划, ${fields} }\n`;

  it.each([
    ['level: county', 'level'],
    ['status: final', 'status'],
    ['period: { start: 2025, end: 2021 }', 'period'],
    ['period: { start: "2021", end: 2025 }', 'period.start'],
    ['outlookYear: 35', 'outlookYear'],
    ['shortNames: 甲规划', 'shortNames'],
    ['regions: [甲市, 7]', 'regions.1'],
    ['region: 甲市', 'region'],
  ])('%s', (fields, named) => {
    const message = invalid(entry(fields));
    expect(message).toContain('a.txt');
    expect(message).toContain(named);
  });

  it('an id with characters that cannot stand in an address', () => {
    expect(invalid('plans:\n  - { file: a.txt, id: a/b, title: 甲市规划 }\n')).toMatch(/a\.txt 的 id 只能用/);
  });

  it('a title that is missing', () => {
    expect(invalid('plans:\n  - { file: a.txt, id: a }\n')).toMatch(/a\.txt 的 title/);
  });

  it('a file name that is missing: the entry is named by its place', () => {
    expect(
      invalid('plans:\n  - { file: a.txt, id: a, title: 甲规划 }\n  - { id: b, title: 乙规划 }\n'),
    ).toMatch(/第 2 项.*file/);
  });

  it('an entry for a file that is not there', () => {
    expect(invalid('plans:\n  - { file: b.txt, id: b, title: 乙市规划 }\n')).toContain('b.txt');
  });

  it('an id that two documents share', () => {
    put('b.txt');
    const message = invalid(
      'plans:\n  - { file: a.txt, id: x-1, title: 甲市规划 }\n  - { file: b.txt, id: x-1, title: 乙市规划 }\n',
    );
    expect(message).toContain('x-1');
    expect(message).toContain('b.txt');
  });

  it('a document that has two entries', () => {
    const twice =
      'plans:\n  - { file: a.txt, id: a, title: 甲市规划 }\n  - { file: a.txt, id: b, title: 乙市规划 }\n';
    expect(invalid(twice)).toContain('a.txt');
  });

  it('a file that is no YAML, or YAML of something else', () => {
    expect(invalid('plans: [')).toContain('YAML');
    expect(invalid('- a.txt\n')).toMatch(/plans/);
    expect(invalid('')).toMatch(/plans/);
  });
});
