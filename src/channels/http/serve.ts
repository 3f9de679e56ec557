/**
 * The server: listens at once, answers 503 until the index is loaded, and stops without cutting anyone off.
 * @module
 */
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { VERSION } from '../../version.ts';
import { bundles } from './bundles.ts';
import type { NodeBindings } from './door.ts';
import type { ErrorBody } from './errors.ts';
import { errorResponse } from './errors.ts';
import type { Service, ServiceOptions } from './service.ts';
import { openService } from './service.ts';

/** How long running requests may take to finish when the server stops, in milliseconds. */
const GRACE_MS = 8_000;

/** The server cannot listen where it should; the message is one line in Chinese. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** What answers; access is open to anyone if not said otherwise. */
export type Services = Omit<ServiceOptions, 'isClosing' | 'access' | keyof ServerOptions> &
  Partial<Pick<ServiceOptions, 'access'>>;

/** A server that listens. */
export interface RunningServer {
  /** Where people reach it, e.g. `http://127.0.0.1:8787`. */
  readonly url: string;
  /**
   * From now on requests are answered. Another call puts another assistant in use (the rest stays as it is): requests
   * under way keep the one they began with.
   */
  use(services: Services): Service;
  /** Stops accepting, lets running requests finish, and aborts those that take longer than the grace period. */
  stop(graceMs?: number): Promise<void>;
}

/** Where to listen, where people reach it if that is another address, and for whom. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly publicUrl?: string | undefined;
  /** Sites that may embed the chat; none if not given. */
  readonly embedOrigins?: readonly string[];
}

/**
 * Listens on `host` and `port` (0: any free one).
 * @throws ListenError if the port is in use or the address is not this machine's
 */
export async function startServer({
  host,
  port,
  publicUrl,
  embedOrigins = [],
}: ServerOptions): Promise<RunningServer> {
  let closing = false;
  // While the index is being opened; if it fails, whoever asks for a script is told.
  bundles().catch(() => {});
  let fetch = startingApp().fetch as Service['door']['fetch'];
  let service: Service | undefined;
  const listener = getRequestListener((request, env) => fetch(request, env as NodeBindings), {
    hostname: host,
    // A request so malformed that it reaches no route.
    errorHandler: () => Response.json(refusalOf(400, BAD_ADDRESS), { status: 400 }),
  });
  // Node's own refusal of a request without a host has no body.
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    if (incoming.headers.host === undefined && incoming.httpVersion === '1.1')
      refuseOn(outgoing, 400, BAD_ADDRESS);
    else void listener(incoming, outgoing);
  });
  server.on('checkExpectation', (_incoming, outgoing) => {
    refuseOn(outgoing, 417, '请求头 Expect 的要求无法满足。');
  });
  // What is no HTTP request at all, such as an address with bare Chinese characters, reaches no handler.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const [status, phrase, message] = unreadable(error.code);
    const body = JSON.stringify(refusalOf(status, message));
    socket.end(
      `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  // Longer than proxies keep idle connections, so that none sends a request into one that just closed.
  server.keepAliveTimeout = 75_000;
  await listen(server, host, port);
  const address = server.address();
  const actualPort = typeof address === 'object' && address ? address.port : port;

  return {
    url: `http://${shownHost(host)}:${actualPort}`,
    use(services) {
      if (service) {
        void service.door.swap(services.assistant);
        return service;
      }
      service = openService({
        access: { host, mode: 'none' },
        ...services,
        host,
        publicUrl,
        embedOrigins,
        isClosing: () => closing,
      });
      fetch = service.door.fetch;
      return service;
    },
    stop(graceMs = GRACE_MS) {
      closing = true;
      service?.stop();
      return new Promise((resolve) => {
        // A connection may turn idle only after `close` looked for idle ones.
        const idle = setInterval(() => server.closeIdleConnections(), 50);
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearInterval(idle);
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

const BAD_ADDRESS = '请求的地址或主机名不合法。';

/** The contract's error for a request that could not be read. */
const refusalOf = (status: number, message: string): ErrorBody => ({
  error: {
    code: status === 431 ? 'headers_too_large' : status === 408 ? 'timeout' : 'invalid_request',
    message,
  },
});

function refuseOn(outgoing: ServerResponse, status: number, message: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
  outgoing.end(JSON.stringify(refusalOf(status, message)));
}

/** Status, its phrase and what to say of bytes that node's parser gave up on. */
function unreadable(code: string | undefined): [number, string, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'Request Header Fields Too Large', '请求头或网址太长。'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'Request Timeout', '请求没有按时发完。'];
  return [400, 'Bad Request', '请求不合 HTTP 的格式；网址里的汉字要先编码（curl 用 --data-urlencode）。'];
}

/** What is served while the index is being opened or built. */
function startingApp(): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok', version: VERSION }));
  app.notFound((c) => {
    c.header('Retry-After', '5');
    return errorResponse(c, 503, 'not_ready', '正在载入索引，请稍候再试。');
  });
  return app;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ListenError(describe(error, host, port))),
    );
    server.listen(port, host, resolve);
  });
}

function describe(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `端口 ${port} 已被占用。请停掉占用它的程序，或用 PORT 换一个端口，例如 PORT=${port === 65535 ? 8787 : port + 1} npm start。`;
    case 'EACCES':
      return `没有权限使用端口 ${port}。请用 PORT 换一个大于 1023 的端口。`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST 的值“${host}”不是本机的地址。`;
    default:
      return `无法在 ${host}:${port} 提供服务（${error.code ?? error.message}）。`;
  }
}

/** The host to put in a URL: what listens everywhere is reached at localhost. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
