/**
 * The quote that appears beside a citation's chip.
 * @module
 */

const GAP = 6;
const EDGE = 12;

/**
 * Puts `peek` below `chip`, or above it if there is more room, within `panel`, whose positioned child it is. It covers
 * neither the chip nor the sentence before it if it can help it; what does not fit is scrolled to.
 */
export function placePeek(peek: HTMLElement, chip: HTMLElement, panel: HTMLElement): void {
  const around = panel.getBoundingClientRect();
  const at = chip.getBoundingClientRect();
  peek.style.maxHeight = 'none';
  const { width, height } = peek.getBoundingClientRect();
  const above = at.top - around.top - GAP - EDGE;
  const below = around.bottom - at.bottom - GAP - EDGE;
  const left = Math.min(at.left - around.left - 16, around.width - width - EDGE);
  peek.style.left = `${Math.max(left, EDGE)}px`;
  const upwards = below < height && above > below;
  const shown = Math.min(height, upwards ? above : below);
  peek.style.maxHeight = `${shown}px`;
  peek.style.top = `${upwards ? at.top - around.top - GAP - shown : at.bottom - around.top + GAP}px`;
}
