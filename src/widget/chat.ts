/**
 * `<guiwen-chat>`: questions and answers with their citations.
 * @module
 */
import { html, LitElement } from 'lit';
import { base, tokens } from './tokens.ts';

/** The element's class. */
export class GuiwenChat extends LitElement {
  static override styles = [tokens, base];

  override render() {
    return html`<div class="root"></div>`;
  }
}

/** Makes `<guiwen-chat>` known to the page; a second script changes nothing. */
export function defineChat(): void {
  if (!customElements.get('guiwen-chat')) customElements.define('guiwen-chat', GuiwenChat);
}
