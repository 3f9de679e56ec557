/**
 * Files of an index: written piece by piece and hashed on the way, read into memory and checked.
 * @module
 */
import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, fsyncSync, openSync, readSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes gathered before they are written. */
const PIECE = 1 << 22;

/** A file that grows. */
export interface GrowingFile {
  /** Bytes so far. */
  readonly size: number;
  append(bytes: Uint8Array): void;
  /** Waits until everything is on the disk. */
  finish(): { readonly bytes: number; readonly sha256: string };
}

/** Begins a file, empty. */
export function growingFile(path: string): GrowingFile {
  const hash = createHash('sha256');
  let waiting: Uint8Array[] = [];
  let gathered = 0;
  let size = 0;
  const flush = () => {
    const piece = Buffer.concat(waiting);
    waiting = [];
    gathered = 0;
    hash.update(piece);
    appendFileSync(path, piece);
  };
  writeFileSync(path, '');
  return {
    get size() {
      return size;
    },
    append(bytes) {
      waiting.push(bytes);
      gathered += bytes.length;
      size += bytes.length;
      if (gathered >= PIECE) flush();
    },
    finish() {
      flush();
      synchronise(path);
      return { bytes: size, sha256: hash.digest('hex') };
    },
  };
}

/** Waits until a written file is on the disk. */
export function synchronise(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a file and waits until it is on the disk. */
export function writeDurably(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'w');
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A file's bytes at the start of a buffer of their own, with their hash; other work goes on meanwhile. */
export async function readHashed(path: string): Promise<{ bytes: Buffer; sha256: string }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.from(new ArrayBuffer(size));
    const hash = createHash('sha256');
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, size - at), at);
      if (bytesRead === 0) break;
      hash.update(bytes.subarray(at, at + bytesRead));
      at += bytesRead;
    }
    return { bytes: bytes.subarray(0, at), sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** A file's size and hash; nothing of it is kept. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path);
  try {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafeSlow(PIECE);
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, size);
      if (bytesRead === 0) return { bytes: size, sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** Bytes that can be read piece by piece. */
export interface Pieces {
  readonly length: number;
  /** @throws Error if the file no longer holds them */
  read(from: number, to: number): Buffer;
}

/** Pieces of bytes in memory. */
export function piecesOf(bytes: Buffer): Pieces {
  return { length: bytes.length, read: (from, to) => bytes.subarray(from, to) };
}

/** Closes the files of indexes that nothing uses any more. */
const forgotten = new FinalizationRegistry<number>((fd) => closeSync(fd));

/**
 * Pieces of a file that stays open as long as they are in use, so that they can be read even when a newer index has
 * taken the file's place.
 */
export function piecesOfFile(path: string, length: number): Pieces {
  const fd = openSync(path, 'r');
  const pieces: Pieces = {
    length,
    read(from, to) {
      const piece = Buffer.from(new ArrayBuffer(to - from));
      let at = 0;
      while (at < piece.length) {
        const count = readSync(fd, piece, at, piece.length - at, from + at);
        if (count === 0) throw new Error(`the file ${path} has been cut short`);
        at += count;
      }
      return piece;
    },
  };
  forgotten.register(pieces, fd);
  return pieces;
}
