/**
 * `/widget.js`: the chat for any page. With `data-server` on its script element it puts a chat on the page; without,
 * it only makes `<guiwen-chat>` known.
 * @module
 */
import { defineChat } from '../chat.ts';
import { currentOrigin } from '../source.ts';

/** Attributes of the element that the script's `data-…` may give. */
const ATTRIBUTES = [
  'server',
  'token-url',
  'plans',
  'heading',
  'greeting',
  'suggestions',
  'locale',
  'theme',
  'place',
];

const script = document.currentScript as HTMLScriptElement;
defineChat(currentOrigin());

if (script.hasAttribute('data-server')) {
  const add = () => {
    const chat = document.createElement('guiwen-chat');
    for (const name of ATTRIBUTES) {
      const value = script.getAttribute(`data-${name}`);
      if (value) chat.setAttribute(name, value);
    }
    const accent = script.getAttribute('data-accent');
    if (accent) chat.style.setProperty('--guiwen-accent', accent);
    document.body.append(chat);
  };
  if (document.body) add();
  else document.addEventListener('DOMContentLoaded', add, { once: true });
}
