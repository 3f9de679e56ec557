/**
 * Runs the suite again whenever something it depends on changes.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, watch as watchFiles } from 'node:fs';

/**
 * Starts the same command without `--watch` now and after every change below `paths`. Each run is a process of its
 * own, so that changed code is used. Ends with Ctrl+C.
 */
export function watch(argv: readonly string[], paths: readonly string[]): Promise<number> {
  const script = process.argv[1] as string;
  const args = [...process.execArgv, script, 'eval', ...argv.filter((a) => a !== '--watch')];
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isPending = false;
  const start = () => {
    if (child) {
      isPending = true;
      return;
    }
    isPending = false;
    child = spawn(process.execPath, args, { stdio: 'inherit' });
    child.on('exit', () => {
      child = undefined;
      process.stderr.write('\n等待文件变动，Ctrl+C 结束……\n');
      if (isPending) start();
    });
  };
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(start, 300);
  };
  return new Promise((resolve) => {
    const watchers = paths.filter(existsSync).map((path) => watchFiles(path, { recursive: true }, changed));
    process.once('SIGINT', () => {
      for (const watcher of watchers) watcher.close();
      child?.kill();
      resolve(0);
    });
    start();
  });
}
