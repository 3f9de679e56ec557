/**
 * How a plan's text looks, on a screen and on paper.
 * @module
 */
import { css } from 'lit';

/** The text itself. */
export const textStyles = css`
  .pane {
    flex: 1;
    min-width: 0;
    overflow-y: auto;
    padding: 20px 28px 40vh;
    background: var(--card);
    font-size: 17px;
    line-height: 1.9;
    text-align: justify;
    text-justify: inter-ideograph;
  }
  .pane:focus-visible {
    outline: none;
    box-shadow: inset 0 2px 0 var(--accent);
  }
  .pane.quiet:focus-visible {
    box-shadow: none;
  }
  .chunk {
    max-width: 42em;
    margin: 0 auto;
    content-visibility: auto;
  }
  .chunk.live {
    content-visibility: visible;
  }
  .chunk p {
    margin: 0 0 0.45em;
    text-indent: 2em;
  }
  .chunk strong {
    font-weight: 600;
  }
  .chunk .note {
    color: var(--muted);
    font-size: 15px;
    line-height: 1.7;
    text-indent: 0;
  }
  .heading {
    margin: 1.3em 0 0.5em;
    font-weight: 600;
    line-height: 1.5;
    text-align: left;
    text-indent: 0;
  }
  .level-1 {
    margin-top: 1.9em;
    font-size: 1.3em;
    text-align: center;
  }
  .chunk:first-child > .heading:first-child {
    margin-top: 0.4em;
  }
  .level-2 {
    font-size: 1.12em;
  }
  .level-3,
  .level-4 {
    font-size: 1em;
  }
  .boxed {
    margin: 0 !important;
    padding: 0.15em 1em 0.35em;
    border-left: 3px solid var(--edge);
    background: var(--sunk);
  }
  .boxed.box-title {
    margin-top: 1.2em !important;
    padding-top: 0.6em;
  }
  .boxed + :not(.boxed) {
    margin-top: 1.2em;
  }
  .table {
    margin: 0.8em 0 1.4em;
    text-indent: 0;
  }
  .table .note {
    margin: 0.5em 0 0;
  }
  .wide {
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    background: var(--card);
    font-size: 15px;
    line-height: 1.55;
    text-align: left;
  }
  th,
  td {
    min-width: 3.2em;
    padding: 6px 10px;
    border: 1px solid var(--line);
    vertical-align: middle;
  }
  th {
    background: var(--ground);
    font-weight: 600;
    white-space: nowrap;
  }
  td.number {
    text-align: right;
    white-space: nowrap;
  }
  mark {
    border-radius: 2px;
  }
  mark.quote {
    background: transparent;
    box-shadow: inset 0 -2px 0 var(--warn);
  }
  mark.quote-current {
    background: var(--mark);
    box-shadow: none;
  }
  /* A bar in the margin, so that the quote is seen without its colour, too. */
  .chunk > .quoted {
    box-shadow: -12px 0 0 var(--card), -15px 0 0 var(--warn);
  }
  .chunk > .boxed.quoted {
    box-shadow: none;
    border-left-color: var(--warn);
  }
  td.quoted,
  th.quoted {
    background: var(--mark);
    box-shadow: inset 0 -2px 0 var(--warn);
  }
  mark.found {
    outline: 1px solid var(--accent);
    background: var(--accent-soft);
  }
  mark.found-current {
    outline: 2px solid var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }
  :host([narrow]) .pane {
    padding: 12px 16px 40vh;
    font-size: 16px;
    line-height: 1.85;
  }
  :host([narrow]) table {
    font-size: 14px;
  }
  :host([narrow]) th,
  :host([narrow]) td {
    min-width: 2.2em;
    padding: 5px;
    white-space: normal;
  }
  :host([narrow]) td:last-child:not(.number) {
    min-width: 3.9em;
  }
  :host([narrow]) .chunk > .boxed {
    padding-right: 8px;
    padding-left: 8px;
  }
`;

/** Paper: the plan from its title to its end, what is cited underlined. */
export const printStyles = css`
  @media print {
    :host,
    .root,
    .body,
    .pane {
      display: block !important;
      height: auto !important;
      overflow: visible !important;
      background: #fff !important;
      color: #000 !important;
    }
    .tools,
    .toggle,
    .swatch,
    .search,
    .outline,
    .quotes button,
    .link {
      display: none !important;
    }
    header,
    .bar,
    .pane {
      padding: 0 0 8pt !important;
      border: 0 !important;
      background: #fff !important;
    }
    .facts,
    .note,
    .tag,
    .where {
      background: none !important;
      color: #333 !important;
    }
    .pane {
      font-size: 11pt;
      line-height: 1.7;
    }
    .chunk {
      max-width: none;
      min-height: 0 !important;
      content-visibility: visible !important;
    }
    .heading {
      break-after: avoid;
    }
    tr,
    .boxed {
      break-inside: avoid;
    }
    .boxed,
    table,
    th {
      background: none !important;
    }
    th,
    td {
      border-color: #888;
    }
    thead {
      display: table-header-group;
    }
    .wide {
      overflow: visible !important;
    }
    mark,
    mark.found,
    mark.found-current {
      outline: none !important;
      background: none !important;
      color: inherit !important;
    }
    td.quoted,
    .chunk > .quoted {
      background: none !important;
      box-shadow: none !important;
    }
    mark.quote {
      box-shadow: none !important;
      text-decoration: underline;
      text-decoration-thickness: 1.5pt;
      text-underline-offset: 2pt;
    }
  }
`;
