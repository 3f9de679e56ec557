/**
 * Which embedding is in use.
 * @module
 */
import type { EmbeddingSettings } from '../config.ts';
import type { EndpointOptions } from './endpoint.ts';
import type { NamedEmbedding } from './index.ts';
import { builtinEmbedding } from './index.ts';

/**
 * The embedding that is configured: an endpoint, a folder with an ONNX model, or, with neither, the built-in one.
 * @throws EndpointError if the endpoint fails and nothing is remembered of it
 * @throws OnnxError if both are set, or the folder or the package that runs it cannot be used
 */
export async function embeddingFor(
  settings: EmbeddingSettings = {},
  options: EndpointOptions = {},
): Promise<NamedEmbedding> {
  const { baseUrl, model, apiKey, timeoutMs = 5000, onnxDir } = settings;
  // Only now: most run without either, and both take their time to load.
  if (onnxDir) {
    const { OnnxError, onnxEmbedding } = await import('./onnx.ts');
    if (baseUrl && model)
      throw new OnnxError('EMBEDDING_BASE_URL 与 EMBEDDING_ONNX_DIR 只能设一个，请去掉不用的那个。');
    return onnxEmbedding(onnxDir);
  }
  if (!baseUrl || !model) return builtinEmbedding();
  const { endpointEmbedding } = await import('./endpoint.ts');
  return endpointEmbedding({ baseUrl, model, apiKey, timeoutMs }, options);
}
