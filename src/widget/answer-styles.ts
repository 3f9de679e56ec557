/**
 * How questions and answers look.
 * @module
 */
import { css } from 'lit';

/** Entries, prose, chips, sources, buttons. */
export const answerStyles = css`
  .entry {
    margin-bottom: 28px;
  }
  .asked {
    width: fit-content;
    max-width: 88%;
    margin: 0 0 12px auto;
    padding: 8px 14px;
    border-radius: 14px 14px 4px 14px;
    background: var(--accent-soft);
    font-size: 16px;
    font-weight: 400;
    line-height: 1.6;
    white-space: pre-line;
    scroll-margin-top: 12px;
  }
  .card {
    padding: 16px 18px 12px;
    border: 1px solid var(--line);
    border-radius: 4px 14px 14px 14px;
    background: var(--card);
  }
  .card > p {
    margin: 0 0 10px;
  }
  .not-found {
    border-color: var(--warn);
    border-left-width: 4px;
  }
  .verdict {
    color: var(--warn);
    font-weight: 600;
  }
  .verdict span {
    font-weight: 400;
  }
  .understood {
    color: var(--muted);
    font-size: 14px;
  }
  .notice {
    margin: 0 0 10px;
    padding: 7px 12px;
    border-radius: 8px;
    background: var(--warn-soft);
    color: var(--warn);
    font-size: 14px;
    line-height: 1.6;
  }
  .notice p {
    margin: 0;
  }
  .notice p + p {
    margin-top: 4px;
  }
  .error {
    padding: 7px 12px;
    border-radius: 8px;
    background: var(--error-soft);
    color: var(--error);
  }

  .panel:not(.narrow):not(.reading) .prose {
    text-align: justify;
    text-justify: inter-ideograph;
  }
  .prose > * {
    margin: 0 0 10px;
  }
  .prose h4 {
    font-size: 16px;
    font-weight: 600;
  }
  .prose ul,
  .prose ol {
    padding-left: 1.5em;
  }
  .prose li {
    margin-bottom: 5px;
    padding-left: 0.2em;
  }
  .depth-1 {
    margin-left: 1.5em;
  }
  .depth-2 {
    margin-left: 3em;
  }
  .depth-3 {
    margin-left: 4.5em;
  }
  .wide {
    overflow-x: auto;
  }
  table {
    min-width: 100%;
    border-collapse: collapse;
    font-size: 14px;
    line-height: 1.55;
    text-align: left;
  }
  th,
  td {
    padding: 7px 10px;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
    min-width: 4.5em;
  }
  .short {
    white-space: nowrap;
  }
  th {
    background: var(--sunk);
    font-weight: 600;
    white-space: nowrap;
  }

  .chip,
  .n {
    border-radius: 7px;
    background: var(--accent-soft);
    color: var(--accent);
    font-size: 13px;
    font-weight: 600;
    line-height: 1;
    text-decoration: none;
  }
  /* Plain inline text, so that the word joiner before it holds. */
  .chip {
    margin: 0 2px;
    padding: 5px 9px;
    white-space: nowrap;
    vertical-align: 1px;
  }
  .glue {
    -webkit-user-select: none;
    user-select: none;
  }
  .chip:hover,
  .chip:focus-visible,
  a:hover .n {
    background: var(--accent);
    color: var(--on-accent);
  }

  .sources {
    margin: 4px 0 10px;
    padding-top: 10px;
    border-top: 1px solid var(--line);
    font-size: 14px;
    line-height: 1.6;
  }
  .sources p {
    margin: 0 0 4px;
    font-size: 13px;
  }
  .sources ol {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .sources a {
    display: flex;
    align-items: baseline;
    gap: 8px;
    padding: 3px 0;
    color: var(--ink);
    text-decoration: none;
  }
  .sources a:hover > span:last-child {
    text-decoration: underline;
  }
  .sources .n {
    display: inline-flex;
    flex: none;
    align-items: center;
    justify-content: center;
    min-width: 22px;
    height: 20px;
    font-size: 12px;
  }
  .title {
    color: var(--muted);
  }
  .sources blockquote {
    display: none;
  }
  blockquote {
    margin: 0 0 10px;
    padding-left: 12px;
    border-left: 3px solid var(--line);
    color: var(--muted);
  }
  .quoted blockquote {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    margin: 0 0 8px 30px;
    white-space: pre-line;
  }

  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px;
    margin: 0 -8px;
  }
  .card > .actions {
    margin: 0 -8px;
  }
  .gap {
    flex: 1;
  }
  .quiet {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 5px;
    min-width: 32px;
    min-height: 32px;
    padding: 0 8px;
    border: 0;
    border-radius: 8px;
    background: none;
    color: var(--muted);
    font-size: 13px;
    line-height: 1.4;
  }
  .quiet .icon {
    width: 18px;
    height: 18px;
  }
  .quiet:hover {
    background: var(--sunk);
    color: var(--ink);
  }
  .quiet[aria-pressed='true'] {
    background: var(--accent-soft);
    color: var(--accent);
  }
  .comment {
    margin: 8px 0 4px;
    font-size: 14px;
  }
  .comment label {
    display: block;
    color: var(--muted);
  }
  .comment textarea {
    display: block;
    width: 100%;
    margin: 4px 0 8px;
    padding: 6px 10px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--ground);
    line-height: 1.6;
    resize: vertical;
  }
  .plain,
  .pill {
    border: 1px solid var(--edge);
    border-radius: 18px;
    background: var(--card);
    line-height: 1.5;
  }
  .plain {
    min-height: 32px;
    padding: 2px 14px;
  }
  .pill {
    min-height: 36px;
    padding: 5px 14px;
    font-size: 15px;
    text-align: left;
  }
  .pill:hover,
  .plain:hover {
    border-color: var(--accent);
    background: var(--accent-soft);
  }
  .pills {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .next {
    margin-top: 14px;
  }
  .next p {
    margin: 0 0 6px;
  }

  .working {
    display: flex;
    align-items: center;
    gap: 10px;
    color: var(--muted);
  }
  .dots {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--accent);
    animation: breathe 1.2s ease-in-out infinite alternate;
  }
  @keyframes breathe {
    from {
      opacity: 0.25;
    }
  }
`;
