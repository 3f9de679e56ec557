/**
 * Socket Mode: Slack's deliveries over a WebSocket that we open, so that no public address is needed.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketModeClient } from '@slack/socket-mode';
import { silent } from './api.ts';
import type { Acknowledgement, Receiver } from './receiver.ts';

/** Wait before connecting again, in milliseconds: doubled with every failure up to the longest. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** How long a closing handshake may take, in milliseconds. */
const CLOSE_MS = 1_000;
const TIMEOUT_MS = 15_000;

/** A connection that is kept up. */
export interface SocketConnection {
  stop(): Promise<void>;
}

/** One delivery as the client hands it over. */
interface Envelope {
  readonly type: string;
  readonly body: unknown;
  readonly ack: (body?: Readonly<Record<string, unknown>>) => Promise<void>;
}

/**
 * Connects, and again whenever the connection is lost, until it is stopped. A delivery is acknowledged when it is
 * recorded; what could not be acknowledged is delivered again over the next connection.
 */
export function connectSocket(
  { appToken, apiUrl }: { readonly appToken: string; readonly apiUrl: string },
  receiver: Receiver,
  log: (doing: string, error: unknown) => void,
): SocketConnection {
  const stopped = new AbortController();
  const { signal } = stopped;
  const client = new SocketModeClient({
    appToken,
    logger: silent,
    // Its own reconnecting ends the process when Slack refuses a token: we do it ourselves.
    autoReconnectEnabled: false,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: TIMEOUT_MS },
  });
  client.on('error', (error: unknown) => log('slack Socket Mode', error));
  client.on('slack_event', (envelope: Envelope) => {
    void take(envelope).catch((error) => log('slack Socket Mode', error));
  });

  const take = async ({ type, body, ack }: Envelope): Promise<void> => {
    const way = ways[type];
    if (!way) return;
    const answer = await way(body);
    if (answer.taken) await ack(answer.body);
  };
  const ways: Readonly<Record<string, (body: unknown) => Promise<Acknowledgement>>> = {
    events_api: receiver.event,
    slash_commands: receiver.command,
    interactive: receiver.interaction,
  };

  const keepUp = async (): Promise<void> => {
    let wait = FIRST_WAIT_MS;
    while (!signal.aborted) {
      let noticed = () => {};
      const lost = new Promise<void>((resolve) => {
        noticed = resolve;
        client.once('disconnected', noticed);
      });
      try {
        await client.start();
        // Stopped while it connected.
        if (signal.aborted) await client.disconnect();
        wait = FIRST_WAIT_MS;
        await lost;
      } catch (error) {
        client.off('disconnected', noticed);
        if (!signal.aborted) log('slack Socket Mode 连接', error ?? new Error('连接断开'));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  void keepUp();

  return {
    async stop() {
      stopped.abort();
      await Promise.race([client.disconnect(), sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}
