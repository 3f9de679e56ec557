import { DomUtils, parseDocument } from 'htmlparser2';

/** A document as htmlparser2 reads it. */
export type Dom = ReturnType<typeof parseDocument>;
/** What may stand in a document or an element. */
export type ChildNode = Dom['children'][number];
/** An element. */
export type Element = Extract<ChildNode, { attribs: object }>;

/** Reads XML (or HTML written as XML). */
export function parseXml(xml: string): Dom {
  return parseDocument(xml, { xmlMode: true });
}

/** Whether a node is an element. */
export function isElement(node: ChildNode): node is Element {
  return DomUtils.isTag(node);
}

/** The elements of this name below a node. */
export function descendants(node: Dom | Element, name: string): Element[] {
  return DomUtils.getElementsByTagName(name, node, true);
}
