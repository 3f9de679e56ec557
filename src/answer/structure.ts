/**
 * Questions about a plan's structure, answered from its outline: what 第三章第二节 deals with, how many chapters
 * there are, which sections a chapter has, which chapter treats a subject.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { squash } from '../language/normalise.ts';
import { CHINESE_NUMERAL_CHARS, parseNumeral, toChineseNumeral } from '../language/numerals.ts';
import { headingCandidate } from '../plan/headings.ts';
import { passageAt } from '../plan/locate.ts';
import type { OutlineNode, Plan, Span } from '../plan/types.ts';
import type { Hit } from '../retrieval/search.ts';
import { conceptWeights, presence } from '../retrieval/search.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import { cite, inline } from './citations.ts';
import type { Composed } from './compose.ts';
import type { Citation } from './types.ts';

const N = `[${CHINESE_NUMERAL_CHARS}\\d]{1,4}`;
const REFERENCE = new RegExp(
  `第?(专栏) ?(${N})|第 ?[（(]?(${N})[）)]? ?(部分|编|章|节|条|大部分|小节)|([（(])(${N})[）)]`,
  'g',
);
const LEVEL_WORD = /章|节|部分|编|条|专栏|标题|目录|小节|板块|大块/;
const ASKS_PARTS =
  /(?:哪|几|多少)(?:些|几|个|大|[二三四五六七八九十两])*(?:章|节|部分|条|小节|专栏|块|点|方面|板块|类|件事|原则)|(?:章|节|部分|小节|条)(?:标题|名)|目录|框架|结构|分(?:成|为)?(?:哪|几)|(?:一共|总共|共有).{0,4}(?:章|节|条|专栏|部分)|讲(?:什么|啥|的啥|些什么|了什么|了啥|哪)|写的?(?:什么|啥)|说的?(?:什么|啥)|是(?:什么|啥)内容|叫(?:什么|啥)|标题是|都是(?:啥|什么)|分别(?:是|叫)?(?:什么|啥|哪)|是讲|what (?:is|does|are)|how many (?:chapters|sections|parts)|list the|which (?:chapter|section)s?/;

interface Reference {
  readonly kind: 'chapter' | 'section' | 'article' | 'box' | 'any';
  readonly value: number;
}

function referencesIn(folded: string): Reference[] {
  const found = [...folded.matchAll(REFERENCE)].flatMap((m): Reference[] => {
    const value = parseNumeral(m[2] ?? m[3] ?? m[6] ?? '');
    if (value === undefined) return [];
    if (m[1]) return [{ kind: 'box', value }];
    if (m[5]) return [{ kind: 'any', value }];
    const kind =
      m[4] === '章' || m[4] === '部分' || m[4] === '大部分' || m[4] === '编'
        ? 'chapter'
        : m[4] === '条'
          ? 'article'
          : 'section';
    return [{ kind, value }];
  });
  const english = [...folded.matchAll(/\b(chapter|section|box|article|part) (\d{1,3})\b/g)].map(
    (m): Reference => ({
      kind: m[1] === 'part' ? 'chapter' : (m[1] as Reference['kind']),
      value: Number(m[2]),
    }),
  );
  return [...found, ...english];
}

/** 第二款. */
function clauseIn(folded: string): number | undefined {
  const printedNumber = new RegExp(`第 ?(${N}) ?款`).exec(folded)?.[1];
  return printedNumber === undefined ? undefined : parseNumeral(printedNumber);
}

const numberOf = (node: OutlineNode) => headingCandidate(node.heading)?.value ?? Number.NaN;
const partsOf = (node: OutlineNode) =>
  node.children.filter((c) => c.kind !== 'lead' && c.kind !== 'box' && c.kind !== 'table');
const leadsOf = (node: OutlineNode) => node.children.filter((c) => c.kind === 'lead');

function* walk(node: OutlineNode): Generator<OutlineNode> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

/** The node that references point to, each within the one before. */
function follow(plan: Plan, references: readonly Reference[]): OutlineNode | undefined {
  let at: OutlineNode = plan.outline;
  for (const { kind, value } of references) {
    const fits = (n: OutlineNode) =>
      numberOf(n) === value &&
      (kind === 'any'
        ? n.kind !== 'box'
        : kind === 'section'
          ? n.kind === 'section' || n.kind === 'article' || n.kind === 'item'
          : n.kind === kind);
    const children = at.children.filter((n) => n.kind !== 'lead');
    const next =
      kind === 'box' || kind === 'article' || kind === 'any'
        ? ([...walk(at)].find(fits) ?? [...walk(plan.outline)].find(fits))
        : children.find(fits);
    if (!next) return undefined;
    at = next;
  }
  return at === plan.outline ? undefined : at;
}

