/**
 * `POST /slack/events`: events, slash commands and button presses, all at one address, each signed by Slack.
 * @module
 */
import type { Context } from 'hono';
import { Hono } from 'hono';
import type { Acknowledgement, Receiver } from './receiver.ts';
import { isFromSlack } from './verify.ts';

/** What the route works with; without `signingSecret` or `receiver` it says what is missing. */
export interface RouteOptions {
  readonly signingSecret: string | undefined;
  readonly receiver: Receiver | undefined;
  readonly log: (doing: string, error: unknown) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The route. It answers 200 only for what is recorded; for anything else Slack tries again. */
export function slackRoutes({ signingSecret, receiver, log, now = Date.now }: RouteOptions): Hono {
  const routes = new Hono();
  routes.post('/slack/events', async (c) => {
    if (signingSecret === undefined || receiver === undefined) {
      const missing = signingSecret === undefined ? 'SLACK_SIGNING_SECRET' : 'SLACK_BOT_TOKEN';
      return refuse(c, 503, 'slack_not_configured', `还没有设置 ${missing}，不能接收 Slack 的请求。`);
    }
    const body = await c.req.text();
    const request = {
      body,
      timestamp: c.req.header('x-slack-request-timestamp') ?? '',
      signature: c.req.header('x-slack-signature') ?? '',
    };
    if (!isFromSlack(request, signingSecret, now())) {
      return refuse(c, 401, 'invalid_signature', '签名不对或已过期：请求不是 Slack 刚刚发来的。');
    }
    try {
      return await dispatch(c, body, receiver);
    } catch (error) {
      log('slack POST /slack/events', error);
      return refuse(c, 503, 'state_unavailable', '暂时无法保存，请稍后再试。');
    }
  });
  return routes;
}

async function dispatch(c: Context, body: string, receiver: Receiver): Promise<Response> {
  if (c.req.header('content-type')?.includes('application/x-www-form-urlencoded')) {
    const form = Object.fromEntries(new URLSearchParams(body));
    if (form.payload === undefined) return acknowledge(c, await receiver.command(form));
    const payload = parse(form.payload);
    return payload === undefined ? unreadable(c) : acknowledge(c, await receiver.interaction(payload));
  }
  const event = parse(body) as { type?: unknown; challenge?: unknown } | undefined;
  if (event === undefined) return unreadable(c);
  if (event.type === 'url_verification') return c.json({ challenge: String(event.challenge ?? '') });
  return acknowledge(c, await receiver.event(event));
}

function acknowledge(c: Context, answer: Acknowledgement): Response {
  if (!answer.taken) {
    c.header('Retry-After', '60');
    return refuse(c, 503, 'busy', '等待回答的消息太多，请稍后再试。');
  }
  return answer.body === undefined ? c.body(null, 200) : c.json(answer.body);
}

const unreadable = (c: Context) => refuse(c, 400, 'invalid_json', '请求正文不是合法的 JSON。');

/** The JSON object in a text, or undefined if there is none. */
function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function refuse(c: Context, status: 400 | 401 | 503, code: string, message: string): Response {
  return c.json({ error: { code, message } }, status);
}
