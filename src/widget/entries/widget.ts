/**
 * `/widget.js`: the chat for any page. With `data-server` on its script element it puts a chat on the page; without,
 * it only makes `<guiwen-chat>` known.
 * @module
 */
import { defineChat } from '../chat.ts';
import { currentOrigin } from '../source.ts';

/** Attributes of the element that the script's `data-…` may give. */
const ATTRIBUTES = ['server', 'plans', 'heading', 'greeting', 'suggestions', 'locale', 'theme', 'place'];

const { server, ...given } = (document.currentScript as HTMLScriptElement).dataset;
defineChat(currentOrigin());

if (server !== undefined) {
  const add = () => {
    const chat = document.createElement('guiwen-chat');
    for (const name of ATTRIBUTES) {
      const value = name === 'server' ? server : given[name];
      if (value) chat.setAttribute(name, value);
    }
    if (given.accent) chat.style.setProperty('--guiwen-accent', given.accent);
    document.body.append(chat);
  };
  if (document.body) add();
  else document.addEventListener('DOMContentLoaded', add, { once: true });
}
