/**
 * The sessions of `/mcp`: one server and transport for each client that initialised.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { CancelledNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import type { McpOptions } from './server.ts';
import { createMcpServer } from './server.ts';

/** A session that is not used for this long is dropped; its client is told to begin anew, as specified. */
const IDLE_MS = 30 * 60_000;
/** Beyond this many, the one unused the longest is dropped. */
const SESSIONS_MAX = 1000;

/** The sessions of one server. */
export interface Sessions {
  /**
   * The transport of a session, which counts as used now; undefined if there is no such session, or it is not one
   * that `owner` (undefined: nobody in particular) opened.
   */
  find(id: string, owner?: string): WebStandardStreamableHTTPServerTransport | undefined;
  /** A transport for a client that initialises; its session is kept once it did, and is the owner's alone. */
  create(owner?: string): Promise<WebStandardStreamableHTTPServerTransport>;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly owner: string | undefined;
}

/** Keeps sessions for as long as they are used. */
export function keepSessions(
  options: McpOptions,
  { idleMs = IDLE_MS, max = SESSIONS_MAX, now = Date.now } = {},
): Sessions {
  // In order of use, the one unused the longest first.
  const sessions = new Map<string, Session & { readonly usedAt: number }>();
  const keep = (id: string, { transport, owner }: Session) => {
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
      return session.transport;
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
      await createMcpServer(options).connect(
        transport as Parameters<ReturnType<typeof createMcpServer>['connect']>[0],
      );
      endCancelled(transport);
      return transport;
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
