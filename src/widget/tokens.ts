/**
 * The design: colours, type and spacing as custom properties of each component's host, light and dark.
 *
 * A host page may set the `--guiwen-…` properties; what the components themselves use are the short names. Dark is
 * what the reader's system says, unless the host element has `theme="light"` or `theme="dark"`. Every pair of text
 * and ground reaches 4.5 : 1, every border of a control 3 : 1.
 * @module
 */
import { css } from 'lit';

const dark = css`
  --scheme: dark;
  --ground: var(--guiwen-ground, #161a19);
  --card: var(--guiwen-card, #1f2523);
  --sunk: #262d2a;
  --ink: var(--guiwen-ink, #e7ecea);
  --muted: #a3afa9;
  --line: #364039;
  --edge: #74837b;
  --accent: var(--guiwen-accent, #62c7a7);
  --accent-soft: #213830;
  --on-accent: var(--guiwen-on-accent, #0c1713);
  --warn: #e9c170;
  --warn-soft: #322a14;
  --error: #f3938a;
  --error-soft: #3a211f;
  --mark: #6d5a10;
  --shadow: 0 12px 40px rgba(0, 0, 0, 0.55);
`;

/** The custom properties; put it first in a component's `static styles`. */
export const tokens = css`
  :host {
    --scheme: light;
    --ground: var(--guiwen-ground, #f6f7f4);
    --card: var(--guiwen-card, #ffffff);
    --sunk: #eef1ed;
    --ink: var(--guiwen-ink, #1c2420);
    --muted: #5a665f;
    --line: #dce2dc;
    --edge: #7f8b84;
    --accent: var(--guiwen-accent, #0b6b53);
    --accent-soft: #e2f0eb;
    --on-accent: var(--guiwen-on-accent, #ffffff);
    --warn: #7d5200;
    --warn-soft: #fcf3dd;
    --error: #a3271f;
    --error-soft: #fbeae8;
    --mark: #ffe58a;
    --shadow: 0 12px 40px rgba(20, 32, 26, 0.18);

    --font: var(
      --guiwen-font,
      'PingFang SC',
      'HarmonyOS Sans SC',
      'Microsoft YaHei',
      'Noto Sans CJK SC',
      'Source Han Sans SC',
      system-ui,
      sans-serif
    );
    --radius: var(--guiwen-radius, 10px);
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme='light'])) {
      ${dark}
    }
  }
  :host([theme='dark']) {
    ${dark}
  }
`;

/** What all components have in common: type, focus, hidden text. The root element has the class `root`. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  .root {
    color-scheme: var(--scheme);
    background: var(--ground);
    color: var(--ink);
    font: 400 16px / 1.7 var(--font);
    letter-spacing: normal;
    text-align: start;
    overflow-wrap: anywhere;
    line-break: strict;
    font-variant-numeric: tabular-nums;
    -webkit-text-size-adjust: 100%;
  }
  a {
    color: var(--accent);
    text-underline-offset: 0.2em;
  }
  button,
  input,
  textarea,
  select {
    margin: 0;
    color: inherit;
    font: inherit;
    letter-spacing: inherit;
  }
  button {
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  mark {
    background: var(--mark);
    color: inherit;
  }
  [hidden] {
    display: none !important;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
`;
