/**
 * The embedding of an OpenAI-compatible endpoint, through `OpenAIEmbeddings`: checked, in batches, patient while an
 * index is built and quick while a person waits.
 * @module
 */
import { Embeddings } from '@langchain/core/embeddings';
import type { OpenAIEmbeddingsParams } from '@langchain/openai';
import { OpenAIEmbeddings } from '@langchain/openai';
import type { Named } from '../models/fault.ts';
import { EndpointError, faultOf, nonsense } from '../models/fault.ts';
import type { Patience } from '../models/patience.ts';
import { briefly, PATIENT, patiently } from '../models/patience.ts';
import type { NamedEmbedding } from './index.ts';

/** Texts sent at a time; halved whenever an endpoint does not take as many. */
const BATCH = 32;
/** A batch may take this many times as long as a question. */
const BATCH_TIMES = 12;
/** Vectors of questions kept: a comparison asks for the same one plan by plan. */
const KEPT_QUESTIONS = 200;
/** What is sent to learn the dimension. */
const PROBE = '规划';

/** An endpoint that is fully configured. */
export interface EmbeddingEndpoint {
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  readonly timeoutMs: number;
}

/** What is known beforehand, and how patient to be. */
export interface EndpointOptions {
  /** The embedding an index was built with: serves when the endpoint cannot be asked for its dimension. */
  readonly remembered?: { readonly id: string; readonly dimension: number } | undefined;
  readonly patience?: Patience | undefined;
  /** Is told when the endpoint makes an ingest wait. */
  readonly log?: ((line: string) => void) | undefined;
}

/** Names an endpoint's embedding in the manifest: the model and the path of the address, whatever the host. */
export function endpointId({ baseUrl, model }: Pick<EmbeddingEndpoint, 'baseUrl' | 'model'>): string {
  return `endpoint:${model}@${new URL(baseUrl).pathname.replace(/\/+$/, '')}`;
}

/**
 * The embedding of an endpoint; asks it for one vector to learn the dimension.
 * @throws EndpointError if it fails and the dimension is not remembered
 */
export async function endpointEmbedding(
  endpoint: EmbeddingEndpoint,
  { remembered, patience = PATIENT, log }: EndpointOptions = {},
): Promise<NamedEmbedding> {
  const id = endpointId(endpoint);
  const embeddings = new EndpointEmbeddings(endpoint, patience, log);
  const named = (dimension: number): NamedEmbedding => {
    embeddings.dimension = dimension;
    return { id, dimension, embeddings, external: true, batch: BATCH };
  };
  try {
    return named((await embeddings.embedQuery(PROBE)).length);
  } catch (error) {
    if (remembered?.id === id) return named(remembered.dimension);
    if (error instanceof EndpointError && !error.transient) throw error;
    return named((await embeddings.embedDocuments([PROBE]))[0]?.length ?? 0);
  }
}

/** LangChain's interface over the endpoint; vectors have length 1. Whatever fails is an EndpointError. */
class EndpointEmbeddings extends Embeddings<number[]> {
  /** What every vector must have; unknown at first. */
  dimension: number | undefined;
  readonly #named: Named;
  readonly #batches: Client;
  readonly #questions: Client;
  readonly #patiently: ReturnType<typeof patiently>;
  readonly #briefly: ReturnType<typeof briefly>;
  readonly #kept = new Map<string, Promise<number[]>>();
  #batch = BATCH;

  constructor(endpoint: EmbeddingEndpoint, patience: Patience, log?: (line: string) => void) {
    super({});
    this.#named = { what: '向量接口', prefix: 'EMBEDDING', baseUrl: endpoint.baseUrl };
    this.#batches = new Client(this.#named, endpoint, endpoint.timeoutMs * BATCH_TIMES);
    this.#questions = new Client(this.#named, endpoint, endpoint.timeoutMs);
    this.#patiently = patiently(patience, log);
    this.#briefly = briefly(endpoint.timeoutMs);
  }

