const DIGITS = '〇一二三四五六七八九';
const LEGAL_DIGITS = '零壹贰叁肆伍陆柒捌玖';

/** 1 to 9999 in Chinese numerals: 二十三, or 贰拾叁 with the legal digits and units. */
function chinese(n: number, digits: string, units: readonly string[], zero: string): string {
  if (n < 1 || n > 9999) return String(n);
  const numerals = [...digits];
  let text = '';
  let gap = false;
  const places = String(n);
  for (let i = 0; i < places.length; i++) {
    const digit = Number(places[i]);
    if (digit === 0) {
      gap = true;
      continue;
    }
    if (gap) text += zero;
    gap = false;
    text += numerals[digit] + (units[places.length - 1 - i] ?? '');
  }
  return text;
}

function counting(n: number): string {
  return chinese(n, DIGITS, ['', '十', '百', '千'], '零').replace(/^一十/, '十');
}

function letters(n: number): string {
  // Word goes on with AA, BB, … after Z.
  return n < 1 || n > 780 ? String(n) : String.fromCharCode(65 + ((n - 1) % 26)).repeat(Math.ceil(n / 26));
}

function roman(n: number): string {
  if (n < 1 || n > 3999) return String(n);
  const values = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1];
  const signs = ['M', 'CM', 'D', 'CD', 'C', 'XC', 'L', 'XL', 'X', 'IX', 'V', 'IV', 'I'];
  let rest = n;
  let text = '';
  values.forEach((value, i) => {
    while (rest >= value) {
      text += signs[i];
      rest -= value;
    }
  });
  return text;
}

function fromSeries(n: number, series: string): string {
  return [...series][n - 1] ?? String(n);
}

function circled(n: number): string {
  if (n >= 1 && n <= 20) return String.fromCodePoint(0x245f + n);
  return n >= 21 && n <= 35 ? String.fromCodePoint(0x3251 + n - 21) : String(n);
}

/** A number as Word writes it in one of its number formats (w:numFmt); unknown formats as plain digits. */
export function formatNumber(n: number, format: string): string {
  switch (format) {
    case 'none':
      return '';
    case 'chineseCounting':
    case 'chineseCountingThousand':
    case 'japaneseCounting':
    case 'taiwaneseCounting':
    case 'taiwaneseCountingThousand':
      return counting(n);
    case 'ideographDigital':
    case 'japaneseDigitalTenThousand':
    case 'taiwaneseDigital':
      return String(n).replace(/\d/g, (digit) => [...DIGITS][Number(digit)] ?? digit);
    case 'chineseLegalSimplified':
    case 'ideographLegalTraditional':
      return chinese(n, LEGAL_DIGITS, ['', '拾', '佰', '仟'], '零');
    case 'ideographTraditional':
      return fromSeries(n, '甲乙丙丁戊己庚辛壬癸');
    case 'ideographZodiac':
      return fromSeries(n, '子丑寅卯辰巳午未申酉戌亥');
    case 'decimalEnclosedCircle':
    case 'decimalEnclosedCircleChinese':
      return circled(n);
    case 'decimalFullWidth':
    case 'decimalFullWidth2':
      return String(n).replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    case 'decimalZero':
      return String(n).padStart(2, '0');
    case 'upperLetter':
      return letters(n);
    case 'lowerLetter':
      return letters(n).toLowerCase();
    case 'upperRoman':
      return roman(n);
    case 'lowerRoman':
      return roman(n).toLowerCase();
    default:
      return String(n);
  }
}
