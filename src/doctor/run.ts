/**
 * `npm run doctor`: tries everything that is configured and says in plain words what works and what to do.
 * @module
 */
import type { Config } from '../config.ts';
import { VERSION } from '../version.ts';
import { CHECKS } from './checks.ts';
import type { Check, Finding } from './types.ts';
import { failure } from './types.ts';

/** The longest one check may take, in milliseconds. */
const LIMIT_MS = 90_000;

const MARK: Readonly<Record<Finding['level'], string>> = { ok: '✓', warning: '!', failure: '✗' };

/** How to run the checks and where to tell of them. */
export interface DoctorOptions {
  readonly print: (line: string) => void;
  /** Values that must not be told: keys and tokens. */
  readonly secrets?: readonly string[];
  readonly checks?: readonly Check[];
  readonly limitMs?: number;
}

/** Runs one check after the other, lest one's work make another's endpoint look slow. @returns 1 if one failed, else 0 */
export async function runDoctor(config: Config, options: DoctorOptions): Promise<number> {
  const { print, secrets = [], checks = CHECKS, limitMs = LIMIT_MS } = options;
  const tell = (line: string) =>
    print(secrets.reduce((text, secret) => text.replaceAll(secret, '＊＊＊'), line));
  tell(`规问 ${VERSION}：逐项检查`);
  const counts = { ok: 0, warning: 0, failure: 0 };
  for (const check of checks) {
    const found = await findingOf(check, config, limitMs);
    counts[found.level]++;
    tell(`${MARK[found.level]} ${check.name}：${found.message}`);
    if (found.level !== 'ok') tell(`  → ${found.remedy}`);
  }
  tell(`${checks.length} 项：${counts.ok} 项正常，${counts.warning} 项提醒，${counts.failure} 项不能用。`);
  return counts.failure > 0 ? 1 : 0;
}

/** What a check finds; one that throws or does not end has found a failure. */
async function findingOf(check: Check, config: Config, limitMs: number): Promise<Finding> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<Finding>((resolve) => {
    signal.addEventListener('abort', () =>
      resolve(failure(`${Math.round(limitMs / 1000)} 秒没有结果。`, '请检查网络和对方的服务，再试一次。')),
    );
  });
  const found = check.run(config, signal).catch((error: unknown) => {
    const message = (error as Error).message?.split('\n')[0] ?? String(error);
    return failure(message, '请照上面说的改好，再运行 npm run doctor。');
  });
  return Promise.race([found, late]);
}
