/**
 * The sessions of `/mcp`: one server and transport for each client that initialised. They outlive an index: which
 * assistant answers comes with every request.
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { CancelledNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Assistant } from '../../assistant.ts';
import type { McpOptions } from './server.ts';
import { createMcpServer } from './server.ts';

/** A session that is not used for this long is dropped; its client is told to begin anew, as specified. */
const IDLE_MS = 30 * 60_000;
/** Beyond this many, the one unused the longest is dropped. */
const SESSIONS_MAX = 1000;

/** A client's session. */
export interface Session {
  /** Undefined until the client has initialised. */
  readonly id: string | undefined;
  /** Answers a request of the client by `assistant`; `parsedBody` is its body, if it was read already. */
  handle(request: Request, assistant: Assistant, parsedBody?: unknown): Promise<Response>;
}

/** The sessions of one server. */
export interface Sessions {
  /**
   * A session, which counts as used now; undefined if there is no such session, or it is not one that `owner`
   * (undefined: nobody in particular) opened.
   */
  find(id: string, owner?: string): Session | undefined;
  /** A session for a client that initialises; it is kept once it did, and is the owner's alone. */
  create(owner?: string): Promise<Session>;
}

interface Kept {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly owner: string | undefined;
}

/** Keeps sessions for as long as they are used. */
export function keepSessions(
  options: McpOptions,
  { idleMs = IDLE_MS, max = SESSIONS_MAX, now = Date.now } = {},
): Sessions {
  // In order of use, the one unused the longest first.
  const sessions = new Map<string, Kept & { readonly usedAt: number }>();
  const answering = new AsyncLocalStorage<Assistant>();
  const current = () => answering.getStore() as Assistant;
  const sessionOver = (transport: Kept['transport']): Session => ({
    get id() {
      return transport.sessionId;
    },
    handle: (request, assistant, parsedBody) =>
      answering.run(assistant, () => transport.handleRequest(request, { parsedBody })),
  });
  const keep = (id: string, { transport, owner }: Kept) => {
    sessions.delete(id);
    sessions.set(id, { transport, owner, usedAt: now() });
  };
  const dropUnused = () => {
    for (const [id, { transport, usedAt }] of sessions) {
      if (sessions.size <= max && now() - usedAt <= idleMs) return;
      sessions.delete(id);
      void transport.close();
    }
  };
  return {
    find(id, owner) {
      dropUnused();
      const session = sessions.get(id);
      if (!session || session.owner !== owner) return undefined;
      keep(id, session);
      return sessionOver(session.transport);
    },
    async create(owner) {
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => {
          keep(id, { transport, owner });
          dropUnused();
        },
        onsessionclosed: (id) => {
          sessions.delete(id);
        },
      });
      await createMcpServer(current, options).connect(
        transport as Parameters<ReturnType<typeof createMcpServer>['connect']>[0],
      );
      endCancelled(transport);
      return sessionOver(transport);
    },
  };
}

/** A cancelled call gets no response, so nothing else would end the stream it waits on. */
function endCancelled(transport: WebStandardStreamableHTTPServerTransport): void {
  const receive = transport.onmessage;
  transport.onmessage = (message, extra) => {
    receive?.(message, extra);
    const cancelled = CancelledNotificationSchema.safeParse(message);
    const id = cancelled.data?.params.requestId;
    if (id !== undefined) transport.closeSSEStream(id);
  };
}
