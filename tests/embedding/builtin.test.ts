import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILTIN_DIMENSION, BUILTIN_ID, BuiltinEmbeddings, embedText } from '../../src/embedding/builtin.ts';
import { ModelError, readDescription, readModel, writeModel } from '../../src/embedding/model.ts';

const folder = new URL('../../src/embedding/model/', import.meta.url).pathname;

const similarity = (a: string, b: string) => {
  const [x, y] = [embedText(a), embedText(b)];
  return x.reduce((sum, v, d) => sum + v * y[d]!, 0);
};

function inFolder(run: (folder: string) => void): void {
  const made = mkdtempSync(join(tmpdir(), 'guiwen-model-'));
  try {
    run(made);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

describe('the built-in embedding', () => {
  it('gives the same text the same vector, through LangChain too', async () => {
    const text = '到2025年，PM2.5平均浓度下降多少';
    expect(embedText(text)).toEqual(embedText(text));
    const embeddings = new BuiltinEmbeddings();
    expect(await embeddings.embedQuery(text)).toEqual(Array.from(embedText(text)));
    expect(await embeddings.embedDocuments([text, '噪声'])).toEqual(
      [text, '噪声'].map((t) => Array.from(embedText(t))),
    );
  });

  it('gives vectors of length 1, and zeros for a text without words', () => {
    for (const text of ['水', '加强饮用水水源地保护', 'air quality in 2025', '𠀀囧']) {
      const vector = embedText(text);
      expect(vector).toHaveLength(BUILTIN_DIMENSION);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(embedText(' …！ ').every((x) => x === 0)).toBe(true);
  });

  it('does not tell full width, case or traditional spacing apart', () => {
    expect(embedText('ＰＭ２．５ 浓度')).toEqual(embedText('pm2.5浓度'));
  });

  it('names its dimension and its model in its id, so that another model makes an index stale', () => {
    const { sha256 } = readDescription(join(folder, 'model.json'));
    expect(BUILTIN_ID).toContain(String(BUILTIN_DIMENSION));
    expect(BUILTIN_ID).toContain(sha256.slice(0, 8));
  });

  it.each([
    ['脏水流到河里怎么办', '加强入河排污口排查整治', '完善社会保险关系转移接续'],
    ['汽车尾气', '机动车污染防治', '古树名木保护'],
    ['猪粪怎么处理', '畜禽粪污资源化利用', '核与辐射安全监管'],
    ['晚上工地太吵', '建筑施工噪声污染防治', '农村饮用水水源保护'],
    ['乱倒垃圾', '生活垃圾分类收集处置', '碳排放权交易'],
    ['sewage treatment', '污水处理', '森林防火'],
  ])('puts 「%s」 nearer to 「%s」 than to 「%s」', (everyday, official, unrelated) => {
    expect(similarity(everyday, official)).toBeGreaterThan(similarity(everyday, unrelated) + 0.1);
  });

  it('embeds a thousand short texts one by one without keeping anything of them', () => {
    const vectors = Array.from({ length: 1000 }, (_x, i) => embedText(`第${i}条 水环境质量持续改善`));
    expect(new Set(vectors.map((v) => v.buffer)).size).toBe(1000);
  });
});

describe('the model file', () => {
  it('is refused by name when a byte of it has changed, or it was cut short, or is gone', () => {
    const description = readDescription(join(folder, 'model.json'));
    const bytes = readFileSync(join(folder, 'model.bin'));
    inFolder((made) => {
      const file = join(made, 'model.bin');
      expect(() => readModel(file, description)).toThrow(/model\.bin 缺失.*train:embedding/);
      const changed = Buffer.from(bytes);
      changed[changed.length - 7]! ^= 1;
      for (const damaged of [changed, bytes.subarray(0, bytes.length - 100), Buffer.alloc(0)]) {
        writeFileSync(file, damaged);
        expect(() => readModel(file, description)).toThrow(ModelError);
        expect(() => readModel(file, description)).toThrow(/model\.bin 已损坏.*校验和/);
      }
    });
  });

  it('is refused when its description is missing or no description', () => {
    inFolder((made) => {
      const file = join(made, 'model.json');
      expect(() => readDescription(file)).toThrow(/model\.json 缺失/);
      writeFileSync(file, '{"format": 2}');
      expect(() => readDescription(file)).toThrow(/model\.json 内容无效/);
    });
  });

  it('keeps every vector to within one part in 127 of its largest value', () => {
    const rows = Float32Array.from({ length: 3 * 8 }, (_x, i) => Math.sin(i) * (i + 1));
    const { bytes, description } = writeModel(['水', '污水', 'air'], rows, 8);
    inFolder((made) => {
      writeFileSync(join(made, 'model.bin'), bytes);
      const model = readModel(join(made, 'model.bin'), description);
      expect([...model.vocabulary]).toEqual([
        ['水', 0],
        ['污水', 1],
        ['air', 2],
      ]);
      rows.forEach((x, i) => {
        expect(Math.abs(model.rows[i]! - x)).toBeLessThan(24 / 127);
      });
    });
  });

  it('fits in the package', () => {
    expect(readFileSync(join(folder, 'model.bin')).length).toBeLessThan(6_000_000);
  });
});
