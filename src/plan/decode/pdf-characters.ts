/**
 * Radicals whose code points PDF fonts give for the common characters that share their glyphs, with those
 * characters. (The Kangxi radicals U+2F00–2FD5 are not here: NFKC maps them.)
 */
const RADICALS = new Map(
  (
    '⺁厂⺄乙⺈刀⺊卜⺌小⺍小⺎兀⺒巳⺓幺⺝月⺟母⺠民⺧牛⺩王⺪疋⺬示⺮竹⺶羊⺻聿⺼肉⺽臼⻁虎⻄西⻅见⻆角⻉贝⻋车⻑長⻓长' +
    '⻔门⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻮齿⻰龙⻱龜⻳龟'
  )
    .match(/../gu)
    ?.map((pair) => [pair[0]!, pair[1]!]),
);

/** The text with radicals as the characters they stand for, and without characters that show nothing. */
export function repairCharacters(text: string): string {
  return text
    .replace(/[\u2e80-\u2fdf]/g, (radical) => RADICALS.get(radical) ?? radical.normalize('NFKC'))
    .replace(/\u2015/g, '—')
    .replace(/[\u00ad\u200b\ufeff]/g, '')
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

/** Whether most of a text has no meaning: its font does not say which characters its glyphs are. */
export function isGibberish(text: string): boolean {
  const characters = text.replace(/\s/g, '');
  const meaningless = characters.match(/[\p{Co}\ufffd]/gu)?.length ?? 0;
  return meaningless > characters.length * 0.3;
}

const HAN = '\\p{Script=Han}\\u3000-\\u303f\\uff00-\\uffef';
const SPACED = new RegExp(`(?<=[${HAN}]) (?=[${HAN}])`, 'gu');
const PAIRS = new RegExp(`(?<=[${HAN}]) ?(?=[${HAN}])`, 'gu');

/** “国 土 空 间”, set with spaced letters, becomes 国土空间; a single space between words stays. */
export function closeSpacedLetters(text: string): string {
  const spaced = text.match(SPACED)?.length ?? 0;
  const pairs = text.match(PAIRS)?.length ?? 0;
  return spaced >= 2 && spaced > pairs / 2 ? text.replace(SPACED, '') : text;
}
