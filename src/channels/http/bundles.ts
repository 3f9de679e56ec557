/**
 * The scripts for browsers: each file of `src/widget/entries/` is bundled when the server starts and served from
 * memory as `/<name>.js`, so that there is no build step to forget.
 * @module
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { build } from 'esbuild';
import type { Context } from 'hono';
import { VERSION } from '../../version.ts';

const WIDGET = fileURLToPath(new URL('../../widget/', import.meta.url));

/** What officials have: 360's and others' Chromium 86, the Firefox ESR that still runs on Windows 7, iPhones. */
const TARGET = ['chrome86', 'firefox115', 'safari15'];

/** A script as it is served. */
export interface Bundle {
  readonly code: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

let made: Promise<ReadonlyMap<string, Bundle>> | undefined;

/** The scripts by the name they are served under, e.g. `widget.js`; bundled once per process, in about 100 ms. */
export function bundles(): Promise<ReadonlyMap<string, Bundle>> {
  made ??= bundleAll();
  return made;
}

async function bundleAll(): Promise<ReadonlyMap<string, Bundle>> {
  const entries = readdirSync(join(WIDGET, 'entries')).filter((name) => name.endsWith('.ts'));
  const { outputFiles } = await build({
    entryPoints: entries.map((name) => join(WIDGET, 'entries', name)),
    outdir: '/',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: TARGET,
    charset: 'utf8',
    // Lit leaves its versions on the global object; the page it runs in is somebody else's.
    inject: [join(WIDGET, 'lit-scope.ts')],
    legalComments: 'none',
    banner: { js: `/* Guiwen ${VERSION}, Apache-2.0; holds Lit, BSD-3-Clause: see /licences.txt */` },
    tsconfigRaw: { compilerOptions: { target: 'es2023', useDefineForClassFields: true } },
    logLevel: 'silent',
  });
  const list = outputFiles.map(async ({ path, contents }) => {
    const code = Buffer.from(contents);
    const bundle: Bundle = {
      code,
      gzipped: await promisify(gzip)(code, { level: 9 }),
      etag: `"${createHash('sha256').update(code).digest('base64url').slice(0, 22)}"`,
    };
    return [basename(path), bundle] as const;
  });
  return new Map(await Promise.all(list));
}

/** Adds the scripts and the licences of what they hold to `app`. */
export function addBundles(app: OpenAPIHono): void {
  const licences = readFileSync(join(WIDGET, 'licences.txt'), 'utf8');
  app.get('/licences.txt', (c) => c.text(licences));
  // Other names fall through to the routes that follow.
  app.get('/:script{[a-z]+\\.js}', async (c, next) => {
    const bundle = (await bundles()).get(c.req.param('script'));
    return bundle ? sendBundle(c, bundle) : next();
  });
}

function sendBundle(c: Context, { code, gzipped, etag }: Bundle): Response {
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    // Asked for anew each time, since the scripts of a version belong together; mostly the answer is 304.
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
    etag,
  };
  if (c.req.header('if-none-match')?.split(/,\s*/).includes(etag)) return c.body(null, 304, headers);
  return /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    ? c.body(new Uint8Array(gzipped), 200, { ...headers, 'content-encoding': 'gzip' })
    : c.body(new Uint8Array(code), 200, headers);
}
