/**
 * How the reader's frame looks: title, tools, outline.
 * @module
 */
import { css } from 'lit';

/** The frame: title, tools, outline. */
export const frameStyles = css`
  :host {
    display: block;
    height: 100%;
    min-height: 0;
  }
  .root {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
  }
  header {
    display: flex;
    align-items: flex-start;
    gap: 12px;
    padding: 12px 20px 10px;
    background: var(--card);
    border-bottom: 1px solid var(--line);
  }
  .about {
    flex: 1;
    min-width: 0;
  }
  .title {
    margin: 0;
    font-size: 18px;
    font-weight: 600;
    line-height: 1.45;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 0 14px;
    margin: 2px 0 0;
    color: var(--muted);
    font-size: 14px;
  }
  .tag {
    padding: 0 8px;
    border-radius: 5px;
    background: var(--warn-soft);
    color: var(--warn);
  }
  .tools {
    display: flex;
    flex: none;
    gap: 4px;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-width: 36px;
    min-height: 36px;
    padding: 0 8px;
    border: 1px solid transparent;
    border-radius: 8px;
    background: transparent;
    color: var(--accent);
    font-size: 14px;
    line-height: 1.4;
    text-decoration: none;
    white-space: nowrap;
  }
  button:hover:not(:disabled),
  .button:hover {
    background: var(--accent-soft);
  }
  button:disabled {
    color: var(--muted);
    opacity: 0.55;
  }
  .icon {
    flex: none;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 14px;
    padding: 6px 20px;
    border-bottom: 1px solid var(--line);
    background: var(--card);
  }
  .search {
    display: flex;
    align-items: center;
    gap: 2px;
    margin-left: auto;
  }
  .field {
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 0 10px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--ground);
    color: var(--muted);
  }
  .field:focus-within {
    border-color: var(--accent);
    box-shadow: 0 0 0 1px var(--accent);
  }
  .field input {
    width: 11em;
    min-height: 34px;
    padding: 0;
    border: 0;
    outline: none;
    background: none;
    color: var(--ink);
    font-size: 15px;
    -webkit-appearance: none;
    appearance: none;
  }
  .field input::placeholder {
    color: var(--muted);
    opacity: 1;
  }
  .field input::-webkit-search-cancel-button {
    display: none;
  }
  .count {
    min-width: 3.2em;
    color: var(--muted);
    font-size: 13px;
    text-align: right;
    white-space: nowrap;
  }
  .quotes {
    display: flex;
    flex: 1 1 16em;
    align-items: center;
    gap: 4px;
    min-width: 0;
    font-size: 15px;
  }
  .where {
    flex: 0 1 auto;
    min-width: 0;
    padding-right: 6px;
    line-height: 1.5;
  }
  .where b {
    font-weight: 600;
  }
  .swatch {
    display: inline-block;
    width: 0.9em;
    height: 0.9em;
    margin-right: 7px;
    border-left: 3px solid var(--warn);
    background: var(--mark);
    vertical-align: -0.1em;
  }
  .notice {
    margin: 0;
    padding: 7px 20px;
    background: var(--warn-soft);
    color: var(--warn);
    font-size: 14px;
  }
  .body {
    position: relative;
    display: flex;
    flex: 1;
    min-height: 0;
  }
  .outline {
    flex: none;
    width: 280px;
    overflow-y: auto;
    padding: 12px 8px 24px 12px;
    border-right: 1px solid var(--line);
    font-size: 14px;
    line-height: 1.55;
  }
  .item {
    display: flex;
    gap: 2px;
    padding: 4px 8px 4px 4px;
    border-radius: 6px;
    cursor: pointer;
  }
  .item:hover {
    background: var(--sunk);
  }
  .item.here {
    background: var(--accent-soft);
    color: var(--accent);
    font-weight: 600;
  }
  .item:focus-visible {
    outline-offset: -2px;
  }
  .depth-2 {
    padding-left: 18px;
  }
  .depth-3 {
    padding-left: 32px;
  }
  .depth-4,
  .depth-5 {
    padding-left: 46px;
  }
  .twist {
    flex: none;
    width: 20px;
    height: 22px;
    color: var(--muted);
    font-size: 17px;
    line-height: 20px;
    text-align: center;
    transition: transform 0.12s;
  }
  .twist.open {
    transform: rotate(90deg);
  }
  .state {
    display: flex;
    flex: 1;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 8px;
    padding: 24px;
    color: var(--muted);
    text-align: center;
  }
  .state.failed {
    color: var(--error);
  }
  .link {
    display: flex;
    gap: 8px;
    align-items: center;
    padding: 6px 20px;
    background: var(--sunk);
    font-size: 14px;
  }
  .link input {
    flex: 1;
    min-width: 0;
    padding: 4px 8px;
    border: 1px solid var(--edge);
    border-radius: 6px;
    background: var(--card);
  }
`;

/** The frame where there is little room: the outline lies over the text. */
export const narrowStyles = css`
  :host([narrow]) header {
    gap: 6px;
    padding: 8px 8px 8px 14px;
  }
  :host([narrow]) .title {
    font-size: 16px;
  }
  :host([narrow]) .facts {
    gap: 0 10px;
    font-size: 13px;
  }
  :host([narrow]) .bar {
    gap: 4px 8px;
    padding: 4px 8px 4px 14px;
  }
  :host([narrow]) .search {
    flex: 1;
    margin-left: 0;
  }
  :host([narrow]) .count:empty {
    display: none;
  }
  :host([narrow]) .field {
    flex: 1;
  }
  :host([narrow]) .field input {
    flex: 1;
    width: 4em;
    min-width: 0;
    font-size: 16px;
  }
  :host([narrow]) .quotes {
    flex: 1 1 100%;
    order: 1;
  }
  :host([narrow]) .quotes:empty {
    display: none;
  }
  :host([narrow]) .where {
    flex: 1;
  }
  :host([narrow]) .words {
    display: none;
  }
  :host([narrow]) .outline {
    position: absolute;
    z-index: 1;
    top: 0;
    bottom: 0;
    left: 0;
    width: 84%;
    max-width: 340px;
    background: var(--card);
    box-shadow: var(--shadow);
  }
  :host([narrow]) .item {
    padding-top: 7px;
    padding-bottom: 7px;
  }
`;
