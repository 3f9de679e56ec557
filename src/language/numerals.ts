/**
 * Chinese numerals and the digits people type instead of them.
 * @module
 */

const DIGITS: Record<string, number> = {
  〇: 0,
  零: 0,
  一: 1,
  壹: 1,
  二: 2,
  贰: 2,
  两: 2,
  三: 3,
  叁: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
};
const UNITS: Record<string, number> = { 十: 10, 百: 100, 千: 1000, 万: 10_000, 亿: 100_000_000 };

/** The characters a Chinese whole number is written with, for use inside a regular expression's class. */
export const CHINESE_NUMERAL_CHARS = '〇零一二两三四五六七八九十百千万亿';

/**
 * The whole number a Chinese or Arabic numeral stands for: `十二` → 12, `二〇二五` → 2025, `１２` → 12.
 * @returns undefined when the text is no whole number.
 */
export function parseNumeral(text: string): number | undefined {
  const s = text.normalize('NFKC').trim();
  if (/^\d+$/.test(s)) return Number(s);
  if (s === '') return undefined;
  if ([...s].every((c) => c in DIGITS)) {
    return [...s].reduce((value, c) => value * 10 + (DIGITS[c] as number), 0);
  }
  let total = 0;
  let section = 0;
  let digit: number | undefined;
  for (const c of s) {
    const d = DIGITS[c];
    const unit = UNITS[c];
    if (d !== undefined) {
      digit = d;
    } else if (unit !== undefined && unit < 10_000) {
      section += (digit ?? (section === 0 ? 1 : 0)) * unit;
      digit = undefined;
    } else if (unit !== undefined) {
      // 三亿二千万: 万 multiplies what stands since 亿, 亿 everything before it.
      const whole = unit === UNITS.万 ? total - (total % (UNITS.亿 as number)) : 0;
      total = whole + (total - whole + section + (digit ?? 0)) * unit;
      section = 0;
      digit = undefined;
    } else {
      return undefined;
    }
  }
  return total + section + (digit ?? 0);
}

const ONES = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** A whole number from 0 to 9999 in Chinese: 12 → `十二`, 105 → `一百零五`. Larger numbers come back in digits. */
export function toChineseNumeral(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > 9999) return String(value);
  if (value < 10) return ONES[value] as string;
  const places = ['千', '百', '十', ''];
  const digits = String(value).padStart(4, '0');
  let out = '';
  let pendingZero = false;
  for (let i = 0; i < 4; i++) {
    const d = Number(digits[i]);
    if (d === 0) {
      pendingZero = out !== '';
      continue;
    }
    if (pendingZero) out += '零';
    pendingZero = false;
    out += (ONES[d] as string) + (places[i] as string);
  }
  return out.replace(/^一十/, '十');
}
