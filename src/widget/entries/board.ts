/**
 * `/board.js`: the indicator board.
 * @module
 */
import { defineBoard } from '../board/board.ts';

defineBoard();
