import { getDocumentProxy } from 'unpdf';
import { Unreadable } from './errors.ts';
import { isGibberish } from './pdf-characters.ts';
import { toText } from './pdf-columns.ts';
import type { Page, TextItem } from './pdf-lines.ts';
import { layOut } from './pdf-lines.ts';
import { dropMargins } from './pdf-margins.ts';
import { checkPdf } from './signature.ts';
import { wellFormed } from './strings.ts';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

const SCANNED = '是扫描件，没有文字层；请先做 OCR（文字识别），存为带文字层的 PDF、.docx 或 .txt，再放入。';
const GIBBERISH =
  '的文字层是乱码（字体没有说明字形对应哪些字）；请改用原始的 .docx，或先做 OCR（文字识别），再放入。';
const NO_CMAP =
  '用了没有嵌入的中文字体，此处无法取出其文字；请用 WPS 或 Acrobat 打开，另存为 .docx 或重新导出 PDF（嵌入字体），再放入。';

function openingFailed(error: unknown): Unreadable {
  if (error instanceof Unreadable) return error;
  const locked = error instanceof Error && error.name === 'PasswordException';
  return new Unreadable(
    'damaged_document',
    locked
      ? '加了打开密码。请去掉密码后再放入。'
      : '已损坏或不完整，无法打开。请重新下载，或从原文重新导出。',
  );
}

async function readPage(pdf: Pdf, number: number): Promise<Page> {
  const page = await pdf.getPage(number);
  const { transform, width, height } = page.getViewport({ scale: 1 });
  const content = await page.getTextContent();
  const items = content.items.filter((item) => 'str' in item) as TextItem[];
  page.cleanup();
  return layOut(items, transform, width, height);
}

async function readPages(bytes: Uint8Array, warnings: readonly string[]): Promise<Page[]> {
  // PDF.js takes the bytes it is given for itself. Warnings tell of fonts whose text it leaves out.
  const pdf = await getDocumentProxy(bytes.slice(), { verbosity: 1 });
  try {
    const pages: Page[] = [];
    for (let number = 1; number <= pdf.numPages; number++) pages.push(await readPage(pdf, number));
    if (warnings.some((warning) => warning.includes('cMapUrl'))) throw new Unreadable('no_text', NO_CMAP);
    return pages;
  } finally {
    await pdf.destroy();
  }
}

/** Runs an action with what it prints to the console gathered instead. */
async function gatheringWarnings<T>(action: (warnings: readonly string[]) => Promise<T>): Promise<T> {
  const warnings: string[] = [];
  const { log, warn } = console;
  console.log = console.warn = (...values: unknown[]): void => void warnings.push(values.join(' '));
  try {
    return await action(warnings);
  } finally {
    Object.assign(console, { log, warn });
  }
}

/** A PDF as plain lines. To be run in a thread of its own, for it takes over the console meanwhile. */
export async function decodePdf(bytes: Uint8Array): Promise<string> {
  checkPdf(bytes);
  let pages: Page[];
  try {
    pages = await gatheringWarnings((warnings) => readPages(bytes, warnings));
  } catch (error) {
    throw openingFailed(error);
  }
  const text = dropMargins(pages)
    .map((page) => toText(page.lines).join('\n'))
    .join('\n\f');
  if (text.trim() === '') throw new Unreadable('no_text', SCANNED);
  if (isGibberish(text)) throw new Unreadable('no_text', GIBBERISH);
  return `${wellFormed(text)}\n`;
}
