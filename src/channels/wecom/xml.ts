/**
 * The XML of a self-built app's callbacks: one element with flat fields.
 * @module
 */
import { XMLParser } from 'fast-xml-parser';
import { unreadable } from './seal.ts';

/** A field's name and its text, as written. */
export type Fields = Readonly<Record<string, string>>;

/** Entities stay as they are written: WeCom puts texts into CDATA, and what is never expanded cannot explode. */
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: true,
});

/**
 * The fields of `<xml>…</xml>`; fields that hold other elements are left out.
 * @throws Refused if it is no such document, or declares a document type
 */
export function readXml(xml: string): Fields {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) throw unreadable('XML 声明了文档类型');
  let parsed: unknown;
  try {
    parsed = parser.parse(xml, true);
  } catch {
    throw unreadable('XML 不合语法');
  }
  const root = (parsed as { xml?: unknown }).xml;
  if (typeof root !== 'object' || root === null) throw unreadable('XML 里没有 <xml>');
  return Object.fromEntries(
    Object.entries(root).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
