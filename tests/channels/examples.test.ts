/** The examples of docs/api.md do what they say: run as they stand, but for the port. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openShared } from '../opened-corpus.ts';
import { serve } from './served.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
const examples = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code as string);

let url = '';
beforeAll(async () => {
  ({ url } = await serve((await openShared()).assistant));
}, 120_000);

/** Runs a command in the project's folder; gives what it prints. */
async function run(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const here = (code: string) => code.replaceAll('http://127.0.0.1:8787', url);

describe('in TypeScript', () => {
  test('there are three', () => {
    expect(examples('ts')).toHaveLength(3);
  });

  test.each(examples('ts').map((code) => [/from '([^']+)'/.exec(code)?.[1], code] as const))(
    'with %s, the answer or its result arrives',
    { timeout: 60_000 },
    async (_name, code) => {
      // What the last example receives it does not print.
      const shown = code.includes('const { content }')
        ? `${code}\nconsole.log(content[0].text); await client.close();`
        : code;
      const printed = await run(process.execPath, ['--input-type=module', '-e', here(shown)]);
      expect(printed).toContain('20个近零碳排放开发区');
      expect(printed).toContain('**来源**');
    },
  );
});

test('with curl', async () => {
  // Read as the shell would: the machine may lack curl.
  const [, address, header, body] =
    /^curl -s (\S+) -H '([^']+)' \\\n {2}-d '([^']+)'\n$/.exec(examples('sh')[0] ?? '') ?? [];
  const [name, value] = (header as string).split(': ') as [string, string];
  const response = await fetch(here(address as string), {
    method: 'POST',
    headers: { [name]: value },
    body: body as string,
  });
  expect((await response.json()).choices[0].message.content).toContain('**来源**');
});

test('configurations are JSON', () => {
  const servers = examples('json').map((code) => JSON.parse(code).mcpServers.guiwen);
  expect(servers).toEqual([
    { url: 'http://127.0.0.1:8787/mcp' },
    { command: 'npm', args: ['--silent', '--prefix', '/path/to/guiwen', 'run', 'mcp'] },
  ]);
});
