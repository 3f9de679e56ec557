/** Whether the server can listen where it should. @module */
import { ListenError, startServer } from '../../channels/http/serve.ts';
import type { Check } from '../types.ts';
import { failure, ok } from '../types.ts';

/** PORT is free, or this service is what listens there. */
export const port: Check = {
  name: '服务端口',
  async run({ host, port }, signal) {
    try {
      await (await startServer({ host, port })).stop(0);
      return ok(`${host}:${port} 空闲。`);
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      const version = await runningVersion(host, port, signal);
      if (version) return ok(`规问 ${version} 正在 ${host}:${port} 上运行。`);
      return failure(`不能在 ${host}:${port} 提供服务。`, error.message);
    }
  },
};

/** The version of the service that listens there already. */
async function runningVersion(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${name}:${port}/healthz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    const { status, version } = (await response.json()) as { status?: unknown; version?: unknown };
    return status === 'ok' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
