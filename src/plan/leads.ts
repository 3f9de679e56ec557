/**
 * Lead sentences: in many plans every paragraph opens with a short (in print bold) sentence that names it. They
 * are the outline's finest level.
 * @module
 */
import type { Block, OutlineNode } from './types.ts';

/** Longest lead sentence in characters: two thirds of the leads in Chinese plans are under 20, nearly all under 36. */
const LEAD_MAX = 36;
/** A document has leads if this share of its longer paragraphs opens with a short sentence. */
const LEAD_SHARE = 0.4;
const LONG_PARAGRAPH = 60;

/** End of the short sentence that opens `[start, end)`, its full stop included. */
function leadEnd(text: string, block: Block): number | undefined {
  const from = block.start + (block.marker?.length ?? 0);
  const stop = text.indexOf('。', from);
  if (stop < 0 || stop - from > LEAD_MAX || stop - from < 3 || stop >= block.end - 2) return undefined;
  const sentence = text.slice(from, stop);
  return /[；：\n]|(?:19|20)\d\d ?年|\d ?%|^到 ?20|^(?:一是|其中|同时|此外)/.test(sentence)
    ? undefined
    : stop + 1;
}

/** The outline with the lead sentences of paragraphs as nodes of kind `lead`, if the document has such a habit. */
export function withLeads(outline: OutlineNode, text: string): OutlineNode {
  let long = 0;
  let led = 0;
  const count = (node: OutlineNode): void => {
    for (const block of node.blocks) {
      if (block.kind === 'row' || block.kind === 'note' || block.end - block.start < LONG_PARAGRAPH) continue;
      long++;
      if (leadEnd(text, block) !== undefined) led++;
    }
    node.children.forEach(count);
  };
  count(outline);
  if (long < 5 || led / long < LEAD_SHARE) return outline;
  const add = (node: OutlineNode): OutlineNode => {
    if (node.kind === 'root') return { ...node, children: node.children.map(add) };
    const leads: OutlineNode[] = [];
    const blocks = node.blocks.map((block) => {
      if (block.leadEnd !== undefined || block.kind === 'row' || block.kind === 'note') return block;
      const end = leadEnd(text, block);
      if (end === undefined) return block;
      const from = block.start + (block.marker?.length ?? 0);
      leads.push({
        id: `${node.id}.p${leads.length + 1}`,
        kind: 'lead',
        number: '',
        heading: text.slice(from, end - 1).trim(),
        headingSpan: { start: from, end: end - 1 },
        start: block.start,
        end: block.end,
        blocks: [],
        children: [],
      });
      return { ...block, leadEnd: end };
    });
    const children = [...leads, ...node.children.map(add)].sort((a, b) => a.start - b.start);
    return { ...node, blocks, children };
  };
  return add(outline);
}
