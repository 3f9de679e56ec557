/**
 * Follow-ups: 那四川呢, 2035年呢, 谁来负责, 它的牵头部门 — what they leave out is taken from the questions before; a
 * question that stands by itself drops them.
 * @module
 */
import { foldQuestion } from '../language/normalise.ts';
import type { Mention, ScopeFinder } from './scope.ts';
import { contentOf, questionWords, yearsOf } from './understand.ts';

/** Words that tie a question to the one before. */
const CONNECTIVE =
  /^(?:那么?|还有|再|又|另外|此外|然后|具体|其中|跟|和|与|比起|换成|and |what about|how about)/;
const REFERENCE =
  /它|其(?!他|它|中)|这个|那个|这些|那些|该|上述|前面|刚才|这里|这块|这方面|为此|对此|\b(?:it|its|they|their|those|these)\b/;
const ELLIPSIS = /呢[？?]?$|^(?:什么时候|哪年|多少|几个|为什么|怎么做|谁负责)[？?]?$/;
/** An aspect of what was asked before: 大气方面, 农村的话. */
const ASPECT = /(?:方面|领域|层面|这块|的话)(?:呢|怎么样|如何)?[？?]?$/;
/** Instead of what was asked before: 那噪声呢, 换成噪声. */
const INSTEAD = /^(?:那么?|换成|换|还有|what about|how about|and )|呢[？?]?$/;
/** Longer questions are whole ones, in characters. */
const SHORT = 14;
const DETAILS = [
  ...questionWords.details,
  ...questionWords.stop,
  ...Object.values(questionWords.asks).flat(),
].sort((a, b) => b.length - a.length);

/**
 * Whether a question is about one thing: whether some passage holds all of it. Decides between two readings of a
 * follow-up, the subject before with a new detail, or a new subject.
 */
export type IsOneThing = (question: string) => Promise<boolean>;

/** The question as understood, by itself. */
export async function resolveFollowUp(
  question: string,
  earlier: readonly string[],
  scopes: ScopeFinder,
  isOneThing: IsOneThing,
): Promise<string> {
  let context = '';
  for (const turn of earlier) context = (await resolveOne(turn, context, scopes, isOneThing)).context;
  return (await resolveOne(question, context, scopes, isOneThing)).question;
}

/** A question by itself, and what a next one goes on from: its subject without the details asked of it. */
interface Resolved {
  readonly question: string;
  readonly context: string;
}

const standing = (question: string): Resolved => ({ question, context: question });

async function resolveOne(
  question: string,
  before: string,
  scopes: ScopeFinder,
  isOneThing: IsOneThing,
): Promise<Resolved> {
  const now = question.trim();
  if (before === '') return standing(now);
  const own = scopes.find(now).mentions;
  const previous = scopes.find(before).mentions;
  const folded = foldQuestion(now);
  const content = contentOf(folded, own);
  const topic = content.filter((word) => !isDetail(word));
  const tied = CONNECTIVE.test(folded) || REFERENCE.test(folded) || ELLIPSIS.test(folded);
  const short = [...folded].length <= SHORT;
  const compares = own.length > 0 && topic.length === 0 && isComparison(folded);
  const subjectless =
    content.length === 0 ||
    compares ||
    (topic.length === 0 && (own.length === 0 || tied || short)) ||
    (topic.length <= 1 && (own.length > 0 || yearsOf(folded).length > 0) && tied);
  if (subjectless || (own.length === 0 && ASPECT.test(folded)))
    return merge(now, folded, own, before, previous, compares);
  if (own.length > 0 && !REFERENCE.test(folded) && (content.length >= 2 || !tied)) {
    // A place within the region whose plan was spoken of: 成渝规划…, then 四川整治多少个.
    const within =
      own.every((m) => m.kind === 'region') && !/规划|方案/.test(folded) && scopes.isRegional(previous);
    return standing(within ? `${planNames(before, previous)} ${now}` : now);
  }
  if (own.length === 0 && short && topic.length <= 2 && !INSTEAD.test(folded)) {
    const merged = merge(now, folded, own, before, previous, false);
    if (await isOneThing(merged.question)) return merged;
  }
  // A new subject within the plan spoken of before; what the reference points to comes along.
  const plan = planNames(before, previous);
  const reference = REFERENCE.test(folded) ? subjectOf(before, previous) : '';
  const scope = own.length > 0 ? '' : plan;
  const asks = short && INSTEAD.test(folded) ? asked(foldQuestion(before)).trim() : '';
  return standing(
    [scope, reference, now.replace(/^那么?/, ''), asks].filter((part) => part !== '').join(' '),
  );
}

/** Whether a word asks for a detail of a subject and is none itself: 资金, 面积, 负责. */
function isDetail(word: string): boolean {
  let rest = word;
  for (const detail of DETAILS) rest = rest.replaceAll(detail, '');
  return rest.length <= (word.length > 3 ? 1 : 0);
}

const isComparison = (folded: string) =>
  /比/.test(folded) || questionWords.compare.some((word) => folded.includes(word));

/** The question before with the new one's place or year in it. */
function merge(
  now: string,
  folded: string,
  own: readonly Mention[],
  before: string,
  previous: readonly Mention[],
  compares: boolean,
): Resolved {
  let base = foldQuestion(before);
  if (own.length > 0) {
    const regionsOnly = own.every((m) => m.kind === 'region');
    const planNamed = previous.some((m) => m.kind === 'plan');
    const swapped = previous.filter((m) =>
      regionsOnly && planNamed && previous.some((p) => p.kind === 'region') ? m.kind === 'region' : true,
    );
    if (!compares) {
      for (const { at, text } of [...swapped].sort((a, b) => b.at - a.at))
        base = base.slice(0, at) + base.slice(at + text.length);
    }
    const names = own
      .map((m) => m.text)
      .filter((t, i, all) => all.indexOf(t) === i)
      .join('、');
    base = `${names}${compares ? '、' : ' '}${base}${compares ? ' 对比' : ''}`;
  }
  const years = yearsOf(folded);
  if (years.length > 0) {
    const old = /(?:(?:19|20)\d\d|(?<!\d)[0-4]\d)年/g;
    const year = `${years[0]}年`;
    base = old.test(base) ? base.replace(old, year) : `${base} ${year}`;
  }
  const rest = own.length === 0 && years.length === 0 ? ` ${now}` : asked(folded);
  const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();
  return { question: tidy(`${base}${rest}`), context: tidy(compares ? foldQuestion(before) : base) };
}

/** What a question asks for (哪年, 多少 …). */
function asked(folded: string): string {
  const word = /哪一?年|什么时候|多少|几个|为什么|谁|哪些|怎么/.exec(folded)?.[0];
  return word ? ` ${word}` : '';
}

function planNames(before: string, mentions: readonly Mention[]): string {
  const folded = foldQuestion(before);
  const plans = mentions.filter((m) => m.kind === 'plan');
  return [
    ...new Set((plans.length > 0 ? plans : mentions).map((m) => folded.slice(m.at, m.at + m.text.length))),
  ].join('、');
}

function subjectOf(before: string, mentions: readonly Mention[]): string {
  return contentOf(foldQuestion(before), mentions).slice(0, 6).join(' ');
}
