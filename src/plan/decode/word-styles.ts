import type { Element } from './dom.ts';
import { descendants, parseXml } from './dom.ts';

/** Which numbering a paragraph or a style asks for. */
export interface NumberingRef {
  readonly numId?: string | undefined;
  readonly level?: number | undefined;
}

/** A paragraph style of Word with what it inherits. */
export interface ParagraphStyle {
  /** 1 to 6 if paragraphs of this style are headings. */
  readonly heading?: number | undefined;
  readonly numbering: NumberingRef;
}

/** The paragraph styles of a document by their id; the default style also under ''. */
export type ParagraphStyles = ReadonlyMap<string, ParagraphStyle>;

/** The w:val attribute of the first element of this name below `element`. */
export function valOf(element: Element, name: string): string | undefined {
  return descendants(element, name)[0]?.attribs['w:val'];
}

/** A whole number of an attribute, if it is one. */
export function integer(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

function ownHeading(style: Element): number | undefined {
  const name = valOf(style, 'w:name') ?? '';
  const named = /^(?:heading|标题)\s*([1-9])$/i.exec(name)?.[1];
  const outline = integer(valOf(style, 'w:outlineLvl'));
  const level = named !== undefined ? Number(named) : outline !== undefined ? outline + 1 : undefined;
  // Outline level 10 (9 in the file) is Word's “body text”.
  if (level === undefined) return undefined;
  return level > 9 ? 0 : Math.min(level, 6);
}

/** Reads word/styles.xml. */
export function readStyles(xml: string): ParagraphStyles {
  const elements = descendants(parseXml(xml), 'w:style').filter(
    (style) => (style.attribs['w:type'] ?? 'paragraph') === 'paragraph',
  );
  const byId = new Map(elements.map((style) => [style.attribs['w:styleId'] ?? '', style]));
  const resolve = (id: string): ParagraphStyle => {
    let heading: number | undefined;
    let numId: string | undefined;
    let level: number | undefined;
    const seen = new Set<string>();
    for (let at: string | undefined = id; at !== undefined && !seen.has(at); ) {
      seen.add(at);
      const style = byId.get(at);
      if (style === undefined) break;
      heading ??= ownHeading(style);
      numId ??= valOf(style, 'w:numId');
      level ??= integer(valOf(style, 'w:ilvl'));
      at = valOf(style, 'w:basedOn');
    }
    return { heading: heading === 0 ? undefined : heading, numbering: { numId, level } };
  };
  const styles = new Map([...byId.keys()].map((id) => [id, resolve(id)]));
  const standard = elements.find((style) => /^(1|true|on)$/.test(style.attribs['w:default'] ?? ''));
  const standardStyle = styles.get(standard?.attribs['w:styleId'] ?? '');
  if (standardStyle !== undefined) styles.set('', standardStyle);
  return styles;
}
