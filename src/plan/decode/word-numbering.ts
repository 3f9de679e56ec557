import type { Element } from './dom.ts';
import { descendants, parseXml } from './dom.ts';
import { formatNumber } from './numerals.ts';
import type { NumberingRef, ParagraphStyles } from './word-styles.ts';
import { integer, valOf } from './word-styles.ts';

interface Level {
  readonly start: number;
  readonly format: string;
  readonly text: string;
  readonly separated: boolean;
  readonly legal: boolean;
  readonly neverRestarts: boolean;
  readonly style: string | undefined;
}

interface List {
  /** Lists with the same key count on together. */
  readonly key: string;
  readonly levels: ReadonlyMap<number, Level>;
  /** Levels at which this list starts anew. */
  readonly starts: ReadonlyMap<number, number>;
}

/** Gives each numbered paragraph of a document, in reading order, the label Word would show before it. */
export type Labeller = (styleId: string, direct: NumberingRef) => string;

function isOn(element: Element | undefined): boolean {
  return element !== undefined && !/^(0|false|off)$/.test(element.attribs['w:val'] ?? '1');
}

function readLevel(element: Element): Level {
  return {
    start: integer(valOf(element, 'w:start')) ?? 0,
    // Formats newer than Word 2007 come with a fallback after them.
    format: descendants(element, 'w:numFmt').at(-1)?.attribs['w:val'] ?? 'decimal',
    text: valOf(element, 'w:lvlText') ?? '',
    separated: valOf(element, 'w:suff') !== 'nothing',
    legal: isOn(descendants(element, 'w:isLgl')[0]),
    neverRestarts: valOf(element, 'w:lvlRestart') === '0',
    style: valOf(element, 'w:pStyle'),
  };
}

function readLevels(parent: Element): Map<number, Level> {
  const levels = descendants(parent, 'w:lvl');
  return new Map(levels.map((level) => [integer(level.attribs['w:ilvl']) ?? 0, readLevel(level)]));
}

function readLists(xml: string): Map<string, List> {
  const document = parseXml(xml);
  const abstract = new Map<string, Element>();
  for (const element of descendants(document, 'w:abstractNum')) {
    abstract.set(element.attribs['w:abstractNumId'] ?? '', element);
  }
  const nums = new Map(descendants(document, 'w:num').map((num) => [num.attribs['w:numId'] ?? '', num]));
  const abstractOf = (numId: string): string => valOf(nums.get(numId)!, 'w:abstractNumId') ?? '';

  const lists = new Map<string, List>();
  for (const [numId, num] of nums) {
    let key = abstractOf(numId);
    // A list may be defined by a numbering style, whose own list names that style.
    const link = abstract.has(key) ? valOf(abstract.get(key)!, 'w:numStyleLink') : undefined;
    if (link !== undefined) {
      const owner = [...abstract].find(([, element]) => valOf(element, 'w:styleLink') === link);
      key = owner?.[0] ?? key;
    }
    const definition = abstract.get(key);
    if (definition === undefined) continue;
    const levels = readLevels(definition);
    for (const [level, override] of readLevels(num)) levels.set(level, override);
    const starts = new Map<number, number>();
    for (const override of descendants(num, 'w:lvlOverride')) {
      const start = integer(valOf(override, 'w:startOverride'));
      if (start !== undefined) starts.set(integer(override.attribs['w:ilvl']) ?? 0, start);
    }
    lists.set(numId, { key, levels, starts });
  }
  return lists;
}

function labelOf(list: List, at: number, counts: readonly (number | undefined)[]): string {
  const level = list.levels.get(at)!;
  if (level.format === 'bullet') return '- ';
  const label = level.text.replace(/%([1-9])/g, (_, digit) => {
    const other = list.levels.get(Number(digit) - 1);
    const count = counts[Number(digit) - 1] ?? other?.start ?? 1;
    return formatNumber(count, level.legal ? 'decimal' : (other?.format ?? 'decimal'));
  });
  const tight = label.trim() === '' || /[\s、，。．：）】〕」]$/.test(label) || !level.separated;
  return tight ? label : `${label} `;
}

/** A labeller for one pass over a document, from its word/numbering.xml. */
export function createLabeller(numberingXml: string, styles: ParagraphStyles): Labeller {
  const lists = readLists(numberingXml);
  const countsByKey = new Map<string, (number | undefined)[]>();
  const begun = new Set<string>();
  return (styleId, direct) => {
    const inherited = styles.get(styleId)?.numbering ?? {};
    const numId = direct.numId ?? inherited.numId;
    const list = lists.get(numId ?? '0');
    if (numId === undefined || list === undefined) return '';
    const ofStyle = [...list.levels].find(
      ([, level]) => level.style !== undefined && level.style === styleId,
    )?.[0];
    const at = direct.level ?? (direct.numId === undefined ? (ofStyle ?? inherited.level) : undefined) ?? 0;
    const level = list.levels.get(at);
    if (level === undefined) return '';

    const counts = countsByKey.get(list.key) ?? [];
    countsByKey.set(list.key, counts);
    const first = `${numId}/${at}`;
    const anew = begun.has(first) ? undefined : list.starts.get(at);
    begun.add(first);
    const last = counts[at];
    counts[at] = anew ?? (last === undefined ? level.start : last + 1);
    for (let deeper = at + 1; deeper < 9; deeper++) {
      if (list.levels.get(deeper)?.neverRestarts !== true) counts[deeper] = undefined;
    }
    return labelOf(list, at, counts);
  };
}
