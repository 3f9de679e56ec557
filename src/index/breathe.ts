/**
 * Long work that lets other work go on: an index is built while the one before it is served.
 * @module
 */

/** How long work goes on without a pause, in milliseconds. */
const STRETCH = 12;

/** To be awaited often: pauses when the last pause is long enough ago, so that waiting events get their turn. */
export function breather(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < STRETCH) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        last = performance.now();
        resolve();
      });
    });
  };
}
