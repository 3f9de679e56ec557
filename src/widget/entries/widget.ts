/**
 * `/widget.js`: the chat for any page.
 * @module
 */
import { defineChat } from '../chat.ts';

defineChat();
