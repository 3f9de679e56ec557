/**
 * Errors in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`, so that its clients read them.
 * @module
 */

/** An error as OpenAI's clients expect it. A type, since Hono takes no interface for JSON. */
export type OpenAiErrorBody = {
  error: { message: string; type: string; param: string | null; code: string | null };
};

/** A request that is refused; rendered by {@link describeRefusal}. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 404;
  readonly code: string | null;
  /** The field of the request that is at fault. */
  readonly param: string | null;
  constructor(message: string, param: string | null, code: string | null = null, status: 400 | 404 = 400) {
    super(message);
    this.param = param;
    this.code = code;
    this.status = status;
  }
}

/** Whether errors of this address have OpenAI's shape. */
export function speaksOpenAi(path: string): boolean {
  return path === '/v1' || path.startsWith('/v1/');
}

/** The body for an error; `status` decides its `type`, as OpenAI does. */
export function openAiError(
  status: number,
  message: string,
  { code = null, param = null }: { readonly code?: string | null; readonly param?: string | null } = {},
): OpenAiErrorBody {
  return { error: { message, type: typeOf(status), param, code } };
}

/** A refusal of this channel as status and body; undefined for any other error. */
export function describeRefusal(error: unknown): { status: 400 | 404; body: OpenAiErrorBody } | undefined {
  if (!(error instanceof Refusal)) return undefined;
  const { status, message, code, param } = error;
  return { status, body: openAiError(status, message, { code, param }) };
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
