/**
 * Files of plans and statutes as plain lines.
 * @module
 */
import { extname } from 'node:path';
import { DocumentError, Unreadable } from './errors.ts';
import { readIsolated } from './isolate.ts';
import { checkDocx, checkPdf } from './signature.ts';
import type { Format, Source } from './source.ts';
import { decodeText } from './text.ts';

export type { DocumentErrorCode } from './errors.ts';
export { DocumentError } from './errors.ts';
export type { Format, Source } from './source.ts';

const FORMATS: Readonly<Record<string, Format>> = {
  '.txt': 'txt',
  '.md': 'md',
  '.markdown': 'md',
  '.docx': 'docx',
  '.pdf': 'pdf',
};

/** The extensions of files that can be read: lower case, with the dot. */
export const SUPPORTED_EXTENSIONS: readonly string[] = Object.keys(FORMATS);

const MAX_BYTES = 100 * 1024 * 1024;

function formatOf(fileName: string): Format {
  const extension = extname(fileName).toLowerCase();
  const format = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
  if (format !== undefined) return format;
  const remedy = /^\.(?:docm?|wps|wpt|rtf|odt|ofd|html?|mht)$/.test(extension)
    ? '请用 Word 或 WPS 打开，另存为 .docx 后再放入。'
    : '请转成其中一种后再放入。';
  throw new Unreadable(
    'unsupported_format',
    `的格式不支持，可读的格式是 ${SUPPORTED_EXTENSIONS.join('、')}。${remedy}`,
  );
}

async function read(format: Format, bytes: Uint8Array): Promise<string> {
  switch (format) {
    case 'txt':
    case 'md':
      return decodeText(bytes);
    case 'docx':
      checkDocx(bytes);
      return readIsolated({ format, bytes });
    case 'pdf':
      checkPdf(bytes);
      return readIsolated({ format, bytes });
  }
}

/** The longest run of one character, and the most table cells in a line, that a document for people has. */
const MAX_RUN = 2_000;
const MAX_CELLS = 1_000;

/** Refuses text that no person wrote: what reads lines goes over such runs and rows again and again. */
function checkShape(text: string): void {
  let line = 1;
  let run = 0;
  let cells = 0;
  let before = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) {
      line++;
      run = cells = 0;
    } else {
      run = code === before ? run + 1 : 1;
      if (code === 0x09 || code === 0x7c) cells++;
    }
    before = code;
    if (run <= MAX_RUN && cells <= MAX_CELLS) continue;
    const what = run > MAX_RUN ? `有 ${MAX_RUN} 多个相同的字符连在一起` : `有 ${MAX_CELLS} 多个表格单元`;
    throw new Unreadable('too_large', `第 ${line} 行${what}，不像正文。请检查文件，删去这一行后再放入。`);
  }
}

async function decodeOrExplain(bytes: Uint8Array, fileName: string): Promise<Source> {
  const format = formatOf(fileName);
  if (bytes.length > MAX_BYTES) {
    throw new Unreadable(
      'too_large',
      '超过 100 MB，不予读取。请删去其中的图片和附件，或拆成几个文件后再放入。',
    );
  }
  if (bytes.length === 0)
    throw new Unreadable('empty_document', '是空的（0 字节）。请确认文件已完整下载，再重新放入。');
  const text = await read(format, bytes);
  if (text.trim() === '') {
    throw new Unreadable('empty_document', '里没有文字。请确认放入的是规划或法规的正文。');
  }
  checkShape(text);
  return format === 'pdf' ? { format, text, wrapped: true } : { format, text };
}

/**
 * Reads the bytes of a file as plain lines. Its name tells the format.
 * @throws {DocumentError} and nothing else, for a file that cannot be read.
 */
export async function decode(bytes: Uint8Array, fileName: string): Promise<Source> {
  try {
    return await decodeOrExplain(bytes, fileName);
  } catch (error) {
    if (error instanceof Unreadable) throw new DocumentError(error.code, fileName, error.message);
    throw new DocumentError(
      'damaged_document',
      fileName,
      '无法读取，可能已损坏。请从原文重新导出后再放入。',
      { cause: error },
    );
  }
}