/** The heading that covers the question's subject best, if one does. */
function headingAbout(
  plan: Plan,
  query: Understood,
  index: OpenIndex,
): { node: OutlineNode; cover: number } | undefined {
  const concepts = subjectOf(query);
  if (concepts.length === 0) return undefined;
  const weights = conceptWeights(concepts, index);
  const total = weights.reduce((a, b) => a + b, 0) || 1;
  let best: { node: OutlineNode; cover: number; score: number } | undefined;
  for (const node of walk(plan.outline)) {
    if (node.kind === 'root' || node.kind === 'lead' || node.kind === 'table') continue;
    const heading = squash(node.heading);
    const cover =
      concepts.reduce((sum, c, i) => sum + presence(c, heading) * (weights[i] as number), 0) / total;
    // Of two headings that cover the subject the one that says little else is about it.
    const focus = concepts.reduce((sum, c) => sum + c.text.length, 0) / heading.length;
    const score = cover + 0.15 * Math.min(1, focus);
    if (score > (best?.score ?? 0) + 1e-6) best = { node, cover, score };
  }
  return best;
}

/** Whether a node's heading speaks of the subject. */
const covers = (node: OutlineNode, subject: readonly Concept[]) =>
  subject.some((c) => presence(c, squash(node.heading)) >= 0.7);

/** The words that name a subject; verbs of asking and words such as 章 say nothing of it. */
function subjectOf(query: Understood): Concept[] {
  const nouns = query.concepts.filter(
    (c) => c.weight >= 0.9 && (!LEVEL_WORD.test(c.text) || c.text.length > 2),
  );
  return nouns.length > 0
    ? nouns
    : query.concepts.filter((c) => !LEVEL_WORD.test(c.text) && c.text.length > 1 && c.equals.length > 0);
}

/** A subject's heading must cover this share of the question. */
const HEADING_COVER = 0.5;
/** An article is quoted whole up to this length. */
const ARTICLE_MAX = 600;
/** To tell where a subject is written its heading must cover nearly all of it; otherwise the passage tells. */
const LOCATED_COVER = 0.8;

/** A part that a question names and the plan does not have. */
export interface NoSuchPart {
  readonly plan: Plan;
  readonly missing: string;
}

/** Answers a question about structure; undefined if it is none or the outline does not settle it. */
export function answerStructure(
  query: Understood,
  hits: readonly Hit[],
  index: OpenIndex,
): Composed | NoSuchPart | undefined {
  const { folded } = query;
  const references = referencesIn(folded);
  const asksParts = ASKS_PARTS.test(folded);
  const mentionsLevel = LEVEL_WORD.test(folded) || /\b(?:chapter|section|part|box)s?\b/.test(folded);
  const asksWhere = query.asks.has('where_written');
  if (
    references.length === 0 &&
    !asksWhere &&
    !(asksParts && (mentionsLevel || /原则|保障|任务/.test(folded)))
  )
    return undefined;
  const plan = planFor(query, hits, index);
  if (!plan) return undefined;
  const subject = subjectOf(query);
  if (references.length > 0) {
    const node = follow(plan, references);
    if (!node && subject.length === 0) return { plan, missing: printed(references) };
    // 专栏7里哪几条河…: a place to look in, not a question about it.
    const about = subject.length === 0 || (asksParts && node !== undefined && covers(node, subject));
    if (!node || !about || (query.asks.has('number') && !mentionsParts(folded))) return undefined;
    return node.kind === 'article' && partsOf(node).length === 0
      ? article(plan, node, clauseIn(folded))
      : describe(plan, node);
  }
  if (subject.length === 0) return asksParts ? wholePlan(plan, folded) : undefined;
  const about = headingAbout(plan, query, index);
  if (!about) return undefined;
  if (asksWhere && !/分(?:成|为|哪|几)|有哪|有几|下面有/.test(folded))
    return about.cover >= LOCATED_COVER ? locateSubject(plan, about.node) : undefined;
  return asksParts && about.cover >= HEADING_COVER ? describe(plan, about.node) : undefined;
}

