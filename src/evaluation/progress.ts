/**
 * A progress bar on a terminal, nothing elsewhere.
 * @module
 */
import { Presets, SingleBar } from 'cli-progress';

/** Shows how many questions are done; writes to stderr, so that what is piped stays clean. */
export function progressBar(
  total: number,
  isShown: boolean,
): { update: (done: number) => void; stop: () => void } {
  if (!isShown) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: '{bar} {value}/{total}  {percentage}%  还需 {eta_formatted}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      fps: 8,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
