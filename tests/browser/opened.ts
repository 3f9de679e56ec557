/**
 * A browser, and the real server over the project's own corpus. Each test gets a page of its own; a page that
 * contacts another host, or whose script fails, fails its test.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import type { RunningServer } from '../../src/channels/http/serve.ts';
import { startServer } from '../../src/channels/http/serve.ts';
import { openSqliteState } from '../../src/state/sqlite/index.ts';
import type { State } from '../../src/state/types.ts';
import { openShared } from '../opened-corpus.ts';

/** How long to wait for anything: the machine may be busy. */
export const PATIENCE = 20_000;

/** What a test file has. */
export interface Opened {
  readonly assistant: Assistant;
  readonly state: State;
  /** The real server's address. */
  readonly url: string;
  /** Another server over the same state, with the assistant changed or other settings. */
  serve(options?: ServeOptions): Promise<RunningServer>;
  /** A site of another origin: every path gives the same page, made when it is asked for. */
  host(page: () => string, headers?: () => Record<string, string>): Promise<string>;
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

interface ServeOptions {
  readonly assistant?: Partial<Assistant>;
  readonly port?: number;
  readonly embedOrigins?: readonly string[];
}

/** Opens everything before the file's tests and closes it after them. */
export function openBrowser(): Opened {
  let browser: Browser;
  let assistant: Assistant;
  let url = '';
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-browser-'));
  const state = openSqliteState(dataDir);
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const problems: string[] = [];

  const serve = async ({ assistant: changed, port = 0, ...rest }: ServeOptions = {}) => {
    const server = await startServer({ host: '127.0.0.1', port, ...rest });
    server.use({ assistant: { ...assistant, ...changed }, state });
    closers.push(() => server.stop(0));
    return server;
  };

  beforeAll(async () => {
    ({ assistant } = await openShared());
    url = (await serve()).url;
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    for (const close of closers.reverse()) await close();
    await assistant?.close();
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  return {
    get assistant() {
      return assistant;
    },
    get url() {
      return url;
    },
    state,
    serve,
    async host(page, headers = () => ({})) {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers() });
        response.end(page());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async newPage(options) {
      const context = await browser.newContext({
        locale: 'zh-CN',
        viewport: { width: 1280, height: 800 },
        ...options,
      });
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(`script failed: ${error.message}`));
      context.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (/^https?:$/.test(protocol) && hostname !== '127.0.0.1')
          problems.push(`contacted ${request.url()}`);
      });
      return page;
    },
  };
}
