/**
 * Model names: `guiwen` asks all plans, `guiwen:<plan id>` one.
 * @module
 */
import type { Assistant } from '../../assistant.ts';
import { Refusal } from './errors.ts';

/** The name that asks all plans. */
export const ALL_PLANS = 'guiwen';
const ONE_PLAN = `${ALL_PLANS}:`;

/** Every model as OpenAI lists it; `name` is for people. `created` is when the index was built, in seconds. */
export function listModels(assistant: Assistant) {
  const created = Math.floor(Date.parse(assistant.index.builtAt) / 1000) || 0;
  const model = (id: string, name: string) => ({
    id,
    object: 'model' as const,
    created,
    owned_by: ALL_PLANS,
    name,
  });
  return [
    model(ALL_PLANS, '规问：全部规划'),
    ...assistant.plans().map((plan) => model(ONE_PLAN + plan.id, `规问：《${plan.title}》`)),
  ];
}

/**
 * The plans that a model's name restricts answers to; empty for all.
 * @throws Refusal if there is no such model, naming those there are
 */
export function plansOf(model: string, assistant: Assistant): readonly string[] {
  if (model === ALL_PLANS) return [];
  const plan = assistant.plans().find(({ id }) => ONE_PLAN + id === model);
  if (plan) return [plan.id];
  throw unknownModel(model, assistant);
}

/** There is no such model; names those there are. */
export function unknownModel(model: string, assistant: Assistant): Refusal {
  const names = listModels(assistant).map(({ id }) => id);
  const shown = names.length > 20 ? [...names.slice(0, 20), '…（见 GET /v1/models）'] : names;
  return new Refusal(
    `没有“${model.slice(0, 80)}”这个模型；可用的有 ${shown.join('、')}。`,
    'model',
    'model_not_found',
    404,
  );
}
