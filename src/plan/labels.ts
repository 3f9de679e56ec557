/**
 * Where a stretch of text stands, in the words a person cites: 第三章第一节 第2段, 专栏2 第6项, 第（十二）条,
 * 第二十一条第二款.
 * @module
 */
import { toChineseNumeral } from '../language/numerals.ts';
import type { Block, OutlineNode } from './types.ts';

/** A node with its ancestors, outermost first; the root is left out. */
export type Chain = readonly OutlineNode[];

/** Headings of a chain, outermost first; lead sentences are no headings of their own. */
export function pathOf(chain: Chain): string[] {
  return chain.filter((n) => n.kind !== 'lead' && n.kind !== 'root').map((n) => n.heading);
}

/** The label of a node as a whole. */
export function nodeLabel(chain: Chain): string {
  let label = '';
  for (const node of chain) {
    switch (node.kind) {
      case 'root':
      case 'lead':
        break;
      case 'article':
        label = /^第/.test(node.number) ? node.number : `第${normaliseParen(node.number)}条`;
        break;
      case 'box':
        label = node.number;
        break;
      case 'table':
        label = node.number || node.heading;
        break;
      case 'item':
        label += node.number === '' ? `“${node.heading}”` : itemNumber(node.number);
        break;
      default:
        label += node.number === '' ? `${label === '' ? '' : ' '}${shorten(node.heading)}` : node.number;
    }
  }
  return label === '' ? '正文' : label;
}

const shorten = (heading: string) => (heading.length > 24 ? `${heading.slice(0, 23)}…` : heading);
const normaliseParen = (number: string) => number.replace('(', '（').replace(')', '）');
const itemNumber = (number: string) => {
  const digits = /^([\d０-９]+)/.exec(number)?.[1];
  if (digits) return `第${digits.normalize('NFKC')}项`;
  return /^[（(]/.test(number) ? `第${normaliseParen(number)}项` : number;
};

/** The label of consecutive blocks of one node, `first` to `last`. */
export function blockLabel(chain: Chain, first: Block, last: Block = first): string {
  const node = chain.at(-1) as OutlineNode;
  const base = nodeLabel(chain);
  if (first.kind === 'note') return `${base} 注`;
  if (node.kind === 'article') return articleLabel(node, base, first, last);
  if (first.kind === 'row' && first.printed && first === last) {
    const { item, line } = first.printed;
    return `${base} 第${item}项${line === undefined ? '' : `第${line}行`}`;
  }
  if (first.kind === 'row') return `${base} 第${range(first.n, last.n)}项`;
  if (first.kind === 'item' && (node.kind === 'box' || chain.some((n) => n.kind === 'box'))) {
    return `${base} 第${range(first.n, last.n)}项`;
  }
  const number = paragraphNumbers(node);
  if (number.size === 1 && node.kind === 'item') return base;
  return `${base} 第${range(number.get(first) ?? 0, number.get(last) ?? 0)}段`;
}

/** Counted once a node: a document without headings has all its paragraphs in one. */
const counted = new WeakMap<OutlineNode, Map<Block, number>>();

/** The number of every paragraph and list item of a node, from 1. */
function paragraphNumbers(node: OutlineNode): Map<Block, number> {
  let numbers = counted.get(node);
  if (!numbers) {
    numbers = new Map();
    for (const block of node.blocks)
      if (block.kind === 'paragraph' || block.kind === 'item') numbers.set(block, numbers.size + 1);
    counted.set(node, numbers);
  }
  return numbers;
}

const range = (a: number, b: number) => (a === b ? `${a}` : `${a}—${b}`);

function articleLabel(node: OutlineNode, base: string, first: Block, last: Block): string {
  const paragraphs = node.blocks.filter((b) => b.kind === 'paragraph').length;
  const clause = (n: number) => (paragraphs > 1 && n > 0 ? `第${toChineseNumeral(n)}款` : '');
  const whole = node.blocks[0] === first && node.blocks.at(-1) === last;
  if (whole) return base;
  const one = (b: Block) =>
    b.kind === 'item' ? `${clause(b.under ?? 0)}第${normaliseParen(b.marker ?? `${b.n}`)}项` : clause(b.n);
  const from = one(first);
  const to = one(last);
  return base + (from === to || to === '' ? from : `${from}—${to}`);
}

/** Labels made unique within a plan: a repeated one takes its chapter in front, then a count. */
export function uniqueLabels(
  labelled: readonly { readonly label: string; readonly path: readonly string[] }[],
): string[] {
  const count = new Map<string, number>();
  for (const { label } of labelled) count.set(label, (count.get(label) ?? 0) + 1);
  const qualified = labelled.map(({ label, path }) => {
    if (count.get(label) === 1) return label;
    const outer = path
      .slice(0, -1)
      .map((h) => h.split(' ')[0])
      .join('');
    return outer === '' || label.startsWith(outer) ? label : `${outer} ${label}`;
  });
  const seen = new Map<string, number>();
  return qualified.map((label) => {
    const n = (seen.get(label) ?? 0) + 1;
    seen.set(label, n);
    return n === 1 ? label : `${label}（之${toChineseNumeral(n)}）`;
  });
}
