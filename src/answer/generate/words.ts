/**
 * The words of a statement that its evidence must hold: names, things and doings; the words that turn a statement
 * round (不得, 力争) and those that make it stronger (必须, 全部, 已经).
 * @module
 */
import { fold, squash } from '../../language/normalise.ts';
import { taggedWords } from '../../language/segment.ts';
import { questionWords } from '../../retrieval/understand.ts';

/** Squashed, and without quotation marks: “十四五”规划 and 十四五规划 are the same words. */
export function bare(text: string): string {
  return squash(text).replace(/["'《》「」『』]/g, '');
}

/** A content word. */
export interface Word {
  readonly text: string;
  readonly kind: 'thing' | 'doing' | 'place';
}

/** Words that every statement about a plan may use: they tell of the telling, or do not tell what is done. */
const LIGHT = new Set(
  '规划 方案 计划 文件 纲要 原文 资料 提出 明确 指出 要求 规定 强调 目标 主要 方面 包括 包含 涉及 具体 内容 工作 情况 有关 相关 根据 按照 依据 其中 此外 同时 另外 以及 分别 达到 达 力争 争取 期间 开展 进行 推进 推动 加强 实施 实现 做好 确保 完成 继续 进一步 全面 积极 大力 加快 强化 落实 持续 有效 相应 通过 作为 成为 属于 位于 用于 以下 如下 上述 这些 措施 任务 事项 年底 年末 年度 时间 目前 当前 今后 未来 到时 届时 数量 总数 数值 数据 水平 程度 左右 以上 以内 为主 为准 计 约 共 共计 合计 总计 需 需要 应 将 能 能够 可 予以 给予 对于 关于 使 让 把 各 等 等等 之一 本 该 此 其'.split(
    ' ',
  ),
);

/** What jieba takes for places but names none, and waters and mountains, which are things. */
const NO_PLACE =
  /^(?:城市|城镇|新建|美丽|深度|宜居|青山|山水|加密|重特大|美化|城中村|临河|滨江|中国|.{0,4}[江河湖海山岛溪谷泊池]|.{0,4}(?:库区|流域|盆地|山区|平原|城区|都市区|干流|支流))$/;
const ADMINISTRATIVE = /^\p{Script=Han}{1,4}(?:省|市|区|县|州|镇|乡|街道)$/u;
const NO_ADMINISTRATIVE =
  /^(?:.{0,2}(?:地|城|社|园|景|库|山|林|牧|灾|小|片|功能|保护|开发|工业|示范|城镇|郊|矿|辖|老城|主城|建成|禁燃|禁养|先行|试验|经济|自贸|新|流域|跨|各|全|本|我|外)+[区县市省镇乡]|城市|都市|超市|上市|股市|楼市|门市|城镇|乡镇|集镇|城乡|市|省市|区县|市县|县市)$/;

/** Whether a word as segmented names a place with a government of its own. */
export function isPlaceName(word: string, tag: string): boolean {
  if (word.length < 2 || NO_PLACE.test(word) || NO_ADMINISTRATIVE.test(word)) return false;
  return tag === 'ns' || ADMINISTRATIVE.test(word) || questionWords.provinces.includes(word);
}

/** Places named in a folded text; `regions` are known names, folded. */
export function placesIn(folded: string, regions: readonly string[]): string[] {
  const places = new Set(regions.filter((region) => folded.includes(region)));
  for (const { word, tag } of taggedWords(folded)) if (isPlaceName(word, tag)) places.add(word);
  return [...places];
}

/** The content words of a folded text. */
export function wordsOf(folded: string): Word[] {
  const words = new Map<string, Word>();
  const add = (text: string, kind: Word['kind']) => {
    if (!words.has(text)) words.set(text, { text, kind });
  };
  for (const { word, tag } of taggedWords(folded)) {
    if (LIGHT.has(word) || !/[\p{Script=Han}a-z]/u.test(word) || /^\d/.test(word)) continue;
    // The segmenter's guesses across a boundary: 处置率为.
    if (/^[a-z]+$/.test(word) || (tag === 'x' && /^.[为达到至的等]$/.test(word))) continue;
    if (isPlaceName(word, tag)) add(word, 'place');
    else if (/^(?:r|u|y|e|o|p|c|d|q|m|f|t|k|h|g)/.test(tag) && word.length < 3) continue;
    else if (word.length < 2) continue;
    else if (/^(?:v|a|z|b)/.test(tag)) add(word, 'doing');
    else add(word, 'thing');
  }
  for (const [name] of folded.matchAll(/[a-z]+(?:[-.]?\d+(?:\.\d+)?)?[a-z]*|\d+[a-z]+/g)) {
    if (
      !/^(?:ug|mg|kg|km|kw|mw|kwh|db|geq|leq|m|t|l|c|ge|le)\d?$|^\d+(?:ug|mg|kg|km|kw|mw|kwh|db|m|t|l|c)\d?$/.test(
        name,
      )
    )
      add(name, 'thing');
  }
  return [...words.values()];
}

/**
 * Whether a squashed text holds a word, or of a word of three and more characters at least three in four of its pairs
 * of characters.
 * The glossary's equals do not count: 公园绿地 is found with 绿地, but does not say the same.
 */
export function holds(squashed: string, { text }: Word): boolean {
  if (squashed.includes(text)) return true;
  if (text.length < 3 || !/^\p{Script=Han}+$/u.test(text)) return false;
  const pairs = Array.from({ length: text.length - 1 }, (_x, i) => text.slice(i, i + 2));
  return pairs.filter((pair) => squashed.includes(pair)).length / pairs.length >= 0.75;
}

/** Words that turn round, or soften, what follows them. */
export interface Turn {
  readonly kind: 'not' | 'hedged';
  /** What they bear on first: the words that follow, at most three. */
  readonly scope: readonly string[];
  /** All words that follow in the clause. */
  readonly reach: readonly string[];
}

const NO_TURN =
  /不断|不可降解|不可再生|不可逆|不仅|不但|不同|不得?[低少小高多大]于|不得?超过|不止|不足|不良|不利|不可移动|不动产|不锈|不一|不平衡|不充分|未来|无人|无害|无废|无障碍|无组织|无机|无线|无缝|无纸|无证|无序|非化石|非法|非煤|非道路|非常|非遗|非物质|非甲烷|非二氧化碳|非国有|非点源|非电|非金属|是否/g;
const TURN =
  /(不得|不准|不许|不能|不可|不再|不予|不宜|禁止|严禁|杜绝|停止|取消|暂停|没有|未|无|不|非|勿)|(力争|争取|鼓励|探索|原则上|有条件的?|倡导)/g;

/** The turns of a folded clause. */
export function turnsIn(folded: string): Turn[] {
  const masked = folded.replace(NO_TURN, (m) => '〇'.repeat(m.length));
  return [...masked.matchAll(TURN)].flatMap((m) => {
    const after = masked.slice(m.index + m[0].length).replace(/[，。；,;:：].*$/s, '');
    const words = taggedWords(after)
      .filter(
        ({ word, tag }) => word.length >= 2 && /\p{Script=Han}/u.test(word) && !/^(?:p|c|u|d|r)/.test(tag),
      )
      .map(({ word }) => word);
    const scope = words.length > 0 ? words.slice(0, 3) : [after.slice(0, 2)];
    // At a clause's end it bears on what stands before, and is compared as a word.
    return after === '' ? [] : [{ kind: m[1] ? ('not' as const) : ('hedged' as const), scope, reach: words }];
  });
}

/** What makes a statement stronger or other than it is; each kind must be printed where it is said. */
const STRONG: readonly RegExp[] = [
  /约束性/,
  /预期性/,
  /必须|务必|应当|强制|一律|须/,
  /全部|所有|一切|均|都(?!市|江|匀)|每个|逐一/,
  /唯一|仅(?!次)|只有|只能|独家/,
  /首个|首次|首批|率先|第一/,
  /最(?!低|高|多|少|大|小|后|终|新|近)|最(?:低|高|多|少|大|小)(?!限)/,
  /(?<!业)已(?!知)|(?:建|完|达|形)成了|实现了/,
  /因为|由于|因此|所以|导致|从而|因而/,
  /高于|低于|多于|少于|超过|优于|不及|相比|翻番|翻一番|超额/,
  /提前/,
  /推迟|延后|延期/,
  /取消|废止|停止|终止|暂停|关闭/,
  /允许|可以|准许/,
  /全国|全球|世界|亚洲/,
  /免费|补贴|奖励|处罚|罚款/,
  /牵头/,
  /配合/,
];

/** The strong words of `claim` that `evidence` has none of their kind for. Both folded. */
export function strongerThan(claim: string, evidence: string): string[] {
  return STRONG.flatMap((kind) => {
    // A bound such as 不低于40% is compared with its number.
    const unbound = (text: string) =>
      text.replace(/不得?[低少小高多大]于|不得?超过|(?:[高低多少]于|超过|优于)(?=[^，。；]{0,4}\d)/g, '');
    const said = kind.exec(unbound(claim))?.[0];
    return said !== undefined && !kind.test(unbound(evidence)) ? [said] : [];
  });
}

const UP = /提高|提升|增加|增长|上升|扩大|新增|增至/;
const DOWN = /降低|下降|减少|压减|削减|缩减|缩小|降至/;

/** Whether one text speaks of rising and the other only of falling, or of neither. */
export function turnsDirection(claim: string, evidence: string): boolean {
  return (UP.test(claim) && !UP.test(evidence)) || (DOWN.test(claim) && !DOWN.test(evidence));
}

/** What a text puts in quotation marks or in 《》, squashed. */
export function quotedIn(text: string): string[] {
  return [...text.matchAll(/[“「『"]([^“”「」『』"]{1,80})[”」』"]|《([^《》]{1,80})》/g)].map((m) =>
    bare((m[1] ?? m[2]) as string),
  );
}

/** Names of indicators as statements use them: without units and footnotes, their parts apart; longest first. */
export function indicatorNames(names: readonly string[]): string[] {
  const parts = names.flatMap((name) =>
    name
      .replace(/[（(][^（()）]*[)）]/g, '')
      .split(/\s+/)
      .map(bare)
      .filter((part) => part.length >= 4),
  );
  return [...new Set(parts)].sort((a, b) => b.length - a.length);
}

/** Indicators a squashed text names, the longest at every place. */
export function indicatorsIn(squashed: string, names: readonly string[]): string[] {
  let rest = squashed;
  const found: string[] = [];
  for (const name of names) {
    if (!rest.includes(name)) continue;
    found.push(name);
    rest = rest.replaceAll(name, '〇');
  }
  return found;
}

/** A text cut at commas, semicolons, colons and full stops; commas inside numbers stay. */
export function clausesOf(text: string): string[] {
  return text
    .split(/[，；。：！？]|[;:!?](?!\d)|,(?!\d{3}(?!\d))/)
    .map(fold)
    .filter((clause) => clause !== '');
}
