/** A server that is killed between the acknowledgement and the reply, as `npm start` runs it. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { CORPUS } from '../../opened-corpus.ts';
import { openSlack, QUESTION, sourcesIn, temporary } from './opened.ts';
import type { ScriptedSlack } from './scripted-slack.ts';
import { BOT_TOKEN, mention, SIGNING_SECRET, signed } from './scripted-slack.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PATIENT = { timeout: 100_000, interval: 50 };
const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** A server of its own process; resolves when it is ready. */
async function serve(slack: ScriptedSlack, dataDir: string, indexDir: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'serve'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      CORPUS_DIR: CORPUS,
      INDEX_DIR: indexDir,
      DATA_DIR: dataDir,
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += String(chunk);
  });
  const url = await vi.waitFor(() => {
    const found = /规问已就绪：(\S+)/.exec(output)?.[1];
    if (!found) throw new Error(`not ready: ${output}`);
    return found;
  }, PATIENT);
  const send = async (event: object) => {
    const body = JSON.stringify(event);
    const headers = { 'content-type': 'application/json', ...signed(body) };
    return (await fetch(`${url}/slack/events`, { method: 'POST', body, headers })).status;
  };
  return { child, send, output: () => output };
}

test.each([
  ['before the reply was posted', 'chat.postMessage', false],
  ['after Slack posted the reply and before we heard of it', 'chat.postMessage', true],
])(
  'killed %s, the next process answers, once',
  async (_when, method, isPosted) => {
    const indexDir = temporary();
    const slack = await openSlack();
    const dataDir = temporary();
    const never = new Promise<undefined>(() => {});
    // The first post hangs, having been carried out or not, until the process is gone.
    slack.follow((call, nth) => {
      if (call.method !== method || nth !== 1) return undefined;
      if (isPosted) slack.carryOut(call);
      return never;
    });
    const first = await serve(slack, dataDir, indexDir);
    expect(await first.send(mention(QUESTION, '1.1'))).toBe(200);
    expect(await first.send(mention('帮助', '2.1'))).toBe(200);
    await vi.waitFor(() => expect(slack.called(method).length).toBeGreaterThan(0), PATIENT);
    await kill(first.child);
    const second = await serve(slack, dataDir, indexDir);
    expect(second.output()).toContain('Slack：已启动');
    // Slack, which may not have seen our acknowledgement, delivers again.
    expect(await second.send(mention(QUESTION, '1.1'))).toBe(200);
    const threads = () => slack.messages.map(({ thread_ts }) => thread_ts).sort();
    await vi.waitFor(() => {
      expect(threads()).toEqual(['1.1', '2.1']);
      const [answer] = slack.messages.filter(({ thread_ts }) => thread_ts === '1.1');
      expect(sourcesIn(answer?.blocks ?? [])).not.toEqual([]);
    }, PATIENT);
    await new Promise<void>((resolve) => {
      second.child.once('exit', () => resolve());
      second.child.kill('SIGTERM');
    });
    expect(threads()).toEqual(['1.1', '2.1']);
  },
  240_000,
);
