/**
 * From a message to a reply: a command is carried out, anything else is a question for the assistant.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Turn } from '../../answer/types.ts';
import type { Assistant } from '../../assistant.ts';
import { InvalidRequestError } from '../../assistant.ts';
import type { Conversation, KeptTurn, State } from '../../state/types.ts';
import { recording } from '../record.ts';
import type { Command } from './commands.ts';
import { meansAllPlans, plansNamed, readCommand } from './commands.ts';
import { answerReply, commandReply, errorReply, helpReply, refusalReply, scopeReply } from './reply.ts';
import { passageReply } from './source.ts';
import type { IncomingMessage, Reply } from './types.ts';

/** Turns of a conversation that a question is understood with. */
const REMEMBERED_TURNS = 12;
/** As the contract has it for every channel. */
const QUESTION_MAX = 2000;

/** What replies are made of. */
export interface Services {
  readonly assistant: Assistant;
  readonly state: State;
  /** The address people reach the server at, for links; none, no links. */
  readonly publicUrl?: string | undefined;
  /** Where unexpected errors go, with what was being done. The asker never sees them. */
  readonly log: (doing: string, error: unknown) => void;
}

/** What one message needs besides. */
export interface RespondOptions {
  readonly channel: string;
  readonly signal: AbortSignal;
  /** Told the answer's text piece by piece. */
  readonly onDelta: (text: string) => void;
  /** What was said before, where the platform can tell. */
  readonly history?: (() => Promise<readonly Turn[]>) | undefined;
}

/** A reply, and what the conversation remembers once it has been delivered. */
export interface Response {
  readonly reply: Reply;
  readonly turns: readonly KeptTurn[];
}

/**
 * The reply to a message. Never rejects, except with the signal's reason: what goes wrong is logged with an id, and
 * the reply names the id.
 */
export async function respond(
  message: IncomingMessage,
  services: Services,
  options: RespondOptions,
): Promise<Response> {
  try {
    const command = readCommand(message.text);
    return await (command ? obey(command, message, services) : answer(message, services, options));
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof InvalidRequestError) return untold(refusalReply(error.message));
    const id = newErrorId();
    services.log(`${options.channel} ${message.id} 错误编号 ${id}`, error);
    return untold(errorReply(id));
  }
}

/** Short enough to be read out, long enough to be found in the log. */
export const newErrorId = (): string => randomUUID().slice(0, 8);

/** A reply that the conversation does not remember. */
const untold = (reply: Reply): Response => ({ reply, turns: [] });

async function answer(
  message: IncomingMessage,
  { assistant, state, publicUrl, log }: Services,
  { channel, signal, onDelta, history }: RespondOptions,
): Promise<Response> {
  const question = message.text.trim();
  if ([...question].length > QUESTION_MAX) {
    return untold(refusalReply(`问题最多 ${QUESTION_MAX} 个字，请说得短一些。`));
  }
  const conversation = await state.conversations.get(message.conversation, REMEMBERED_TURNS);
  const earlier: readonly KeptTurn[] =
    conversation.turns.length === 0 && history
      ? await history().catch((error: unknown) => {
          log(`${channel} ${message.id} 读取先前的对话`, error);
          return [];
        })
      : [];
  const turns = [...earlier, ...conversation.turns].slice(-REMEMBERED_TURNS);
  const { plans, notices } = scopeOf(conversation, assistant);
  const asker = message.asker === undefined ? { channel } : { channel, asker: message.asker };
  const given = await recording(assistant, state.answers, asker).ask(
    {
      question,
      history: turns.map(({ role, content }) => ({ role, content })),
      plans,
      conversationId: message.conversation,
    },
    {
      signal,
      onEvent: (event) => {
        if (event.type === 'delta') onDelta(event.text);
      },
    },
  );
  const reply = answerReply(given, publicUrl);
  return {
    reply: { ...reply, notices: [...reply.notices, ...notices] },
    turns: [
      ...earlier,
      { role: 'user', content: question },
      { role: 'assistant', content: given.answer, answerId: given.id },
    ],
  };
}

/** The plans a conversation is restricted to that still are there, and what the asker should know of it. */
function scopeOf({ plans }: Conversation, assistant: Assistant) {
  const known = assistant.plans().filter(({ id }) => plans.includes(id));
  if (plans.length === 0) return { plans: [], notices: [] };
  if (known.length === 0) return { plans: [], notices: ['原来限定的规划已不在库中，改为查全部规划。'] };
  const titles = known.map(({ title }) => `《${title}》`).join('、');
  return { plans: known.map(({ id }) => id), notices: [`只查了${titles}；发“范围 全部”查全部规划。`] };
}

async function obey(
  command: Command,
  { conversation }: IncomingMessage,
  { assistant, state, publicUrl }: Services,
): Promise<Response> {
  const plans = assistant.plans();
  switch (command.name) {
    case 'help':
      return untold(helpReply(plans));
    case 'reset': {
      await state.conversations.clear(conversation);
      const reply = commandReply('好，重新开始：前面的对话和范围都不再作数。');
      // Something remembered, so that what the platform shows above is not taken for the conversation again.
      return { reply, turns: [{ role: 'assistant', content: reply.text }] };
    }
    case 'source': {
      const { turns } = await state.conversations.get(conversation, REMEMBERED_TURNS);
      const answerId = turns.findLast((turn) => turn.answerId !== undefined)?.answerId;
      const record = answerId === undefined ? undefined : await state.answers.get(answerId);
      return untold(passageReply(record?.citations, command.n, assistant, publicUrl));
    }
    case 'scope': {
      if (command.plan === undefined) {
        const { plans: only } = await state.conversations.get(conversation, 0);
        return untold(scopeReply(plans, only));
      }
      if (meansAllPlans(command.plan)) {
        await state.conversations.restrict(conversation, [], Date.now());
        return untold(commandReply('好，从现在起查全部规划。'));
      }
      const named = plansNamed(command.plan, plans);
      const [plan] = named;
      if (!plan || named.length > 1) {
        const lead = plan
          ? `“${command.plan}”可以指${named.map(({ title }) => `《${title}》`).join('、')}，请说全些或用序号。`
          : `没有叫“${command.plan}”的规划。现有：`;
        return untold(scopeReply(plans, [], lead));
      }
      await state.conversations.restrict(conversation, [plan.id], Date.now());
      return untold(commandReply(`好，从现在起只查《${plan.title}》。发“范围 全部”恢复。`));
    }
  }
}
