/**
 * The quote that appears beside a citation's chip.
 * @module
 */

const GAP = 6;
const EDGE = 12;

/** Puts `peek` above or below `chip`, within `panel`, whose positioned child it is. */
export function placePeek(peek: HTMLElement, chip: HTMLElement, panel: HTMLElement): void {
  const around = panel.getBoundingClientRect();
  const at = chip.getBoundingClientRect();
  const { width, height } = peek.getBoundingClientRect();
  const left = Math.min(at.left - around.left - 16, around.width - width - EDGE);
  const above = at.top - around.top - height - GAP;
  const top = above >= EDGE ? above : Math.min(at.bottom - around.top + GAP, around.height - height - EDGE);
  peek.style.left = `${Math.max(left, EDGE)}px`;
  peek.style.top = `${Math.max(top, EDGE)}px`;
}
