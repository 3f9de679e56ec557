/**
 * Icons, drawn with strokes in the colour of the text around them and hidden from screen readers: the button they
 * are in has a label.
 * @module
 */
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { html, svg } from 'lit';

const icon = (shape: SVGTemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"
    stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${shape}</svg>`;

export const chatIcon = icon(
  svg`<path d="M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM8 9.5h8M8 13h5"/>`,
);
export const closeIcon = icon(svg`<path d="M6 6l12 12M18 6L6 18"/>`);
export const sendIcon = icon(svg`<path d="M12 19V5M6 11l6-6 6 6"/>`);
export const stopIcon = icon(svg`<rect x="7" y="7" width="10" height="10" rx="1.5" fill="currentColor"/>`);
export const copyIcon = icon(
  svg`<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15H4V5a1 1 0 0 1 1-1h10v1"/>`,
);
export const upIcon = icon(
  svg`<path d="M7 11v9H4v-9zM7 11l4-8a2 2 0 0 1 2 2.4L12.300 9H18a2 2 0 0 1 2 2.300l-1.100 7A2 2 0 0 1 17 20H7"/>`,
);
export const downIcon = icon(
  svg`<path d="M17 13V4h3v9zM17 13l-4 8a2 2 0 0 1-2-2.400L11.700 15H6a2 2 0 0 1-2-2.300l1.100-7A2 2 0 0 1 7 4h10"/>`,
);
export const retryIcon = icon(svg`<path d="M20 12a8 8 0 1 1-2.500-5.800M20 4v4.500h-4.500"/>`);
export const newIcon = icon(svg`<path d="M12 5v14M5 12h14"/>`);
export const saveIcon = icon(svg`<path d="M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14"/>`);
export const prevIcon = icon(svg`<path d="M6 15l6-6 6 6"/>`);
export const nextIcon = icon(svg`<path d="M6 9l6 6 6-6"/>`);
export const searchIcon = icon(svg`<circle cx="11" cy="11" r="6"/><path d="M20 20l-4.500-4.500"/>`);
export const printIcon = icon(
  svg`<path d="M7 9V4h10v5M7 17H4v-7a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v7h-3M7 14h10v6H7z"/>`,
);
export const linkIcon = icon(
  svg`<path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700l1-1"/>`,
);
export const listIcon = icon(svg`<path d="M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01"/>`);
