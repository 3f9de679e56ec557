import { Unreadable } from './errors.ts';

const SAVE_AS_UTF8 = '请用记事本或 WPS 打开原文，另存为 UTF-8 编码的纯文本，再放入。';

function decodeAs(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** UTF-16 if a byte order mark says so. */
function byteOrderMark(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/**
 * The number of the line with the first bad byte if the file is all but UTF-8 (a few bytes were cut or
 * spoilt). Such a file must not be tried as GB18030, which would read it as well-formed nonsense.
 */
function spoiltUtf8Line(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder('utf-8').decode(bytes);
  const bad = text.match(/\ufffd/g)?.length ?? 0;
  const good = text.match(/[\u0800-\ufffc]/g)?.length ?? 0; // three bytes each: hardly ever by chance
  if (good < bad * 4) return undefined;
  return text.slice(0, text.indexOf('\ufffd')).split('\n').length;
}

/** Whether this is something other than text: NUL characters, or many control characters. */
function isBinary(text: string): boolean {
  if (text.includes('\0')) return true;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const controls = text.match(/[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]/g)?.length ?? 0;
  return controls > text.length * 0.1;
}

/** Plain text or Markdown: UTF-8, UTF-16 with a byte order mark, or GB18030. Line ends become \n. */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = byteOrderMark(bytes);
  let text = decodeAs(utf16 ?? 'utf-8', bytes);
  if (text === undefined && utf16 === undefined) {
    const line = spoiltUtf8Line(bytes);
    if (line !== undefined) {
      throw new Unreadable(
        'bad_encoding',
        `是 UTF-8 编码，但第 ${line} 行有坏字节，可能传输时被截断。${SAVE_AS_UTF8}`,
      );
    }
    text = decodeAs('gb18030', bytes);
  }
  if (text === undefined) {
    throw new Unreadable(
      'bad_encoding',
      `的文字编码无法识别（既不是 UTF-8、UTF-16，也不是 GB18030）。${SAVE_AS_UTF8}`,
    );
  }
  if (isBinary(text)) {
    throw new Unreadable('bad_encoding', `不是纯文本，扩展名与内容不符，或缺少编码标记。${SAVE_AS_UTF8}`);
  }
  if (/\p{Surrogate}/u.test(text)) {
    throw new Unreadable('bad_encoding', `里有残缺的 UTF-16 字符。${SAVE_AS_UTF8}`);
  }
  return text.replace(/\r\n?/g, '\n');
}
