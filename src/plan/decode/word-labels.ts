import { Parser } from 'htmlparser2';
import type { Labeller } from './word-numbering.ts';
import { integer } from './word-styles.ts';

interface Paragraph {
  /** Where the label goes in the XML: after the paragraph's properties. */
  at: number;
  styleId: string;
  numId: string | undefined;
  level: number | undefined;
  /** Its paragraph mark is a tracked deletion: it runs on into the next paragraph. */
  deleted: boolean;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

/**
 * The XML of a Word document with the automatic number of each paragraph, which Word keeps out of the text,
 * written at the paragraph's start.
 */
export function writeLabels(xml: string, label: Labeller): string {
  const inserts: { at: number; text: string }[] = [];
  const open: Paragraph[] = []; // paragraphs nest: a text box stands in one
  const path: string[] = [];
  let choices = 0; // inside mc:Choice: the same content again, in a form mammoth does not read
  const inProperties = (): boolean => path.lastIndexOf('w:pPr') > path.lastIndexOf('w:p');

  const write = (paragraph: Paragraph): void => {
    if (choices > 0 || paragraph.deleted) return;
    const text = label(paragraph.styleId, { numId: paragraph.numId, level: paragraph.level });
    if (text !== '') inserts.push({ at: paragraph.at, text });
  };
  const readProperty = (paragraph: Paragraph, name: string, value: string | undefined): void => {
    const parent = path.at(-2);
    if (name === 'w:pStyle') paragraph.styleId = value ?? '';
    if (name === 'w:numId' && parent === 'w:numPr') paragraph.numId = value;
    if (name === 'w:ilvl' && parent === 'w:numPr') paragraph.level = integer(value);
    if (name === 'w:del' && parent === 'w:rPr') paragraph.deleted = true;
  };

  const parser: Parser = new Parser(
    {
      onopentag(name, attributes) {
        path.push(name);
        if (name === 'mc:Choice') choices++;
        const paragraph = open.at(-1);
        if (name === 'w:p') {
          open.push({
            at: parser.endIndex + 1,
            styleId: '',
            numId: undefined,
            level: undefined,
            deleted: false,
          });
        } else if (paragraph !== undefined && inProperties() && !path.includes('w:pPrChange')) {
          readProperty(paragraph, name, attributes['w:val']);
        }
      },
      onclosetag(name) {
        path.pop();
        if (name === 'mc:Choice') choices--;
        const paragraph = open.at(-1);
        if (paragraph === undefined) return;
        if (name === 'w:pPr' && path.at(-1) === 'w:p') paragraph.at = parser.endIndex + 1;
        if (name === 'w:p') {
          open.pop();
          if (xml[parser.endIndex - 1] !== '/') write(paragraph);
        }
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);

  let text = '';
  let from = 0;
  for (const insert of inserts.sort((a, b) => a.at - b.at)) {
    const run = `<w:r><w:t xml:space="preserve">${escapeXml(insert.text)}</w:t></w:r>`;
    text += xml.slice(from, insert.at) + run;
    from = insert.at;
  }
  return text + xml.slice(from);
}
