/**
 * A plan in chunks of a few screens: what is far from the reader's place is rendered when there is time, and laid
 * out by the browser when it comes near.
 * @module
 */
import type { Block } from './types.ts';

/** Blocks that are rendered together. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly blocks: readonly Block[];
  /** About how high it is, in pixels. */
  readonly height: number;
}

/** Characters of a chunk: some three screens. */
const CHUNK_CHARACTERS = 3000;
/** What one block and one character take on average, in pixels, at 40 characters a line. */
const BLOCK_HEIGHT = 34;
const CHARACTER_HEIGHT = 0.75;

/** Blocks in chunks, in order; a table stays whole. */
export function chunksOf(blocks: readonly Block[]): Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  blocks.forEach((block, i) => {
    const first = blocks[from] as Block;
    if (block.end - first.start < CHUNK_CHARACTERS && i < blocks.length - 1) return;
    const own = blocks.slice(from, i + 1);
    const rows = own.reduce((sum, b) => sum + (b.type === 'table' ? b.rows.length : 1), 0);
    chunks.push({
      start: first.start,
      end: block.end,
      blocks: own,
      height: Math.round(rows * BLOCK_HEIGHT + (block.end - first.start) * CHARACTER_HEIGHT),
    });
    from = i + 1;
  });
  return chunks;
}
