import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import { buildIndex } from '../../src/index/build.ts';
import { openIndex } from '../../src/index/open.ts';
import { EMPTY_GLOSSARY } from '../../src/language/glossary.ts';
import { LEXICON, Lexicon, parseLexicon } from '../../src/language/lexicon.ts';
import { fold } from '../../src/language/normalise.ts';
import { searchPassages } from '../../src/retrieval/search.ts';
import { searchTerms, understand } from '../../src/retrieval/understand.ts';

const NOWHERE = { only: [], preferred: [], refused: [], mentions: [] };
const understood = (question: string) => understand(question, EMPTY_GLOSSARY, NOWHERE, 1);
const forms = ['said', 'printed'] as const;

describe('the lexicon', () => {
  it('is broad: at least 1,500 entries', () => {
    expect(LEXICON.entries.length).toBeGreaterThanOrEqual(1500);
  });

  it('names no word twice on a side, and adds something in every entry', () => {
    for (const entry of LEXICON.entries) {
      for (const side of forms)
        expect(new Set(entry[side]).size, entry.said.join(' ')).toBe(entry[side].length);
      const added = entry.printed.some((word) => !entry.said.includes(word)) || entry.said.length > 1;
      expect(added, entry.said.join(' ')).toBe(true);
    }
  });

  it('has words that a search can look for: two characters and more printed, no marks, short enough to be said', () => {
    for (const { said, printed } of LEXICON.entries) {
      for (const word of said) expect(word, word).toMatch(/^[\p{Script=Han}a-z0-9+]{1,10}$/u);
      for (const word of printed) expect(word, word).toMatch(/^[\p{Script=Han}0-9、（），]{1,16}$/u);
    }
  });

  it('contradicts nothing: no wording stands for its own negation, none is subject and way of asking at once', () => {
    const asking = new Map<string, boolean>();
    for (const entry of LEXICON.entries) {
      const words = [...entry.said, ...entry.printed];
      for (const word of entry.said) {
        for (const no of ['不', '未', '非', '无', '禁止']) {
          const negated = words.some((w) => w === `${no}${word}` && entry.printed.includes(w));
          expect(negated, `${word} ${no}`).toBe(false);
        }
        expect(asking.get(fold(word)) ?? entry.asking, word).toBe(entry.asking);
        asking.set(fold(word), entry.asking);
      }
    }
  });

  it('says which line is none', () => {
    expect(() => parseLexicon('# 注\n坐牢 > 有期徒刑\n坐牢 有期徒刑')).toThrow('第 3 行');
    expect(() => parseLexicon('坐牢 >')).toThrow('第 1 行');
    expect(() => parseLexicon('坐牢 > 拘役 > 徒刑')).toThrow('第 1 行');
  });
});

describe('a wording of the lexicon', () => {
  const lexicon = new Lexicon(
    parseLexicon('开工 > 施工\n公开 > 公布\n炒鱿鱼 > 解除劳动合同\n砍 > 采伐\n?谁管 > 主管部门'),
  );
  const at = (text: string, ...borders: number[]) =>
    lexicon.match(text, new Set(borders)).map(({ form }) => form);

  it('of one or two characters counts only as a word, a longer one wherever it stands', () => {
    expect(at('公开工作', 0, 2, 4)).toEqual(['公开']);
    expect(at('他砍树', 0, 1, 2, 3)).toEqual(['砍']);
    expect(at('砍刀', 0, 2)).toEqual([]);
    expect(at('被炒鱿鱼了')).toEqual(['炒鱿鱼']);
  });

  it('is one content word of a question, with what is printed as its equals', () => {
    const concept = understood('被炒鱿鱼了有没有补偿').concepts.find((c) => c.text === '炒鱿鱼');
    expect(concept?.equals.map((e) => e.text)).toContain('解除劳动合同');
    expect(searchTerms(understood('被炒鱿鱼了')).map((t) => t.term)).toContain('合同');
  });

  it('gives way to the glossary of the corpus', () => {
    const entry = { term: '用工单位', also: [], everyday: ['老板'], english: [], related: [] };
    const glossary = { match: () => [{ entry, form: '老板', at: 0, kind: 'everyday' as const }] };
    const [concept] = understand('老板', glossary as never, NOWHERE, 1).concepts;
    expect(concept?.equals.map((e) => e.text)).toEqual(['用工单位']);
  });

  it('counts less as a way of asking than as a subject', () => {
    const weights = new Map(understood('工资谁管').concepts.map((c) => [c.text, c.weight]));
    expect(weights.get('谁管')).toBeLessThanOrEqual((weights.get('工资') as number) / 2);
  });

  it('leaves what prints the question’s own word before what prints another for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guiwen-lexicon-'));
    try {
      const corpusDir = join(folder, 'corpus');
      mkdirSync(corpusDir);
      const pairs = [
        ['房东', '出租人', '应当自签订合同之日起三十日内办理登记备案'],
        ['辞退', '解除劳动合同', '的，应当提前书面通知本人并说明理由'],
        ['老师', '教师', '每学年应当参加不少于七十二学时的培训'],
      ] as const;
      const articles = pairs.flatMap(([said, printed, rest]) => [`${printed}${rest}。`, `${said}${rest}。`]);
      const numbered = articles.map((text, i) => `第${'一二三四五六'[i]}条 ${text}`);
      writeFileSync(join(corpusDir, 'a.md'), `# 某某条例\n\n${numbered.join('\n\n')}\n`);
      const embedding = builtinEmbedding();
      const indexDir = join(folder, 'index');
      await buildIndex({ corpusDir, indexDir, embedding });
      const index = await openIndex(indexDir, corpusDir, embedding);
      const best = async (question: string) =>
        (await searchPassages(index, understood(question), 1)).map((hit) => hit.passage.text).join();
      expect(await best('房东多久要登记')).toContain('房东应当');
      expect(await best('辞退要不要说理由')).toContain('辞退的');
      expect(await best('老师每年培训多少')).toContain('老师每');
      expect(await best('炒鱿鱼要不要说理由')).toContain('解除劳动合同的');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
