/**
 * Token counts for `usage`. They are estimates: nothing here has a tokeniser, and an extractive answer uses no model.
 * @module
 */

/**
 * Tokens per character, as DeepSeek's API documentation gives them for its tokeniser: about 0.6 for a Chinese
 * character, 0.3 for any other.
 */
const PER_HAN = 0.6;
const PER_OTHER = 0.3;

/** About how many tokens `text` is; 0 only for an empty text. */
export function estimateTokens(text: string): number {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  return Math.ceil(han * PER_HAN + ([...text].length - han) * PER_OTHER);
}

/** OpenAI's `usage`, estimated. */
export function estimateUsage(prompt: readonly string[], completion: string) {
  const promptTokens = prompt.reduce((sum, text) => sum + estimateTokens(text), 0);
  const completionTokens = estimateTokens(completion);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
