/**
 * What making enrichment will cost, before it costs anything.
 * @module
 */
import type { Prompt } from '../models/prompts.ts';
import type { Lacking } from './lacking.ts';

/**
 * Tokens of a reply: the records in `corpus/` hold 144 on average, their sentence beginnings and the JSON around them
 * come to as many again.
 */
const REPLY_TOKENS = 290;

/** Tokens to be sent and to come back, and the price if prices are given. */
export interface Estimate {
  readonly passages: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly price: number | undefined;
}

/** Prices of a million tokens, in any currency. */
export interface Prices {
  readonly in?: number | undefined;
  readonly out?: number | undefined;
}

/** A rough count of tokens: one a Chinese character, one for four others. Current models need fewer. */
export function tokensOf(text: string): number {
  const others = text.match(/[\0-\x7f]/g)?.length ?? 0;
  return text.length - others + Math.ceil(others / 4);
}

/** What these passages will cost with a prompt. */
export function estimate(lacking: readonly Lacking[], prompt: Prompt, prices: Prices = {}): Estimate {
  const fixed = tokensOf(`${prompt.system}\n${prompt.user}`);
  const tokensIn = lacking.reduce(
    (sum, { passage }) => sum + fixed + tokensOf(`${passage.path.join()}${passage.context}${passage.text}`),
    0,
  );
  const tokensOut = lacking.length * REPLY_TOKENS;
  const price =
    prices.in === undefined && prices.out === undefined
      ? undefined
      : (tokensIn * (prices.in ?? 0) + tokensOut * (prices.out ?? 0)) / 1e6;
  return { passages: lacking.length, tokensIn, tokensOut, price };
}
