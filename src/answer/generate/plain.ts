/**
 * A model's sentence as plain text: emphasis taken off, invisible characters gone, and whatever leads elsewhere or
 * would be drawn (links, images, HTML) refused.
 * @module
 */

/** Control, direction and zero-width characters, and code points that are none. */
const INVISIBLE = /[\p{Cf}\p{Co}\p{Cn}\p{Mn}]|[^\P{Cc}\t\n]/gu;
const LINK =
  /!?\[[^\]\n]*\]\s*[([]|(?:https?|ftp|file|data|javascript|mailto)\s*[:：]|:\/\/|www\.|\b[\w-]+\.(?:com|cn|net|org|gov|io|top|xyz|info)\b/i;
const HTML = /<\s*[/!?a-z]|&(?:#\w+|[a-z]{2,8});/i;

/** The text, or undefined if it holds a link, an image, HTML or code. */
export function plainText(text: string): string | undefined {
  const visible = text.replace(INVISIBLE, '');
  const folded = visible.normalize('NFKC');
  if (LINK.test(folded) || HTML.test(folded) || /```|\$\$|\\\(|\{\{/.test(folded)) return undefined;
  return visible
    .replace(/\*\*|__|~~|`/g, '')
    .replace(/(^|[^\w*])\*([^*\n]+)\*/g, '$1$2')
    .replace(/\s+/g, ' ')
    .replace(/ (?=[，。；：、！？])/g, '')
    .trim();
}
