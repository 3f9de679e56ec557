/**
 * Whether what belongs together is set together.
 * @module
 */
import type { ModelEndpoint } from '../config.ts';
import type { Finding } from './types.ts';
import { failure } from './types.ts';

/** Of some variables with their values, those that are set and those that are not. */
export function setAndMissing(variables: Readonly<Record<string, string | undefined>>): {
  readonly set: readonly string[];
  readonly missing: readonly string[];
} {
  const names = Object.keys(variables);
  return {
    set: names.filter((name) => variables[name] !== undefined),
    missing: names.filter((name) => variables[name] === undefined),
  };
}

/** What is wrong with an endpoint as it is set; undefined if it can be tried, or nothing is set. */
export function unusable(prefix: string, endpoint: ModelEndpoint): Finding | undefined {
  const { set, missing } = setAndMissing({
    [`${prefix}_BASE_URL`]: endpoint.baseUrl,
    [`${prefix}_MODEL`]: endpoint.model,
  });
  if (set.length === 0 && endpoint.apiKey !== undefined)
    return failure(
      `只设了 ${prefix}_API_KEY，接口没有启用。`,
      `请再设 ${missing.join('、')}，或去掉 ${prefix}_API_KEY。`,
    );
  if (endpoint.baseUrl && new URL(endpoint.baseUrl).username !== '')
    return failure(
      `${prefix}_BASE_URL 里带着用户名，这样的地址请求不了。`,
      `请去掉用户名和密码，密钥用 ${prefix}_API_KEY 设。`,
    );
  if (set.length !== 1) return undefined;
  return failure(
    `设了 ${set[0]}，没有设 ${missing[0]}，接口没有启用。`,
    `请再设 ${missing[0]}，或去掉 ${set[0]}。`,
  );
}
