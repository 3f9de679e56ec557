const CJK = '\\p{Script=Han}\\u3000-\\u303f\\uff00-\\uffef“”‘’…—·';
const ENDS_CJK = new RegExp(`[${CJK}]$`, 'u');
const STARTS_CJK = new RegExp(`^[${CJK}]`, 'u');

/** Whether a line break (or a stray space) between these two texts means nothing: both sides are CJK. */
export function joinsTightly(before: string, after: string): boolean {
  return ENDS_CJK.test(before) && STARTS_CJK.test(after);
}

/** Texts that stood on lines of their own made one line: nothing between two CJK characters, else a space. */
export function joinLines(parts: readonly string[]): string {
  let joined = '';
  for (const part of parts) {
    const text = part.trim();
    if (text === '') continue;
    const tight = joined === '' || joinsTightly(joined.slice(-2), text);
    joined += tight ? text : ` ${text}`;
  }
  return joined;
}

/** The text with lone surrogates replaced by U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
