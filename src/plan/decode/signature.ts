import { Unreadable } from './errors.ts';

/** The first bytes of an OLE file: an old .doc, or a .docx locked with a password. */
function isOle(bytes: Uint8Array): boolean {
  return [0xd0, 0xcf, 0x11, 0xe0].every((byte, i) => bytes[i] === byte);
}

/** Refuses, by its first bytes, what cannot be a .docx. */
export function checkDocx(bytes: Uint8Array): void {
  if (isOle(bytes)) {
    throw new Unreadable(
      'damaged_document',
      '其实是旧版 .doc，或加了打开密码。请用 Word 或 WPS 打开原文，另存为 .docx 后再放入。',
    );
  }
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    throw new Unreadable(
      'damaged_document',
      '不是有效的 .docx。请用 Word 或 WPS 打开原文，另存为 .docx 后再放入。',
    );
  }
}

/** Refuses, by its first bytes, what cannot be a PDF. */
export function checkPdf(bytes: Uint8Array): void {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  if (!head.includes('%PDF-')) {
    throw new Unreadable('damaged_document', '不是有效的 PDF。请重新下载，或从原文重新导出。');
  }
}
