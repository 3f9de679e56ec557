/**
 * What whoever runs a server needs: keys, and the parts of a server put together from the configuration.
 * @module
 */
import type { parseArgs } from 'node:util';
import { addKey, isLive, rotateKey } from './channels/http/access/keys.ts';
import { createLogger } from './channels/http/observe/log.ts';
import { openTracing } from './channels/http/observe/tracing.ts';
import type { Config } from './config.ts';
import { openState } from './state/index.ts';
import { signingSecret } from './state/secret.ts';
import type { ApiKeyRecord, Scope, State } from './state/types.ts';
import { VERSION } from './version.ts';

/** Something the person at the terminal can put right; the message is one line in Chinese. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}

const SCOPES: readonly Scope[] = ['ask', 'search', 'admin', 'metrics'];
const DAY_MS = 86_400_000;

export const KEYS_HELP = `接口密钥

用法：
  npm run keys -- add 名称 [--scopes ask,search] [--plans 编号,编号] [--days 365]
  npm run keys -- list
  npm run keys -- revoke ID
  npm run keys -- rotate ID [--overlap 小时]

权限：ask 提问，search 查找与阅读，admin 管理，metrics 运行指标；默认 ask,search。
--plans 只开放这些规划；--days 多少天后过期，不给则不过期。
rotate 另发一把权限相同的密钥，旧的在 --overlap 小时后失效（默认 24）。
密钥只在生成时显示一次，库中只存它的散列。`;

export const KEYS_OPTIONS = {
  scopes: { type: 'string' },
  plans: { type: 'string' },
  days: { type: 'string' },
  overlap: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies NonNullable<Parameters<typeof parseArgs>[0]>['options'];

interface KeysValues {
  readonly scopes?: string;
  readonly plans?: string;
  readonly days?: string;
  readonly overlap?: string;
}

/**
 * `keys add|list|revoke|rotate`: what is to be printed.
 * @throws OperationError, StateError
 */
export async function runKeys(
  dataDir: string,
  [action = '', subject = '', ...more]: readonly string[],
  values: KeysValues,
  now = Date.now(),
): Promise<string> {
  if (more.length > 0) throw new OperationError(`多余的参数“${more[0]}”；用 --help 查看用法。`);
  const state = await openState({ dataDir });
  try {
    const { keys } = state;
    switch (action) {
      case 'add': {
        if (!subject) throw new OperationError('请给密钥起个名字，例如 npm run keys -- add 门户网站');
        const scopes = scopesOf(values.scopes);
        const plans = values.plans === undefined ? undefined : words(values.plans);
        const expiresAt =
          values.days === undefined ? undefined : now + amount('--days', values.days) * DAY_MS;
        const { key, record } = await addKey(keys, { name: subject, scopes, plans, expiresAt }, now);
        return `${describe(record, now)}\n密钥（只显示这一次）：${key}`;
      }
      case 'list': {
        const all = await keys.list();
        return all.length === 0 ? '还没有密钥。' : all.map((record) => describe(record, now)).join('\n');
      }
      case 'revoke': {
        const known = await keys.update(subject, { revokedAt: now });
        if (!known) throw unknown(subject);
        return `密钥 ${subject} 已停用。`;
      }
      case 'rotate': {
        const hours = values.overlap === undefined ? 24 : amount('--overlap', values.overlap);
        const made = await rotateKey(keys, subject, now, hours * 3_600_000);
        if (!made) throw unknown(subject);
        return `${describe(made.record, now)}\n新密钥（只显示这一次）：${made.key}\n旧密钥 ${subject} 在 ${hours} 小时后失效。`;
      }
      default:
        throw new OperationError('请写明要做什么：add、list、revoke 或 rotate；用 --help 查看用法。');
    }
  } finally {
    await state.close();
  }
}

const unknown = (id: string) =>
  new OperationError(`没有编号为“${id}”的有效密钥；用 npm run keys -- list 查看。`);
const words = (text: string) => text.split(/[,，\s]+/).filter(Boolean);

function scopesOf(given = 'ask,search'): Scope[] {
  const named = words(given);
  const strange = named.find((name) => !SCOPES.includes(name as Scope));
  if (strange !== undefined || named.length === 0)
    throw new OperationError(`没有“${strange ?? given}”这种权限；可用的有 ${SCOPES.join('、')}。`);
  return SCOPES.filter((scope) => named.includes(scope));
}

function amount(option: string, value: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(value)) throw new OperationError(`选项“${option}”应为数字。`);
  return Number(value);
}

function describe(record: ApiKeyRecord, now: number): string {
  const { id, name, scopes, plans, expiresAt, revokedAt, usedAt } = record;
  const day = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const standing = isLive(record, now)
    ? expiresAt === undefined
      ? '有效'
      : `有效至 ${day(expiresAt)} UTC`
    : revokedAt === undefined
      ? '已过期'
      : '已停用';
  return [
    id,
    name,
    scopes.join(','),
    plans ? `规划：${plans.join(',') || '无'}` : '全部规划',
    standing,
    usedAt === undefined ? '未用过' : `上次使用 ${day(usedAt)} UTC`,
  ].join('  ');
}

/** The parts of a server besides its assistant, as configured. `close` sends and writes what is left. */
export async function openService(config: Config, state: State) {
  const logger = createLogger({ level: config.logLevel });
  const tracing = config.otlpEndpoint ? await openTracing(config.otlpEndpoint, VERSION) : undefined;
  return {
    state,
    access: config.access,
    secret: signingSecret(config.dataDir),
    logger,
    logQuestions: config.logQuestions,
    generates: config.chat.baseUrl !== undefined && config.chat.model !== undefined,
    tracing,
    async close() {
      logger.flush();
      await tracing?.close();
    },
  };
}
