/**
 * Slack as a platform for bots.
 * @module
 */
import type { Adapter } from '../bots/types.ts';
import type { SlackApi } from './api.ts';
import { respondAt } from './command.ts';
import type { Abilities } from './conversation.ts';
import { inConversation } from './conversation.ts';
import type { Target } from './payloads.ts';

/** The adapter over a Web API client. */
export function slackAdapter(api: SlackApi): Adapter {
  const abilities: Abilities = { status: true, stream: true };
  return {
    channel: 'slack',
    exchange(message, kept, keep) {
      const target = message.target as Target;
      return target.kind === 'command'
        ? respondAt(target.responseUrl, api.origin)
        : inConversation(api, message.id, target, abilities, kept, keep);
    },
  };
}
