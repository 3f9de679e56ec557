import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EMPTY_GLOSSARY, Glossary, readGlossary } from '../../src/language/glossary.ts';
import { fold } from '../../src/language/normalise.ts';
import { CORPUS_DIR } from '../plan/reading.ts';

const entry = (term: string, forms: { also?: string[]; everyday?: string[]; english?: string[] } = {}) => ({
  term,
  also: [],
  everyday: [],
  english: [],
  related: [],
  ...forms,
});

const glossary = new Glossary([
  entry('危险废物', { also: ['危废'], everyday: ['有毒垃圾'], english: ['hazardous waste'] }),
  entry('危险废物处置', { english: ['hazardous waste disposal', 'disposal facility'] }),
  entry('细颗粒物', { also: ['PM2.5'], english: ['fine particulate matter'] }),
  entry('自然保护区', { english: ['nature reserve', 'reserves'] }),
  entry('黑臭水体', { english: ['black and odorous water body', 'city'] }),
]);
const found = (text: string) => glossary.match(fold(text)).map((m) => `${m.entry.term}/${m.kind}/${m.form}`);

describe('a glossary', () => {
  it('finds terms, their equals, everyday words and English, and tells which', () => {
    expect(found('危险废物')).toEqual(['危险废物/term/危险废物']);
    expect(found('危废怎么办')).toEqual(['危险废物/also/危废']);
    expect(found('有毒垃圾往哪扔')).toEqual(['危险废物/everyday/有毒垃圾']);
    expect(found('Hazardous Waste')).toEqual(['危险废物/english/hazardous waste']);
  });

  it('takes the longest form at a place, without overlaps', () => {
    expect(found('危险废物处置能力')).toEqual(['危险废物处置/term/危险废物处置']);
    expect(found('hazardous waste disposal')).toEqual(['危险废物处置/english/hazardous waste disposal']);
    expect(found('危险废物和危废')).toHaveLength(2);
  });

  it('tells where in the folded text a form begins', () => {
    expect(glossary.match(fold('江津的危废')).map((m) => m.at)).toEqual([3]);
    expect(glossary.match('where is hazardous waste').map((m) => m.at)).toEqual([9]);
  });

  it('finds English in singular and plural, whichever the glossary has', () => {
    expect(found('nature reserves')).toEqual(['自然保护区/english/nature reserve']);
    expect(found('disposal facilities')).toEqual(['危险废物处置/english/disposal facility']);
    expect(found('a reserve')).toHaveLength(1);
    expect(found('black and odorous water bodies')).toHaveLength(1);
    expect(found('cities')).toHaveLength(1);
  });

  it('finds English words only whole', () => {
    expect(found('publicity')).toEqual([]);
    expect(found('capacity')).toEqual([]);
  });

  it('finds a Latin form inside Chinese, however it is typed', () => {
    for (const text of ['江津PM2.5目标', '江津PM₂.₅目标', 'pm 2.5是多少', 'ＰＭ２．５'])
      expect(found(text)).toEqual(['细颗粒物/also/pm2.5']);
  });

  it('gives the segmenter its Chinese terms', () => {
    expect(glossary.segmenterWords()).toEqual(expect.arrayContaining(['危险废物', '危废', '自然保护区']));
  });

  it('that is empty finds nothing', () => {
    expect(EMPTY_GLOSSARY.match('危险废物 hazardous waste')).toEqual([]);
  });
});

describe('a glossary file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'glossary-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const read = (yaml: string) => {
    const file = join(dir, 'glossary.yaml');
    writeFileSync(file, yaml);
    return readGlossary(file);
  };

  it('needs nothing but terms', () => {
    expect(read('terms:\n  - term: 水环境\n').match('水环境')).toHaveLength(1);
  });

  it.each([
    ['terms:\n  - term: 甲\n  - also: [乙]\n', 'terms.1.term'],
    ['terms:\n  - { term: 甲, everyday: 乙 }\n', 'terms.0.everyday'],
    ['terms:\n  - { term: 甲, synonyms: [乙] }\n', 'synonyms'],
    ['- 甲\n', 'glossary.yaml'],
    ['terms: [', 'YAML'],
  ])('that is wrong is refused, with file and entry: %j', (yaml, named) => {
    expect(() => read(yaml)).toThrow(named);
    expect(() => read(yaml)).toThrow('glossary.yaml');
  });

  it('of the corpus is valid, and no term or equal of one stands for another too', () => {
    const { entries } = readGlossary(join(CORPUS_DIR, 'glossary.yaml'));
    const forms = entries.flatMap((e) => [...new Set([e.term, ...e.also].map(fold))]);
    expect(forms.filter((form, i) => forms.indexOf(form) !== i)).toEqual([]);
  });
});
