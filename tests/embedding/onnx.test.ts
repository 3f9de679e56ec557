/** The local ONNX embedding: what it needs, how the package is told to stay offline, what the vectors are made of. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { embeddingFor } from '../../src/embedding/configured.ts';
import type { Transformers } from '../../src/embedding/onnx.ts';
import { onnxEmbedding } from '../../src/embedding/onnx.ts';
import { vectorOf } from '../scripted-endpoint.ts';
import { TINY_DIMENSION, tinyModel } from './tiny-model.ts';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** A folder with these files. */
function folder(files: Record<string, string | Uint8Array>): string {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-onnx-'));
  made.push(dir);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

const FILES = {
  'config.json': '{}',
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{}',
  'onnx/model.onnx': 'weights',
};

/** A stand-in for the package, and what was asked of it. */
function standIn(vectorFor: (text: string) => unknown = (text) => vectorOf(text)) {
  const env = { allowRemoteModels: true, allowLocalModels: false, localModelPath: '' };
  const loaded: unknown[] = [];
  const asked: { texts: string[]; options: unknown }[] = [];
  const load = async (): Promise<Transformers> => ({
    env,
    async pipeline(task, model, options) {
      loaded.push({ task, model, options, env: { ...env } });
      return async (texts, options) => {
        asked.push({ texts, options });
        return { tolist: () => texts.map(vectorFor) };
      };
    },
  });
  return { load, loaded, asked };
}

describe('a local model is refused, with the remedy, when', () => {
  test.each<[string, () => string, RegExp]>([
    ['there is no such folder', () => '/nonexistent/bge', /文件夹 \/nonexistent\/bge 不存在/],
    [
      'the weights are missing',
      () => folder({ ...FILES, 'onnx/model.onnx': '' }) && folder({ 'config.json': '{}' }),
      /缺少 tokenizer\.json、tokenizer_config\.json、onnx\/model\.onnx.+不会联网下载/,
    ],
    [
      'its pooling cannot be read',
      () => folder({ ...FILES, '1_Pooling/config.json': '{' }),
      /1_Pooling\/config\.json 读不了/,
    ],
  ])('%s', async (_what, dir, message) => {
    const { load, loaded } = standIn();
    await expect(onnxEmbedding(dir(), load)).rejects.toThrow(message);
    expect(loaded).toEqual([]);
  });

  test('the package cannot run it', async () => {
    const load = async () => ({
      env: { allowRemoteModels: true, allowLocalModels: true, localModelPath: '' },
      pipeline: () => Promise.reject(new Error('Unsupported model\nstack')),
    });
    await expect(onnxEmbedding(folder(FILES), load)).rejects.toThrow(
      /^EMBEDDING_ONNX_DIR 里的模型无法运行：Unsupported model。/,
    );
  });

  test.each<[string, (text: string) => unknown]>([
    ['numbers that are none', () => [Number.NaN]],
    ['a vector for every character', (text) => [...text].map(() => [1, 2])],
  ])('it gives %s', async (_what, vectorFor) => {
    await expect(onnxEmbedding(folder(FILES), standIn(vectorFor).load)).rejects.toThrow(/没有给出句向量/);
  });

  test('an endpoint is configured as well', async () => {
    const settings = { baseUrl: 'http://127.0.0.1:1/v1', model: 'm', onnxDir: folder(FILES) };
    await expect(embeddingFor(settings)).rejects.toThrow(/只能设一个/);
  });
});

describe('a local model', () => {
  test('is loaded from its folder alone', async () => {
    const dir = folder(FILES);
    const { load, loaded } = standIn();
    await onnxEmbedding(`${dir}/`, load);
    expect(loaded).toEqual([
      {
        task: 'feature-extraction',
        model: basename(dir),
        options: { dtype: 'fp32', device: 'cpu', local_files_only: true },
        env: { allowRemoteModels: false, allowLocalModels: true, localModelPath: dirname(dir) },
      },
    ]);
  });

  test('gives a vector for every text', async () => {
    const { load } = standIn();
    const { embeddings, dimension, external } = await onnxEmbedding(folder(FILES), load);
    expect(external).toBe(true);
    expect(dimension).toBe(vectorOf('').length);
    const texts = Array.from({ length: 40 }, (_x, i) => `第${i}条`);
    expect(await embeddings.embedDocuments(texts)).toEqual(texts.map((text) => vectorOf(text)));
  });

  test('pools and prefixes as its makers say', async () => {
    const { load, asked } = standIn();
    const dir = folder({
      ...FILES,
      '1_Pooling/config.json': '{"pooling_mode_cls_token": true}',
      'config_sentence_transformers.json': '{"prompts": {"query": "query: ", "passage": "passage: "}}',
    });
    const { embeddings } = await onnxEmbedding(dir, load);
    await embeddings.embedQuery('水');
    await embeddings.embedDocuments(['水']);
    expect(asked.slice(-2)).toEqual([
      { texts: ['query: 水'], options: { pooling: 'cls', normalize: true } },
      { texts: ['passage: 水'], options: { pooling: 'cls', normalize: true } },
    ]);
  });

  test('is another one when its weights or its pooling are', async () => {
    const { load } = standIn();
    const dir = folder(FILES);
    const { id } = await onnxEmbedding(dir, load);
    expect((await onnxEmbedding(dir, load)).id).toBe(id);
    writeFileSync(join(dir, 'onnx/model.onnx'), 'others');
    const other = (await onnxEmbedding(dir, load)).id;
    expect(other).not.toBe(id);
    mkdirSync(join(dir, '1_Pooling'));
    writeFileSync(join(dir, '1_Pooling/config.json'), '{"pooling_mode_cls_token": true}');
    expect((await onnxEmbedding(dir, load)).id).not.toBe(other);
  });
});

const PACKAGE = '@huggingface/transformers';
const installed = (() => {
  try {
    return import.meta.resolve(PACKAGE) !== '';
  } catch {
    return false;
  }
})();

test.skipIf(installed)('without the package a person is told how to install it', async () => {
  await expect(onnxEmbedding(folder(FILES))).rejects.toThrow(
    '使用 EMBEDDING_ONNX_DIR 需要先安装 @huggingface/transformers：npm install --no-save @huggingface/transformers',
  );
});

describe.skipIf(!installed)('with the package', () => {
  test('a model is run: texts that share characters are near', async () => {
    const { embeddings, dimension } = await onnxEmbedding(folder(tinyModel()));
    expect(dimension).toBe(TINY_DIMENSION);
    const [water, air, mixed] = (await embeddings.embedDocuments(['水质', '大气', '水质改善'])) as [
      number[],
      number[],
      number[],
    ];
    const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
    expect(dot(water, water)).toBeCloseTo(1, 5);
    expect(dot(water, air)).toBeCloseTo(0, 5);
    expect(dot(water, mixed)).toBeCloseTo(Math.SQRT1_2, 5);
    expect(await embeddings.embedQuery('水质')).toEqual(water.map((v) => expect.closeTo(v, 5)));
  });

  test('weights that are none are refused', async () => {
    await expect(onnxEmbedding(folder({ ...tinyModel(), 'onnx/model.onnx': 'weights' }))).rejects.toThrow(
      /无法运行/,
    );
  });
});
