/**
 * The outline as a tree: which of its headings are seen, and how the keyboard moves among them.
 * @module
 */
import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import type { OutlineNode } from '../types.ts';

/** A heading of the tree. */
export interface TreeItem {
  readonly node: OutlineNode;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly parent: string | undefined;
  readonly opens: boolean;
}

/** What the tree shows. */
export interface Tree {
  readonly outline: OutlineNode;
  /** Ids of the headings that are open. */
  readonly open: ReadonlySet<string>;
  /** The heading that is being read. */
  readonly current: string | undefined;
  /** The heading that has the focus when the tree has it. */
  readonly active: string | undefined;
}

/** Lead sentences are part of their paragraphs, not headings. */
const listed = (node: OutlineNode) => node.children.filter((child) => child.kind !== 'lead');

/** The headings that are seen, in order. */
export function visibleItems({ outline, open }: Pick<Tree, 'outline' | 'open'>): TreeItem[] {
  const items: TreeItem[] = [];
  const visit = (parent: OutlineNode, level: number) => {
    const children = listed(parent);
    children.forEach((node, i) => {
      const opens = listed(node).length > 0;
      items.push({
        node,
        level,
        position: i + 1,
        siblings: children.length,
        parent: level > 1 ? parent.id : undefined,
        opens,
      });
      if (opens && open.has(node.id)) visit(node, level + 1);
    });
  };
  visit(outline, 1);
  return items;
}

/** The headings down to the one that holds `offset`, outermost first. */
export function chainAt(outline: OutlineNode, offset: number): OutlineNode[] {
  const chain: OutlineNode[] = [];
  let node: OutlineNode | undefined = outline;
  while (node) {
    node = listed(node).find(({ start, end }) => start <= offset && offset < Math.max(end, start + 1));
    if (node) chain.push(node);
  }
  return chain;
}

/** What a key does in the tree: another heading gets the focus, one is opened or closed, or gone to. */
export function keyOf(
  key: string,
  items: readonly TreeItem[],
  active: string | undefined,
  open: ReadonlySet<string>,
): { readonly focus?: string; readonly toggle?: string } | undefined {
  const at = Math.max(
    items.findIndex(({ node }) => node.id === active),
    0,
  );
  const item = items[at];
  const focus = (index: number) => {
    const to = items[Math.min(Math.max(index, 0), items.length - 1)];
    return to ? { focus: to.node.id } : undefined;
  };
  switch (key) {
    case 'ArrowDown':
      return focus(at + 1);
    case 'ArrowUp':
      return focus(at - 1);
    case 'Home':
      return focus(0);
    case 'End':
      return focus(items.length - 1);
    case 'ArrowRight':
      if (!item?.opens) return {};
      return open.has(item.node.id) ? focus(at + 1) : { toggle: item.node.id };
    case 'ArrowLeft':
      if (item?.opens && open.has(item.node.id)) return { toggle: item.node.id };
      return item?.parent === undefined ? {} : { focus: item.parent };
    default:
      return undefined;
  }
}

/** The tree; `go` goes to a heading, `toggle` opens or closes one. */
export function treeView(
  { outline, open, current, active }: Tree,
  on: {
    readonly go: (node: OutlineNode) => void;
    readonly toggle: (id: string) => void;
    readonly key: (event: KeyboardEvent) => void;
  },
): TemplateResult {
  const items = visibleItems({ outline, open });
  const focusable = items.some(({ node }) => node.id === active) ? active : items[0]?.node.id;
  return html`<div class="tree" role="tree" aria-label="目录" @keydown=${on.key}>
    ${items.map(({ node, level, position, siblings, opens }) => {
      const isOpen = opens && open.has(node.id);
      const toggle = (event: Event) => {
        event.stopPropagation();
        on.toggle(node.id);
      };
      return html`<div class="item depth-${Math.min(level, 5)} ${node.id === current ? 'here' : ''}"
        role="treeitem" data-node=${node.id} tabindex=${node.id === focusable ? 0 : -1}
        aria-level=${level} aria-posinset=${position} aria-setsize=${siblings}
        aria-expanded=${opens ? `${isOpen}` : nothing} aria-current=${node.id === current ? 'true' : nothing}
        @click=${() => on.go(node)}>
        <span class="twist ${isOpen ? 'open' : ''}" aria-hidden="true" @click=${opens ? toggle : nothing}
          >${opens ? '›' : ''}</span><span>${node.heading}</span>
      </div>`;
    })}
  </div>`;
}