/**
 * What a search for a part of a plan finds first: the passages that the answer from the outline cites, then the rest.
 * As found if the question is not about structure.
 */
export function partsFirst(query: Understood, hits: readonly Hit[], index: OpenIndex): readonly Hit[] {
  const structure = answerStructure(query, hits, index);
  if (!structure || 'missing' in structure) return hits;
  const top = hits[0];
  const cited = structure.citations.flatMap((citation): Hit[] => {
    const plan = index.plans.findIndex((p) => p.facts.id === citation.plan.id);
    const passage = index.plans[plan] && passageAt(index.plans[plan], citation.start);
    if (!passage || !top) return [];
    const found = hits.find((h) => h.passage.id === passage.id);
    const doc =
      found?.doc ?? index.planOf.indexOf(plan) + (index.plans[plan] as Plan).passages.indexOf(passage);
    return [{ ...(found ?? { ...top, pointer: undefined }), doc, passage, plan, score: top.score }];
  });
  const docs = new Set(cited.map((h) => h.doc));
  const once = cited.filter((h, i) => cited.findIndex((o) => o.doc === h.doc) === i);
  return [...once, ...hits.filter((h) => !docs.has(h.doc))];
}

const NAMES = { chapter: '章', section: '节', article: '条', box: '专栏', any: '部分' } as const;
const printed = (references: readonly Reference[]) =>
  references
    .map(({ kind, value }) =>
      kind === 'box' ? `专栏${value}` : `第${toChineseNumeral(value)}${NAMES[kind]}`,
    )
    .join('');

const mentionsParts = (folded: string) =>
  /几(?:章|节|条|个专栏|部分|个小节|项|点)|多少(?:章|节|条|个专栏)/.test(folded);

/** One plan: the one that is named, or the one that the best passages are of. */
function planFor(query: Understood, hits: readonly Hit[], index: OpenIndex): Plan | undefined {
  const named =
    query.scope.only.length === 1
      ? query.scope.only
      : query.scope.only.length === 0 && query.scope.preferred.length === 1
        ? query.scope.preferred
        : [];
  if (named.length === 1) return index.plans[named[0] as number];
  if (query.scope.only.length > 1) return undefined;
  if (index.plans.length === 1) return index.plans[0];
  const first = hits[0];
  return first ? index.plans[first.plan] : undefined;
}

/** A list of headings, each cited. */
function headingList(plan: Plan, nodes: readonly OutlineNode[], citations: Citation[]): string {
  return nodes
    .map((node) => {
      const citation = citeHeading(plan, node, citations);
      return `- ${inline(node.heading)}[${citation.n}]`;
    })
    .join('\n');
}

function citeHeading(plan: Plan, node: OutlineNode, citations: Citation[]): Citation {
  const span: Span = node.headingSpan;
  const passage = passageAt(plan, span.start);
  const citation = cite(plan, span, citations.length + 1, passage?.id ?? '');
  citations.push(citation);
  return citation;
}

const COUNT_WORD: Partial<Record<OutlineNode['kind'], string>> = {
  chapter: '章',
  section: '节',
  article: '条',
  box: '个专栏',
  part: '编',
  item: '项',
  lead: '个方面',
};
const counted = (nodes: readonly OutlineNode[]) =>
  `共${toChineseNumeral(nodes.length)}${COUNT_WORD[nodes[0]?.kind ?? 'item'] ?? '部分'}`;

/** An article as a whole, or the paragraph of it (款) that was asked for. */
function article(plan: Plan, node: OutlineNode, clause: number | undefined): Composed | NoSuchPart {
  const paragraphs = node.blocks.filter((b) => b.kind === 'paragraph');
  const first = clause === undefined ? node.blocks[0] : paragraphs[clause - 1];
  if (!first) return { plan, missing: `${node.number}第${toChineseNumeral(clause ?? 1)}款` };
  const next = clause === undefined ? undefined : paragraphs[clause];
  const last = node.blocks.filter((b) => next === undefined || b.start < next.start).at(-1) ?? first;
  const span =
    last.end - first.start <= ARTICLE_MAX
      ? { start: first.start, end: last.end }
      : firstSentences(plan.text, first);
  const citation = cite(plan, span, 1, passageAt(plan, span.start)?.id ?? '');
  return {
    answer: `《${plan.facts.title}》（${citation.label}）：${inline(citation.quote)}[1]`,
    citations: [citation],
  };
}

