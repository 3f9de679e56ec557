/**
 * What can go wrong with a model's endpoint, in words for the person who runs the service.
 * @module
 */

/** Why an endpoint gave no usable answer. */
export type FaultKind =
  | 'timeout'
  | 'unreachable'
  | 'denied'
  | 'missing'
  | 'rejected'
  | 'busy'
  | 'server'
  | 'nonsense'
  | 'changed';

/** The same request may well succeed a moment later. */
const TRANSIENT: ReadonlySet<FaultKind> = new Set(['timeout', 'unreachable', 'busy', 'server', 'nonsense']);

/**
 * An endpoint that gave no usable answer. The message is one Chinese line with the remedy; it names variables and
 * the endpoint's host, never a key or what was sent.
 */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  readonly kind: FaultKind;
  /** How long the endpoint asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: FaultKind, message: string, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether to try again. */
  get transient(): boolean {
    return TRANSIENT.has(this.kind);
  }
}

/** An endpoint in messages: what it is for, the prefix of its variables, and where it is. */
export interface Named {
  /** E.g. 向量接口. */
  readonly what: string;
  /** E.g. EMBEDDING. */
  readonly prefix: string;
  readonly baseUrl: string;
}

/** Where an endpoint is, without user names, passwords and paths. */
export function originOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).origin : '（地址无效）';
}

/** The fault an HTTP status stands for. */
export function faultOfStatus(endpoint: Named, status: number, retryAfter?: string | null): EndpointError {
  const { what, prefix } = endpoint;
  const where = `${what}（${originOf(endpoint.baseUrl)}）`;
  if (status === 401 || status === 403)
    return new EndpointError('denied', `${where}拒绝了密钥（${status}）。请检查 ${prefix}_API_KEY。`);
  if (status === 404)
    return new EndpointError(
      'missing',
      `${where}没有这个地址或模型（404）。请检查 ${prefix}_BASE_URL 和 ${prefix}_MODEL。`,
    );
  if (status === 429)
    return new EndpointError(
      'busy',
      `${where}请求过于频繁或额度用完（429）。请稍后再试。`,
      millisecondsOf(retryAfter),
    );
  if (status >= 500)
    return new EndpointError(
      'server',
      `${where}出错（${status}）。请稍后再试，或查看它的日志。`,
      millisecondsOf(retryAfter),
    );
  return new EndpointError('rejected', `${where}不接受请求（${status}）。请检查 ${prefix}_MODEL 是否合用。`);
}

/** The fault that something thrown by a client or by `fetch` stands for; an EndpointError stays as it is. */
export function faultOf(endpoint: Named, error: unknown): EndpointError {
  if (error instanceof EndpointError) return error;
  const { what, prefix } = endpoint;
  const where = `${what}（${originOf(endpoint.baseUrl)}）`;
  const { status, headers, name, cause } = (error ?? {}) as {
    status?: unknown;
    headers?: unknown;
    name?: string;
    cause?: { name?: string };
  };
  if (typeof status === 'number')
    return faultOfStatus(endpoint, status, headers instanceof Headers ? headers.get('retry-after') : null);
  // cockatiel's mark; the package itself is loaded only for endpoints that are configured.
  const abandoned = error instanceof Error && 'isTaskCancelledError' in error;
  if (abandoned || [name, cause?.name].some((n) => n === 'TimeoutError' || n === 'AbortError'))
    return new EndpointError('timeout', `${where}没有及时回答。可用 ${prefix}_TIMEOUT_MS 放宽时限。`);
  if (error instanceof SyntaxError) return nonsense(endpoint, '不是 JSON');
  const message = error instanceof Error ? `${error.name} ${error.message}` : '';
  // What a client throws over a reply it cannot read is no failure to connect.
  if (error instanceof TypeError && !/fetch failed|terminated/i.test(message))
    return nonsense(endpoint, '缺少应有的内容');
  return new EndpointError('unreachable', `${where}连不上。请确认它已启动，并检查 ${prefix}_BASE_URL。`);
}

/** An answer that is not what was asked for. */
export function nonsense({ what, baseUrl }: Named, how: string): EndpointError {
  return new EndpointError('nonsense', `${what}（${originOf(baseUrl)}）的回答不合格式：${how}。`);
}

/** A Retry-After header (seconds or a date) in milliseconds. */
function millisecondsOf(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
