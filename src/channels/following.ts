/**
 * An assistant for what outlives an index, such as a bot.
 * @module
 */
import type { Assistant } from '../assistant.ts';

/** Every call goes to the assistant that is current when it is made; it need not be there before. */
export function following(current: () => Assistant): Assistant {
  return {
    ask: (request, options) => current().ask(request, options),
    search: (request) => current().search(request),
    plans: () => current().plans(),
    outline: (planId) => current().outline(planId),
    text: (planId, range) => current().text(planId, range),
    blocks: (planId) => current().blocks(planId),
    board: () => current().board(),
    indicators: (filter) => current().indicators(filter),
    restrictedTo: (plans) => following(() => current().restrictedTo(plans)),
    get index() {
      return current().index;
    },
    close: async () => {},
  };
}