/** What a node deals with: its heading and its parts, or its leading sentence. */
function describe(plan: Plan, node: OutlineNode): Composed {
  const citations: Citation[] = [];
  const head = citeHeading(plan, node, citations);
  const title = `《${plan.facts.title}》“${inline(node.heading)}”[${head.n}]`;
  const parts = partsOf(node).length > 0 ? partsOf(node) : leadsOf(node).length > 1 ? leadsOf(node) : [];
  if (parts.length > 0)
    return { answer: `${title}${counted(parts)}：\n\n${headingList(plan, parts, citations)}`, citations };
  const paragraphs = node.blocks.filter((b) => b.kind === 'paragraph' || b.kind === 'item');
  if (paragraphs.length >= 3) {
    const list = paragraphs.map((block) => {
      const span = openingClause(plan.text, block);
      const citation = cite(plan, span, citations.length + 1, passageAt(plan, span.start)?.id ?? '');
      citations.push(citation);
      return `- ${inline(citation.quote)}[${citation.n}]`;
    });
    return {
      answer: `${title}共${toChineseNumeral(paragraphs.length)}段：\n\n${list.join('\n')}`,
      citations,
    };
  }
  const block = node.blocks[0];
  if (!block) return { answer: `${title}。`, citations };
  const from = block.start <= node.headingSpan.start ? node.headingSpan.end : block.start;
  const span = firstSentences(plan.text, { start: from, end: block.end });
  const citation = cite(plan, span, citations.length + 1, passageAt(plan, span.start)?.id ?? '');
  citations.push(citation);
  return { answer: `${title}：${inline(citation.quote)}[${citation.n}]`, citations };
}

/** The chapters of a plan, or its boxes. */
function wholePlan(plan: Plan, folded: string): Composed | NoSuchPart | undefined {
  const citations: Citation[] = [];
  const boxes = /专栏|box/.test(folded);
  const nodes = boxes
    ? [...walk(plan.outline)].filter((n) => n.kind === 'box')
    : plan.outline.children.filter((n) => n.kind === 'chapter' || n.kind === 'part');
  if (nodes.length === 0) return { plan, missing: boxes ? '专栏' : '章节' };
  return {
    answer: `《${plan.facts.title}》${counted(nodes)}：\n\n${headingList(plan, nodes, citations)}`,
    citations,
  };
}

/** Where a subject is written. */
function locateSubject(plan: Plan, node: OutlineNode): Composed {
  const citations: Citation[] = [];
  const head = citeHeading(plan, node, citations);
  const outer = head.path
    .slice(0, -1)
    .map((h) => `“${inline(h)}”`)
    .join('');
  const parts = partsOf(node);
  const rest = parts.length > 0 ? `，${counted(parts)}：\n\n${headingList(plan, parts, citations)}` : '。';
  return { answer: `《${plan.facts.title}》${outer}“${inline(node.heading)}”[${head.n}]${rest}`, citations };
}

/** How a paragraph opens: its first sentence, or of a long one the first clause. */
function openingClause(text: string, span: Span): Span {
  const mark =
    /^(?:——|[-·•●] ?|\d{1,2}[．.、]|[（(][一二三四五六七八九十\d]{1,3}[）)])\s*/.exec(
      text.slice(span.start, span.start + 8),
    )?.[0].length ?? 0;
  const start = span.start + mark;
  const stop = text.slice(start, span.end).search(/[。！？]/);
  const end = stop < 0 ? span.end : start + stop;
  if (end - start <= 44) return { start, end };
  const comma = text.slice(start, end).search(/[，；：]/);
  return { start, end: comma > 4 ? start + comma : end };
}

/** The first sentence or two of a span, up to about 120 characters. */
function firstSentences(text: string, span: Span): Span {
  let start = span.start;
  while (start < span.end && /[\s。．、]/.test(text[start] as string)) start++;
  let end = start;
  for (let i = start; i < span.end; i++) {
    if (!/[。！？]/.test(text[i] as string)) continue;
    if (end > start && i + 1 - start > 120) break;
    end = i + 1;
    if (end - start > 60) break;
  }
  return { start, end: end > start ? end : span.end };
}
