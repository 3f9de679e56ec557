/**
 * Where a citation's source is read, on every channel alike.
 * @module
 */
import type { Citation } from '../answer/types.ts';

/** The path of the source reader with the quote highlighted: `/plans/<id>#<start>-<end>`. */
export function sourcePath({ plan, start, end }: Pick<Citation, 'plan' | 'start' | 'end'>): string {
  return `/plans/${encodeURIComponent(plan.id)}#${start}-${end}`;
}

/** {@link sourcePath} as a whole address, below the address people reach the server at. */
export function sourceUrl(publicUrl: string, citation: Pick<Citation, 'plan' | 'start' | 'end'>): string {
  return publicUrl.replace(/\/+$/, '') + sourcePath(citation);
}
