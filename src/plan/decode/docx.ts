import mammoth from 'mammoth';
import { Unreadable } from './errors.ts';
import { htmlToLines } from './html.ts';
import { checkDocx } from './signature.ts';
import { wellFormed } from './strings.ts';
import { writeLabels } from './word-labels.ts';
import { createLabeller } from './word-numbering.ts';
import type { ParagraphStyles } from './word-styles.ts';
import { readStyles } from './word-styles.ts';
import type { Archive } from './zip.ts';
import { openZip } from './zip.ts';

/** The files of a .docx as mammoth reads them from an archive it has opened itself. */
interface MammothFile {
  exists(name: string): boolean;
  read(name: string, encoding?: string): Promise<Uint8Array | string>;
}

const REMEDY = '请用 Word 或 WPS 打开原文，另存为 .docx 后再放入。';
const NUMBERING = /^word\/numbering\d*\.xml$/;

function part(archive: Archive, name: RegExp): string | undefined {
  const found = archive.names.find((entry) => name.test(entry));
  return found === undefined ? undefined : new TextDecoder().decode(archive.read(found));
}

/**
 * The archive as mammoth is to see it: the automatic numbers are written into the text, and the definitions
 * of the lists are hidden, for mammoth would number them in its own way.
 */
function numbered(archive: Archive, styles: ParagraphStyles): MammothFile {
  const label = createLabeller(part(archive, NUMBERING) ?? '', styles);
  return {
    exists: (name) => archive.has(name) && !NUMBERING.test(name),
    async read(name, encoding) {
      const bytes = archive.read(name);
      if (encoding === undefined) return bytes;
      const text = new TextDecoder(encoding).decode(bytes);
      return /^word\/document\d*\.xml$/.test(name) ? writeLabels(text, label) : text;
    },
  };
}

interface WordElement {
  type?: string;
  styleId?: string | null;
  styleName?: string | null;
  children?: WordElement[];
}

/** Gives paragraphs whose style makes them headings the name of Word's own heading style. */
function nameHeadings(element: WordElement, styles: ParagraphStyles): WordElement {
  const heading = element.type === 'paragraph' ? styles.get(element.styleId ?? '')?.heading : undefined;
  if (heading !== undefined) element.styleName = `heading ${heading}`;
  for (const child of element.children ?? []) nameHeadings(child, styles);
  return element;
}

/** A Word document as plain lines. */
export async function decodeDocx(bytes: Uint8Array): Promise<string> {
  checkDocx(bytes);
  const archive = openZip(bytes);
  const styles = readStyles(part(archive, /^word\/styles\d*\.xml$/) ?? '');
  const file = numbered(archive, styles);
  let html: string;
  try {
    const result = await mammoth.convertToHtml({ file } as unknown as { buffer: Buffer }, {
      styleMap: ["br[type='page'] => hr"],
      includeEmbeddedStyleMap: false,
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
      transformDocument: (element: WordElement) => nameHeadings(element, styles),
    });
    html = result.value;
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('damaged_document', `已损坏或不完整，无法打开。${REMEDY}`);
  }
  return wellFormed(htmlToLines(html));
}
