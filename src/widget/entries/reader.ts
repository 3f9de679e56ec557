/**
 * `/reader.js`: the source reader.
 * @module
 */
import { defineReader } from '../reader/reader.ts';

defineReader();
