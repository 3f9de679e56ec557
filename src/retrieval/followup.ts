/**
 * Follow-ups: 那四川呢, 2035年呢, 它的牵头部门 — what they leave out is taken from the questions before; a question
 * that stands by itself drops them.
 * @module
 */
import { foldQuestion } from '../language/normalise.ts';
import type { Mention, ScopeFinder } from './scope.ts';
import { contentOf, yearsOf } from './understand.ts';

/** Words that tie a question to the one before. */
const CONNECTIVE =
  /^(?:那么?|还有|再|又|另外|此外|然后|具体|其中|跟|和|与|比起|换成|and |what about|how about)/;
const REFERENCE = /它|其(?!他|它|中)|这个|那个|这些|那些|该|上述|前面|刚才|这里|这块|这方面|为此|对此/;
const ELLIPSIS = /呢[？?]?$|^(?:什么时候|哪年|多少|几个|为什么|怎么做|谁负责)[？?]?$/;

/** The question as understood, by itself. */
export function resolveFollowUp(question: string, earlier: readonly string[], scopes: ScopeFinder): string {
  let context = '';
  for (const turn of earlier) context = resolveOne(turn, context, scopes);
  return resolveOne(question, context, scopes);
}

function resolveOne(question: string, before: string, scopes: ScopeFinder): string {
  const now = question.trim();
  if (before === '') return now;
  const own = scopes.find(now).mentions;
  const previous = scopes.find(before).mentions;
  const folded = foldQuestion(now);
  const content = contentOf(folded, own);
  const tied = CONNECTIVE.test(folded) || REFERENCE.test(folded) || ELLIPSIS.test(folded);
  const subjectless =
    content.length === 0 || (content.length <= 1 && (own.length > 0 || yearsOf(folded).length > 0) && tied);
  if (subjectless) return merge(now, folded, own, before, previous);
  if (own.length > 0 && !REFERENCE.test(folded) && (content.length >= 2 || !tied)) {
    // A place within the region whose plan was spoken of: 成渝规划…, then 四川整治多少个.
    const within =
      own.every((m) => m.kind === 'region') && !/规划|方案/.test(folded) && scopes.isRegional(previous);
    return within ? `${planNames(before, previous)} ${now}` : now;
  }
  // A new subject within the plan spoken of before; what the reference points to comes along.
  const plan = planNames(before, previous);
  const reference = REFERENCE.test(folded) ? subjectOf(before, previous) : '';
  const scope = own.length > 0 ? '' : plan;
  return [scope, reference, now.replace(/^那么?/, '')].filter((part) => part !== '').join(' ');
}

/** The question before with the new one's place or year in it. */
function merge(
  now: string,
  folded: string,
  own: readonly Mention[],
  before: string,
  previous: readonly Mention[],
): string {
  let base = foldQuestion(before);
  if (own.length > 0) {
    const compares = /比/.test(folded);
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
  return `${base}${rest}`.replace(/\s+/g, ' ').trim();
}

/** What the new question asks for (哪年, 多少 …), kept when only its place is new. */
function asked(folded: string): string {
  const word = /哪一?年|什么时候|多少|几个|为什么|谁|哪些/.exec(folded)?.[0];
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
