/**
 * `/page.js`: the page at `/`.
 * @module
 */
import { defineChat } from '../chat.ts';
import { definePage } from '../page.ts';
import { currentOrigin } from '../source.ts';

defineChat(currentOrigin());
definePage();
