/**
 * How the board looks: a table, cards on a phone, and on paper.
 * @module
 */
import { css } from 'lit';

/** The component's style. */
export const boardStyles = css`
  :host {
    display: block;
    min-height: 100%;
  }
  .root {
    min-height: 100%;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 2px 20px;
    padding: 14px 24px 10px;
    border-bottom: 1px solid var(--line);
    background: var(--card);
  }
  h1,
  h2 {
    margin: 0;
    font-size: 20px;
    font-weight: 600;
    line-height: 1.5;
  }
  .hint {
    flex: 1;
    margin: 0;
    color: var(--muted);
    font-size: 14px;
  }
  .board {
    max-width: 1240px;
    margin: 0 auto;
    padding: 16px 24px 48px;
  }
  .filters {
    display: flex;
    flex-wrap: wrap;
    align-items: flex-end;
    gap: 10px 18px;
    margin: 0 0 14px;
    padding: 0;
    border: 0;
  }
  .control {
    display: flex;
    flex-direction: column;
    gap: 3px;
    color: var(--muted);
    font-size: 13px;
  }
  input[type='search'],
  select {
    min-height: 36px;
    padding: 0 10px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--card);
    color: var(--ink);
    font-size: 15px;
  }
  input[type='search'] {
    width: 13em;
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 0 14px;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .choices legend {
    padding: 0 0 3px;
    color: var(--muted);
    font-size: 13px;
  }
  .choices label {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-height: 36px;
    font-size: 15px;
  }
  input[type='checkbox'] {
    width: 18px;
    height: 18px;
    accent-color: var(--accent);
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-height: 36px;
    padding: 0 12px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--card);
    color: var(--accent);
    font-size: 14px;
    text-decoration: none;
  }
  header .button {
    border-color: transparent;
  }
  button:hover,
  .button:hover {
    background: var(--accent-soft);
  }
  .save {
    margin-left: auto;
  }
  .count {
    margin: 0 0 8px;
    color: var(--muted);
    font-size: 14px;
  }
  .legend {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    margin-left: 14px;
  }
  .legend i {
    width: 10px;
    height: 10px;
    border: 2px solid var(--muted);
    border-radius: 50%;
  }
  .legend i.to {
    margin-left: 8px;
    border-color: var(--accent);
    background: var(--accent);
  }
  table {
    width: 100%;
    border-collapse: separate;
    border-spacing: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--card);
    font-size: 15px;
    line-height: 1.6;
  }
  th,
  td {
    padding: 10px 14px;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
  }
  tr:last-child > * {
    border-bottom: 0;
  }
  thead th {
    position: sticky;
    z-index: 1;
    top: 0;
    background: var(--sunk);
    font-size: 14px;
    font-weight: 600;
    line-height: 1.45;
  }
  thead th:first-child {
    border-top-left-radius: var(--radius);
  }
  thead th:last-child {
    border-top-right-radius: var(--radius);
  }
  tbody th {
    width: 340px;
    font-weight: 400;
  }
  .name {
    margin: 0;
    font-size: 16px;
    font-weight: 600;
    line-height: 1.5;
  }
  .small {
    display: block;
    color: var(--muted);
    font-size: 13px;
    line-height: 1.55;
  }
  .remark {
    display: block;
    margin-top: 4px;
    padding: 2px 8px;
    border-left: 3px solid var(--warn);
    background: var(--warn-soft);
    color: var(--warn);
    font-size: 13px;
    line-height: 1.55;
  }
  .entry + .entry {
    margin-top: 8px;
    padding-top: 8px;
    border-top: 1px dashed var(--line);
  }
  .entry a {
    display: inline-block;
    padding: 1px 0;
    color: var(--ink);
    text-decoration: none;
  }
  .entry a .value {
    border-bottom: 1px solid var(--accent);
    color: var(--accent);
    font-size: 18px;
    font-weight: 600;
  }
  .entry a:hover .value {
    background: var(--accent-soft);
  }
  .attribute {
    display: inline-block;
    padding: 0 6px;
    border: 1px solid var(--line);
    border-radius: 4px;
  }
  .none {
    color: var(--muted);
  }
  .chart {
    display: block;
    max-width: 100%;
    height: auto;
    margin-top: 8px;
    font-size: 12px;
  }
  .chart text {
    fill: var(--muted);
  }
  .axis {
    stroke: var(--line);
  }
  .way {
    stroke: var(--accent);
    stroke-width: 2;
  }
  .from {
    fill: var(--card);
    stroke: var(--muted);
    stroke-width: 2;
  }
  .to {
    fill: var(--accent);
  }
  .state {
    padding: 40px 16px;
    color: var(--muted);
    text-align: center;
  }
  .failed {
    color: var(--error);
  }
  .card {
    margin: 0 0 12px;
    padding: 12px 14px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--card);
  }
  dl {
    margin: 8px 0 0;
  }
  dl > div {
    padding: 8px 0 0;
  }
  dl > div + div {
    margin-top: 8px;
    border-top: 1px solid var(--line);
  }
  dt {
    color: var(--muted);
    font-size: 14px;
  }
  dd {
    margin: 0;
  }
  :host([narrow]) header,
  :host([narrow]) .board {
    padding-right: 16px;
    padding-left: 16px;
  }
  :host([narrow]) .hint {
    flex: 1 1 100%;
    order: 1;
  }
  :host([narrow]) header {
    justify-content: space-between;
  }
  :host([narrow]) .control {
    flex: 1 1 26%;
  }
  :host([narrow]) .control:first-child {
    flex: 1 1 100%;
  }
  :host([narrow]) input[type='search'],
  :host([narrow]) select {
    width: 100%;
    font-size: 16px;
  }
  @media print {
    .root,
    header,
    table,
    thead th,
    .card {
      background: #fff !important;
      color: #000 !important;
    }
    .filters,
    header .button {
      display: none !important;
    }
    .board {
      max-width: none;
      padding: 8pt 0;
    }
    table {
      font-size: 10pt;
    }
    thead {
      display: table-header-group;
    }
    thead th {
      position: static;
    }
    tr,
    .card {
      break-inside: avoid;
    }
    .value,
    .small,
    .remark,
    .hint {
      background: none !important;
      color: #000 !important;
    }
  }
`;
