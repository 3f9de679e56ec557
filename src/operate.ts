/**
 * What whoever runs a server needs: keys, and the parts of a server put together from the configuration.
 * @module
 */
import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { parseArgs } from 'node:util';
import type { Assistant, IngestReport } from './assistant.ts';
import { CorpusError } from './assistant.ts';
import { addKey, isLive, rotateKey } from './channels/http/access/keys.ts';
import { createLogger } from './channels/http/observe/log.ts';
import { openTracing } from './channels/http/observe/tracing.ts';
import type { Config } from './config.ts';
import { OperationError } from './operations/errors.ts';
import { isPostgres } from './postgres/address.ts';
import type { StateLocation } from './state/index.ts';
import { openSecret, openState } from './state/index.ts';
import type { ApiKeyRecord, Removed, Scope, State } from './state/types.ts';
import { VERSION } from './version.ts';

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
  location: StateLocation,
  [action = '', subject = '', ...more]: readonly string[],
  values: KeysValues,
  now = Date.now(),
): Promise<string> {
  if (more.length > 0) throw new OperationError(`多余的参数“${more[0]}”；用 --help 查看用法。`);
  const state = await openState(location);
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

export const FORGET_HELP = `删除保存的问答

用法：
  npm run forget -- --asker 提问者        删除此人的问答、反馈和对话
  npm run forget -- --conversation ID     删除一段对话

提问者的写法与记录中相同，例如 user:王工、key:密钥编号。删除后不能恢复；备份不在此列。`;

export const FORGET_OPTIONS = {
  asker: { type: 'string' },
  conversation: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies NonNullable<Parameters<typeof parseArgs>[0]>['options'];

/**
 * `forget`: removes what was kept of a person or a conversation; what is to be printed.
 * @throws OperationError, StateError
 */
export async function runForget(
  location: StateLocation,
  { asker, conversation }: { readonly asker?: string; readonly conversation?: string },
): Promise<string> {
  if ((asker ?? '') === '' && (conversation ?? '') === '')
    throw new OperationError('请用 --asker 或 --conversation 写明要删除谁的记录；用 --help 查看用法。');
  const state = await openState(location);
  try {
    const removed = [
      ...(asker ? [await state.forget({ asker })] : []),
      ...(conversation ? [await state.forget({ conversationId: conversation })] : []),
    ];
    const sum = (kind: keyof Removed) => removed.reduce((total, counts) => total + counts[kind], 0);
    return `已删除 ${sum('answers')} 次问答、${sum('feedback')} 条反馈、${sum('conversations')} 段对话。`;
  } finally {
    await state.close();
  }
}

/** What the `ingest` command tells the server that started it. */
export type IngestMessage =
  | { readonly report: IngestReport }
  | { readonly error: { readonly name: string; readonly code?: string; readonly message: string } };

/** Lower than the server's, which goes on answering meanwhile. */
const INGEST_PRIORITY = 10;

/**
 * Runs `ingest` in another process, so that nobody who asks waits for it.
 * @throws CorpusError, or Error with what the process said
 */
export function ingestApart(
  { corpusDir, indexDir, store }: Pick<Config, 'corpusDir' | 'indexDir'> & { readonly store?: string },
  signal?: AbortSignal,
): Promise<IngestReport> {
  return new Promise((resolve, reject) => {
    const child = fork(
      fileURLToPath(new URL('./cli.ts', import.meta.url)),
      ['ingest', '--corpus', corpusDir, '--index', indexDir],
      {
        execArgv: ['--import', import.meta.resolve('tsx')],
        // By the environment: an address with a password is nothing for the list of processes.
        ...(store && { env: { ...process.env, STORE: store } }),
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        ...(signal ? { signal } : {}),
      },
    );
    let said = '';
    let told: IngestMessage | undefined;
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-2000);
    });
    child.once('spawn', () => {
      try {
        if (child.pid !== undefined) setPriority(child.pid, INGEST_PRIORITY);
      } catch {
        // Not everywhere may a process do so; it is a kindness, no need.
      }
    });
    child.on('message', (message) => {
      told = message as IngestMessage;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (told && 'report' in told) resolve(told.report);
      else reject(failureOf(told?.error, code, said));
    });
  });
}

function failureOf(
  error: { readonly name: string; readonly code?: string; readonly message: string } | undefined,
  code: number | null,
  said: string,
): Error {
  if (error?.name === 'CorpusError') return new CorpusError(error.code as CorpusError['code'], error.message);
  return new Error(error?.message ?? `ingest ended with code ${code}: ${said}`);
}

/**
 * The parts of a server besides its assistant, as configured. `open` opens an assistant whose index, if it must be
 * built, is built by what it is given. `close` sends and writes what is left.
 */
export async function openService(
  config: Config,
  state: State,
  open: (build: () => Promise<unknown>) => Promise<Assistant>,
) {
  const stopping = new AbortController();
  const store = isPostgres(config.store)
    ? (await import('./index/postgres/index.ts')).watchStore(config.store)
    : undefined;
  const ingest = () => ingestApart(config, stopping.signal);
  const logger = createLogger({ level: config.logLevel });
  const tracing = config.otlpEndpoint ? await openTracing(config.otlpEndpoint, VERSION) : undefined;
  return {
    state,
    access: config.access,
    secret: await openSecret(config),
    logger,
    logQuestions: config.logQuestions,
    retentionDays: config.retentionDays,
    generates: config.chat.baseUrl !== undefined && config.chat.model !== undefined,
    tracing,
    reindex: { ingest, open: () => open(ingest), watch: config.watch ? config.corpusDir : undefined },
    shared: store && {
      builtAt: store.builtAt,
      // Never built anew: of servers of two versions each would put its own in use, over and over.
      open: () =>
        open(() => Promise.reject(new OperationError('数据库里的索引不是由这个版本建立的，仍用原来的。'))),
    },
    async close() {
      stopping.abort();
      logger.flush();
      await tracing?.close();
      await store?.close();
    },
  };
}
