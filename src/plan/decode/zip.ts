import { inflateRawSync } from 'node:zlib';
import { Unreadable } from './errors.ts';

const MAX_UNPACKED = 300 * 1024 * 1024;
const MAX_RATIO = 200;
/** Below this size the ratio does not matter. */
const SMALL = 20 * 1024 * 1024;

interface Entry {
  readonly offset: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly method: number;
}

/** A zip archive whose sizes have been checked before anything is inflated. */
export interface Archive {
  readonly names: readonly string[];
  /** Whether the archive has a file of this name. */
  has(name: string): boolean;
  /** The file's bytes; throws Unreadable if there is none or it is damaged. */
  read(name: string): Uint8Array;
}

function damaged(): Unreadable {
  return new Unreadable(
    'damaged_document',
    '已损坏或不完整，无法打开。请用 Word 或 WPS 打开原文，另存为 .docx 后再放入。',
  );
}

function tooLarge(): Unreadable {
  return new Unreadable(
    'too_large',
    '解压后过大，不予读取。请删去其中的图片和附件，或拆成几个文件后再放入。',
  );
}

/** Where the end-of-central-directory record stands: at the end, before a comment of up to 64 KB. */
function findEnd(view: DataView): number {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw damaged();
}

function readDirectory(bytes: Uint8Array, view: DataView): { entries: Map<string, Entry>; shift: number } {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = end - view.getUint32(end + 12, true);
  const shift = at - view.getUint32(end + 16, true); // bytes put before the archive
  const entries = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw damaged();
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const encrypted = (view.getUint16(at + 8, true) & 1) !== 0;
    if (encrypted) throw damaged();
    entries.set(name, {
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      unpacked: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return { entries, shift };
}

function checkSizes(entries: Iterable<Entry>): void {
  let packed = 0;
  let unpacked = 0;
  for (const entry of entries) {
    packed += entry.packed;
    unpacked += entry.unpacked;
  }
  if (unpacked > MAX_UNPACKED || (unpacked > SMALL && unpacked > packed * MAX_RATIO)) throw tooLarge();
}

function extract(bytes: Uint8Array, view: DataView, start: number, entry: Entry): Uint8Array {
  if (view.getUint32(start, true) !== 0x04034b50) throw damaged();
  const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
  const data = bytes.subarray(from, from + entry.packed);
  if (entry.method === 0) return data;
  if (entry.method !== 8) throw damaged();
  // The directory's sizes may lie: no more is inflated than they say.
  return entry.unpacked === 0 ? new Uint8Array() : inflateRawSync(data, { maxOutputLength: entry.unpacked });
}

/** Opens a zip archive (without ZIP64), refusing one that would unpack to too much. */
export function openZip(bytes: Uint8Array): Archive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const guarded = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw error instanceof Unreadable ? error : damaged(); // a RangeError of the view, an error of zlib
    }
  };
  const { entries, shift } = guarded(() => readDirectory(bytes, view));
  checkSizes(entries.values());
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    read: (name) => {
      const entry = entries.get(name);
      if (entry === undefined) throw damaged();
      return guarded(() => extract(bytes, view, entry.offset + shift, entry));
    },
  };
}
