/**
 * The outline beside the text: what of it is open, what is being read, and what has the focus.
 * @module
 */
import type { OutlineNode } from '../types.ts';
import { chainAt, keyOf, visibleItems } from './outline.ts';

/** The outline of one reader. */
export class Contents {
  readonly #changed: () => void;
  #outline: OutlineNode | undefined;
  #open: ReadonlySet<string> = new Set();
  #section: string | undefined;
  #active: string | undefined;

  /** @param changed called when it must be rendered anew */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Ids of the headings that are open. */
  get open(): ReadonlySet<string> {
    return this.#open;
  }
  /** The heading that is read. */
  get section(): string | undefined {
    return this.#section;
  }
  /** The heading that has the focus when the tree has it. */
  get active(): string | undefined {
    return this.#active;
  }

  /** For another plan. */
  reset(outline: OutlineNode): void {
    this.#outline = outline;
    this.#open = new Set();
    this.#section = this.#active = undefined;
    this.#changed();
  }

  /** What is read is at `offset`; true if that is another section than before. */
  follow(offset: number, hasFocus: boolean): boolean {
    if (!this.#outline) return false;
    const chain = chainAt(this.#outline, offset);
    const section = chain[chain.length - 1]?.id;
    if (section === this.#section) return false;
    this.#section = section;
    this.#open = new Set([...this.#open, ...chain.slice(0, -1).map(({ id }) => id)]);
    // While somebody moves in the tree the focus stays where it is.
    if (!hasFocus) this.#active = section;
    this.#changed();
    return true;
  }

  activate(id: string): void {
    this.#active = id;
    this.#changed();
  }

  toggle(id: string): void {
    const open = new Set(this.#open);
    if (!open.delete(id)) open.add(id);
    this.#open = open;
    this.#changed();
  }

  /** What a key does: `goTo` a heading's text, `focus` another heading. Undefined if the key means nothing here. */
  press(key: string): { readonly goTo?: OutlineNode; readonly focus?: string } | undefined {
    if (!this.#outline) return undefined;
    const items = visibleItems({ outline: this.#outline, open: this.#open });
    const at = items.find(({ node }) => node.id === this.#active) ?? items[0];
    if (key === 'Enter' || key === ' ') return at ? { goTo: at.node } : {};
    const move = keyOf(key, items, at?.node.id, this.#open);
    if (move?.toggle !== undefined) this.toggle(move.toggle);
    if (move?.focus !== undefined) this.activate(move.focus);
    return move && { ...(move.focus !== undefined && { focus: move.focus }) };
  }

  /** The heading with this id. */
  node(id: string): OutlineNode | undefined {
    return this.#outline && nodeById(this.#outline, id);
  }
}

function nodeById(node: OutlineNode, id: string): OutlineNode | undefined {
  if (node.id === id) return node;
  for (const child of node.children) {
    const found = nodeById(child, id);
    if (found) return found;
  }
  return undefined;
}
