/** `npm run kill-test -- --times N`: the test of kills, N times. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { times: { type: 'string', default: '200' } } });
if (!/^[1-9]\d{0,4}$/.test(values.times)) {
  process.stderr.write('选项“--times”应为 1 到 99999 的整数。\n');
  process.exit(1);
}
const root = join(import.meta.dirname, '../..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'tests/state/kill.test.ts'],
  { cwd: root, env: { ...process.env, KILLS: values.times }, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
