/**
 * How the chat is laid out: the dock on a page of somebody else, the panel, the log, the composer.
 * @module
 */
import { css } from 'lit';

/**
 * The host element itself is at the mercy of the page around it, but for what is important in here: that wins over
 * the page's own `!important`. Custom properties pass, which is how a page sets colours.
 */
export const hostStyles = css`
  :host {
    all: initial !important;
    display: block !important;
    direction: ltr !important;
    unicode-bidi: isolate !important;
  }
  :host([place='inline']) {
    width: 100% !important;
    height: 100% !important;
  }
  .dock {
    position: fixed;
    z-index: 2147483647;
    top: auto;
    right: var(--guiwen-side, 20px);
    bottom: var(--guiwen-bottom, 20px);
    left: auto;
    width: auto;
    height: auto;
    margin: 0;
    padding: 0;
    border: 0;
    overflow: visible;
    background: none;
    display: flex;
    flex-direction: column;
    align-items: flex-end;
    gap: 12px;
  }
  :host([place='bottom-left']) .dock {
    right: auto;
    left: var(--guiwen-side, 20px);
    align-items: flex-start;
  }
  .launcher {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 48px;
    padding: 0 20px 0 16px;
    border: 1px solid transparent;
    border-radius: 24px;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
    box-shadow: var(--shadow);
  }
  .dock .panel {
    width: var(--guiwen-width, 420px);
    max-width: calc(100vw - 40px);
    height: var(--guiwen-height, 680px);
    max-height: calc(100vh - 40px);
    border: 1px solid var(--line);
    border-radius: 14px;
    box-shadow: var(--shadow);
  }
  .dock .panel.reading {
    width: 1080px;
    height: 900px;
  }
  @media (max-width: 600px) {
    .dock.opened {
      top: 0;
      right: 0;
      bottom: 0;
      left: 0;
    }
    :host([place='bottom-left']) .dock.opened {
      left: 0;
    }
    .dock .panel,
    .dock .panel.reading {
      width: 100%;
      max-width: none;
      height: 100%;
      max-height: none;
      border: 0;
      border-radius: 0;
    }
  }
  @media print {
    .launcher,
    .composer,
    .actions,
    .next {
      display: none !important;
    }
  }
`;

/** The panel and what is in it. */
export const panelStyles = css`
  .inline {
    height: 100%;
  }
  .panel {
    position: relative;
    display: flex;
    width: 100%;
    height: 100%;
    overflow: hidden;
    background: var(--ground);
  }
  .chat {
    display: flex;
    flex: 1 1 0;
    flex-direction: column;
    min-width: 0;
  }
  .reading .chat {
    flex: 0 0 42%;
    min-width: 360px;
  }
  .source {
    flex: 1 1 0;
    min-width: 0;
    border-left: 1px solid var(--line);
    background: var(--card);
  }
  .narrow.reading .chat {
    display: none;
  }
  .narrow .source {
    border-left: 0;
  }
  guiwen-reader {
    display: block;
    width: 100%;
    height: 100%;
  }

  header {
    display: flex;
    align-items: center;
    gap: 4px;
    min-height: 52px;
    padding: 6px 10px 6px 18px;
    border-bottom: 1px solid var(--line);
    background: var(--card);
  }
  .inline header {
    min-height: 44px;
    border-bottom: 0;
    background: none;
    justify-content: flex-end;
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: 16px;
    font-weight: 600;
    line-height: 1.4;
  }
  .icon {
    display: block;
    flex: none;
  }

  .log {
    flex: 1;
    overflow-x: hidden;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 20px 18px 28px;
    position: relative;
  }
  .log:focus-visible {
    outline-offset: -2px;
  }
  .log > * {
    max-width: 760px;
    margin-right: auto;
    margin-left: auto;
  }
  .welcome {
    padding-top: 6px;
  }
  .inline .welcome {
    padding-top: 7vh;
  }
  .welcome h3 {
    margin: 0 0 4px;
    font-size: 21px;
    font-weight: 600;
    line-height: 1.45;
  }
  .inline .welcome h3 {
    font-size: 26px;
  }
  .welcome p {
    margin: 0 0 8px;
  }
  .welcome h3 + p {
    margin-bottom: 24px;
  }
  .muted {
    color: var(--muted);
    font-size: 14px;
  }

  .composer {
    padding: 8px 14px 12px;
  }
  .composer form,
  .composer .below {
    max-width: 760px;
    margin: 0 auto;
  }
  .field {
    display: flex;
    align-items: flex-end;
    gap: 6px;
    padding: 6px;
    border: 1px solid var(--edge);
    border-radius: 14px;
    background: var(--card);
  }
  .field:focus-within {
    border-color: var(--accent);
    box-shadow: 0 0 0 1px var(--accent);
  }
  .field textarea {
    flex: 1;
    min-width: 0;
    min-height: 36px;
    max-height: 160px;
    padding: 5px 8px;
    border: 0;
    background: none;
    line-height: 1.6;
    resize: none;
  }
  .field textarea:focus-visible {
    outline: none;
  }
  textarea::placeholder {
    color: var(--muted);
    opacity: 1;
  }
  .send {
    display: grid;
    flex: none;
    width: 36px;
    height: 36px;
    padding: 0;
    place-items: center;
    border: 1px solid transparent;
    border-radius: 10px;
    background: var(--accent);
    color: var(--on-accent);
  }
  .below {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 12px;
    padding: 6px 8px 0;
    color: var(--muted);
    font-size: 13px;
    line-height: 1.5;
  }

  /* No keyboard at hand: no advice on keys, unless there is something to tell. */
  @media (hover: none) {
    .hint {
      display: none;
    }
  }

  .peek {
    position: absolute;
    z-index: 2;
    width: max-content;
    max-width: min(380px, calc(100% - 24px));
    padding: 12px 14px;
    overflow-y: auto;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--card);
    box-shadow: var(--shadow);
    font-size: 14px;
    line-height: 1.65;
  }
  .peek b {
    display: block;
    margin-bottom: 4px;
    font-weight: 600;
  }
  .peek span {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 9;
  }
`;
