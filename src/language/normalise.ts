/**
 * One spelling for what people type and what plans print: NFKC, simplified characters, one form of chemical
 * names. For matching only; texts and quotes are never rewritten.
 * @module
 */
import * as OpenCC from 'opencc-js/t2cn';

const toSimplified = OpenCC.Converter({ from: 't', to: 'cn' });

/** Traditional characters turned into simplified ones. */
export function simplify(text: string): string {
  return toSimplified(text);
}

/** Nothing but common Chinese characters, as words are that a segmenter has cut: of these only measures are folded. */
const PLAIN = /^[\u4e00-\u9fff]+$/;
const MEASURES = /千米|摄氏度|微克每/;

/**
 * Folds a text for matching: NFKC (full width, superscripts, ㎡), lower case, dashes and quotation marks of one
 * kind, units one way (`μg/m³`, 微克每立方米), `PM 2.5`, `PM₂.₅`, `pm25` and `PM2。5` as `pm2.5`, no space beside Chinese characters or between a number
 * and its unit.
 */
export function fold(text: string): string {
  if (PLAIN.test(text) && !MEASURES.test(text)) return text;
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\bpm\s*(2\s*[.。．点]?\s*5|二点五|10)(?!\d)/g, (_all, size: string) =>
      size.startsWith('1') ? 'pm10' : 'pm2.5',
    )
    .replace(/(?:μ|微)g|微克(?=[/每])/g, 'ug')
    .replace(/ug ?(?:\/|每) ?(?:m3|立方米)/g, 'ug/m3')
    .replace(/平方千米|km2/g, '平方公里')
    .replace(/千米/g, '公里')
    .replace(/摄氏度/g, '°c')
    .replace(/[‐‑‒–—―−~～﹣]/g, '-')
    .replace(/[“”„‟＂]/g, '"')
    .replace(/[‘’‚‛]/g, "'")
    .replace(/([\p{Script=Han}，。、；：（）《》"]) +/gu, '$1')
    .replace(/ +(?=[\p{Script=Han}，。、；：（）《》%"])/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A question is folded by each that reads it: the last one stays folded. */
let lastFolded = { text: '', folded: '' };

/** A question as it is searched with: simplified and folded, control and direction characters gone. */
export function foldQuestion(text: string): string {
  if (lastFolded.text !== text) lastFolded = { text, folded: fold(simplify(text.replace(INVISIBLE, ' '))) };
  return lastFolded.folded;
}

/** Without any white space: how quotes and headings are compared. */
export function squash(text: string): string {
  return fold(text).replace(/\s/g, '');
}

/**
 * A text as words are looked for in it: squashed, and once more without what stands in brackets, so that
 * 水质优良（达到或好于Ⅲ类）比例 is found as 水质优良比例.
 */
export function matchable(text: string): string {
  const whole = squash(text);
  const bare = whole.replace(/[（(][^（()）]{0,40}[)）]/g, '');
  return bare === whole ? whole : `${whole}\n${bare}`;
}