  async embedDocuments(texts: string[]): Promise<number[][]> {
    const vectors: number[][] = [];
    while (vectors.length < texts.length) {
      const batch = texts.slice(vectors.length, vectors.length + this.#batch);
      try {
        const found = await this.#patiently.execute(() => this.#ask(this.#batches, batch));
        vectors.push(...found);
      } catch (error) {
        // Endpoints differ in how many texts they take, and say so only by refusing.
        if (!(error instanceof EndpointError) || error.kind !== 'rejected' || batch.length === 1) throw error;
        this.#batch = Math.ceil(batch.length / 2);
      }
    }
    return vectors;
  }

  embedQuery(text: string): Promise<number[]> {
    const kept = this.#kept.get(text);
    if (kept) return kept;
    const vector = this.#briefly
      .execute(async () => (await this.#ask(this.#questions, [text]))[0] as number[])
      .catch((error) => {
        this.#kept.delete(text);
        throw faultOf(this.#named, error);
      });
    this.#kept.set(text, vector);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_QUESTIONS) break;
      this.#kept.delete(oldest);
    }
    return vector;
  }

  async #ask(client: Client, texts: string[]): Promise<number[][]> {
    try {
      return (await client.embedDocuments(texts)).map((vector) => this.#checked(vector));
    } catch (error) {
      throw faultOf(this.#named, error);
    }
  }

  /** A vector of length 1. @throws EndpointError if it is none, or of another dimension */
  #checked(vector: unknown): number[] {
    if (!Array.isArray(vector) || vector.length === 0 || !vector.every((v) => Number.isFinite(v)))
      throw nonsense(this.#named, '向量里有不是数的值');
    if (this.dimension !== undefined && vector.length !== this.dimension)
      throw new EndpointError(
        'changed',
        `向量接口给出 ${vector.length} 维的向量，先前是 ${this.dimension} 维。模型换过的话，请重新运行 npm run ingest。`,
      );
    const length = Math.hypot(...vector);
    if (length === 0) throw nonsense(this.#named, '向量全为零');
    return vector.map((v: number) => v / length);
  }
}

/** `OpenAIEmbeddings` that sends one batch a call, tries once, and puts the vectors in the order of the texts. */
class Client extends OpenAIEmbeddings {
  readonly #named: Named;

  constructor(named: Named, { baseUrl, model, apiKey }: EmbeddingEndpoint, timeoutMs: number) {
    const fields: Partial<OpenAIEmbeddingsParams> = {
      model,
      // Not every server knows base64, and line ends are part of a passage.
      encodingFormat: 'float',
      stripNewLines: false,
      batchSize: Number.MAX_SAFE_INTEGER,
      timeout: timeoutMs,
      maxRetries: 0,
    };
    super({
      ...fields,
      // Without a key the library would take one meant for another host from the environment.
      apiKey: apiKey ?? 'none',
      configuration: {
        baseURL: baseUrl,
        organization: null,
        project: null,
        logLevel: 'off',
        // The library's own timeout ends when the headers are there; a body can stall as well.
        fetch: (url, init) =>
          fetch(url, {
            ...init,
            signal: AbortSignal.any([...(init?.signal ? [init.signal] : []), AbortSignal.timeout(timeoutMs)]),
          }),
      },
    });
    this.#named = named;
  }

  protected override async embeddingWithRetry(
    request: Parameters<OpenAIEmbeddings['embeddingWithRetry']>[0],
  ) {
    const response = await super.embeddingWithRetry(request);
    const wanted = Array.isArray(request.input) ? request.input.length : 1;
    const data: unknown = response?.data;
    if (!Array.isArray(data) || data.length !== wanted)
      throw nonsense(this.#named, `要 ${wanted} 个向量，得到 ${Array.isArray(data) ? data.length : 0} 个`);
    const places = data.map((item, i) => (Number.isInteger(item?.index) ? item.index : i));
    const inOrder = places.map((_p, i) => data[places.indexOf(i)]);
    if (inOrder.includes(undefined)) throw nonsense(this.#named, '向量的序号有缺漏或重复');
    return { ...response, data: inOrder };
  }
}
