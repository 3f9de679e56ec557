/**
 * The embedding of a local ONNX model, run by `@huggingface/transformers`, which is not installed with the product.
 * Nothing is ever downloaded: a file that is missing is an error.
 *
 * The folder is laid out as model hubs have it: `config.json`, `tokenizer.json`, `onnx/model.onnx` (or
 * `model_quantized.onnx`), and, for how vectors are made, `1_Pooling/config.json` and
 * `config_sentence_transformers.json`.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Embeddings } from '@langchain/core/embeddings';
import { z } from 'zod';
import type { NamedEmbedding } from './index.ts';

/** The package that runs the model; named in a variable, since type checks must pass without it. */
const PACKAGE: string = '@huggingface/transformers';
/** Texts given to the model at a time. */
const BATCH = 16;

/** A local model that cannot be used; the message is one Chinese line with the remedy. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
}

/** What is used of the package. */
export interface Transformers {
  readonly env: { allowRemoteModels: boolean; allowLocalModels: boolean; localModelPath: string };
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { readonly dtype: string; readonly device: 'cpu'; readonly local_files_only: true },
  ): Promise<
    (texts: string[], options: { pooling: string; normalize: true }) => Promise<{ tolist(): unknown }>
  >;
}

const load = async (): Promise<Transformers> => {
  try {
    return (await import(PACKAGE)) as Transformers;
  } catch (error) {
    // Something that the package needs may be missing as well; Vite words it differently.
    if (/(?:find package|resolve) ["']@huggingface\/transformers["']/.test((error as Error).message))
      throw new OnnxError(`使用 EMBEDDING_ONNX_DIR 需要先安装 ${PACKAGE}：npm install --no-save ${PACKAGE}`);
    throw new OnnxError(`${PACKAGE} 装上了但载入失败：${firstLine(error)}。请重新安装它。`);
  }
};

/**
 * The embedding of the model in a folder.
 * @param importPackage loads the package
 * @throws OnnxError if the package or a file is missing or the model cannot be run
 */
export async function onnxEmbedding(dir: string, importPackage = load): Promise<NamedEmbedding> {
  const folder = resolve(dir);
  const { dtype, file } = modelFile(folder, dir);
  const how = readHow(folder);
  const { env, pipeline } = await importPackage();
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = dirname(folder);
  try {
    const run = await pipeline('feature-extraction', basename(folder), {
      dtype,
      device: 'cpu',
      local_files_only: true,
    });
    const embeddings = new OnnxEmbeddings(
      async (texts) => (await run(texts, { pooling: how.pooling, normalize: true })).tolist(),
      how,
    );
    const dimension = (await embeddings.embedQuery('规划')).length;
    const hash = await hashOf(file, JSON.stringify(how));
    return { id: `onnx:${basename(folder)}-${hash}`, dimension, embeddings, external: true, batch: BATCH };
  } catch (error) {
    if (error instanceof OnnxError) throw error;
    throw new OnnxError(
      `EMBEDDING_ONNX_DIR 里的模型无法运行：${firstLine(error)}。请确认文件完整，且是句向量模型。`,
    );
  }
}

/** The model's weights, whole ones before quantised ones. */
function modelFile(folder: string, dir: string): { dtype: string; file: string } {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new OnnxError(`EMBEDDING_ONNX_DIR 指的文件夹 ${dir} 不存在。请填放有 ONNX 模型的文件夹。`);
  const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const missing = needed.filter((name) => !existsSync(join(folder, name)));
  const found = [
    { dtype: 'fp32', file: join(folder, 'onnx', 'model.onnx') },
    { dtype: 'q8', file: join(folder, 'onnx', 'model_quantized.onnx') },
  ].find(({ file }) => existsSync(file));
  if (!found) missing.push('onnx/model.onnx');
  if (!found || missing.length > 0)
    throw new OnnxError(
      `EMBEDDING_ONNX_DIR 指的文件夹 ${dir} 缺少 ${missing.join('、')}。本程序不会联网下载，请把模型的全部文件放进去。`,
    );
  return found;
}

const poolingSchema = z.object({
  pooling_mode_cls_token: z.boolean().optional(),
  pooling_mode_lasttoken: z.boolean().optional(),
});
const promptsSchema = z.object({ prompts: z.record(z.string(), z.string()).optional() });

/** How the model wants its vectors made. */
interface How {
  /** Of the vectors of a text's tokens: their mean, the first, or the last. */
  readonly pooling: 'mean' | 'cls' | 'last_token';
  /** What goes before a question and before a passage. */
  readonly query: string;
  readonly passage: string;
}

/** What the model's makers say of it; the mean and nothing before a text if they say nothing. */
function readHow(folder: string): How {
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const path = join(folder, name);
    if (!existsSync(path)) return undefined;
    try {
      return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      throw new OnnxError(`EMBEDDING_ONNX_DIR 里的 ${name} 读不了，请换上模型原来的文件。`);
    }
  };
  const pooling = read('1_Pooling/config.json', poolingSchema);
  const prompts = read('config_sentence_transformers.json', promptsSchema)?.prompts ?? {};
  return {
    pooling: pooling?.pooling_mode_cls_token
      ? 'cls'
      : pooling?.pooling_mode_lasttoken
        ? 'last_token'
        : 'mean',
    query: prompts.query ?? '',
    passage: prompts.passage ?? prompts.document ?? '',
  };
}

class OnnxEmbeddings extends Embeddings<number[]> {
  readonly #run: (texts: string[]) => Promise<unknown>;
  readonly #how: How;

  constructor(run: (texts: string[]) => Promise<unknown>, how: How) {
    super({});
    this.#run = run;
    this.#how = how;
  }

  async embedDocuments(texts: string[]): Promise<number[][]> {
    const vectors: number[][] = [];
    for (let i = 0; i < texts.length; i += BATCH) {
      const batch = texts.slice(i, i + BATCH);
      vectors.push(...checked(await this.#run(batch.map((text) => this.#how.passage + text)), batch.length));
    }
    return vectors;
  }

  async embedQuery(text: string): Promise<number[]> {
    return checked(await this.#run([this.#how.query + text]), 1)[0] as number[];
  }
}

function checked(output: unknown, count: number): number[][] {
  const vectors = z.array(z.array(z.number()).min(1)).length(count).safeParse(output);
  if (!vectors.success)
    throw new OnnxError('EMBEDDING_ONNX_DIR 里的模型没有给出句向量，请换一个句向量模型。');
  return vectors.data;
}

/** The start of a hash over a file and what else makes the vectors. */
async function hashOf(file: string, rest: string): Promise<string> {
  const hash = createHash('sha256').update(rest);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex').slice(0, 12);
}

const firstLine = (error: unknown) =>
  String((error as Error).message ?? error)
    .split('\n')[0]
    ?.slice(0, 200);
