/**
 * Configuration: environment variables, and a `.env` file for those the environment does not set.
 *
 * One schema holds everything there is to know of a variable: what values it takes, its default, and what it is
 * for in Chinese and English. The README's table and `.env.example` follow {@link VARIABLES}.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parse as parseDotenv } from 'dotenv';
import { z } from 'zod';

/** What a variable is for. */
interface About {
  readonly zh: string;
  readonly en: string;
  /** It does something in this version; only these belong in the README's table. */
  readonly active?: boolean;
  /** A key or token: its value appears in no message. */
  readonly secret?: boolean;
}

const text = (about: About) =>
  z
    .string()
    .trim()
    .min(1)
    .optional()
    .meta({ ...about });
const textOr = (fallback: string, about: About) =>
  z
    .string()
    .trim()
    .min(1)
    .default(fallback)
    .meta({ ...about });
const url = (about: About, protocol = /^https?$/) =>
  z
    .url({ protocol, error: urlError })
    .optional()
    .meta({ ...about });
const urlOr = (fallback: string, about: About, protocol = /^https?$/) =>
  z
    .url({ protocol, error: urlError })
    .default(fallback)
    .meta({ ...about });
const urlError = () => '应为完整的网址，例如 https://example.org';

const model = (zh: string, en: string) => ({
  base: url({
    zh: `${zh}：OpenAI 兼容接口的地址`,
    en: `${en}: base URL of an OpenAI-compatible endpoint`,
    active: true,
  }),
  key: text({ zh: `${zh}：接口密钥`, en: `${en}: API key`, secret: true, active: true }),
  name: text({ zh: `${zh}：模型名称`, en: `${en}: model name`, active: true }),
});
const milliseconds = (fallback: string, about: About) =>
  z
    .string()
    .refine((value) => /^\d{1,7}$/.test(value) && Number(value) >= 1, '应为 1 到 9999999 之间的整数（毫秒）')
    .default(fallback)
    .meta({ ...about });
const whole = (fallback: string, least: number, about: About) =>
  z
    .string()
    .refine((value) => /^\d{1,7}$/.test(value) && Number(value) >= least, `应为不小于 ${least} 的整数`)
    .default(fallback)
    .meta({ ...about });
const onOff = (fallback: 'on' | 'off', about: About) =>
  z
    .enum(['on', 'off'], { error: () => '应为 on 或 off' })
    .default(fallback)
    .meta({ ...about });
const chat = {
  ...model('对话模型', 'Chat model'),
  base: url({
    zh: '对话模型：OpenAI 兼容接口的地址；与 CHAT_MODEL 都设了才用模型写回答',
    en: 'Chat model: base URL of an OpenAI-compatible endpoint; answers are generated once CHAT_MODEL is set, too',
    active: true,
  }),
};
const embedding = model('向量模型', 'Embedding model');
const rerank = model('重排模型', 'Rerank model');
const websocket = /^wss?$/;

const networks = (about: About) =>
  z
    .string()
    .refine(
      (value) => listed(value).every(isNetwork),
      '应为 IP 地址或网段，用逗号隔开，例如 127.0.0.1,10.0.0.0/8',
    )
    .optional()
    .meta({ ...about });
const headerName = (about: About) =>
  z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, '应为请求头的名字，例如 X-Forwarded-User')
    .optional()
    .meta({ ...about });
const count = (about: About, fallback?: string) => {
  const schema = z.string().regex(/^\d{1,7}$/, '应为整数');
  return (fallback === undefined ? schema.optional() : schema.default(fallback)).meta({ ...about });
};
const flag = (about: About) =>
  z
    .enum(['0', '1'], { error: () => '应为 0 或 1' })
    .default('0')
    .meta({ ...about });

/** The entries of a list with commas. */
function listed(value: string): string[] {
  return value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/** An address, or a network as address/bits. */
function isNetwork(entry: string): boolean {
  const [address = '', bits] = entry.split('/');
  const width = { 4: 32, 6: 128 }[isIP(address)];
  return width !== undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width));
}

const SCHEMA = z.object({
  CORPUS_DIR: textOr('corpus', {
    zh: '规划文件、plans.yaml、检索辅助与术语表所在的文件夹',
    en: 'The plans, plans.yaml, their enrichment and the glossary',
    active: true,
  }),
  INDEX_DIR: textOr('index', {
    zh: '索引所在的文件夹，由 npm run ingest 建立，可以删除',
    en: 'The built index (npm run ingest); safe to delete',
    active: true,
  }),
  DATA_DIR: textOr('data', {
    zh: '需要长期保留的数据：问答记录、反馈、对话',
    en: 'What must last: answers given, feedback, conversations',
    active: true,
  }),
  PORT: z
    .string()
    .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65535, '应为 0 到 65535 之间的整数')
    .default('8787')
    .meta({ zh: '服务端口', en: 'Port of the server', active: true } satisfies About),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, '应为主机名或 IP 地址')
    .default('127.0.0.1')
    .meta({
      zh: '监听地址：127.0.0.1 只供本机访问，0.0.0.0 供网络访问',
      en: '127.0.0.1 serves this machine only; 0.0.0.0 serves the network',
      active: true,
    } satisfies About),
  PUBLIC_URL: url({
    zh: '用户访问本服务的网址，用于机器人消息里的链接',
    en: 'The address people reach the server at, for links in bots',
    active: true,
  }),
  EMBED_ORIGINS: z
    .string()
    .regex(/^https?:\/\/[\w.:[\]-]+(?:\s*,\s*https?:\/\/[\w.:[\]-]+)*$/i, {
      error: () => '应为以逗号分隔的网站来源，不含路径，例如 https://oa.example.cn',
    })
    .optional()
    .meta({
      zh: '可以嵌入聊天组件的网站，以逗号分隔，如 https://oa.example.cn；不设则只限本站',
      en: 'Sites that may embed the chat, parted by commas, e.g. https://oa.example.cn; none, this site only',
      active: true,
    } satisfies About),
  STORE: z
    .string()
    .regex(/^(?:hnsw|postgres(?:ql)?:\/\/[^\s/]+\/\S+)$/, {
      error: () => '应为 hnsw，或 postgres://用户:密码@主机:端口/数据库',
    })
    .default('hnsw')
    .meta({
      zh: '存放处：`hnsw` 为本机文件；`postgres://用户:密码@主机/数据库` 为带 pgvector 的 PostgreSQL，供多台服务共用',
      en: 'Where all is kept: hnsw, files of this machine; or postgres://user:password@host/database with pgvector, shared by any number of servers (docs/scale.md)',
      secret: true,
      active: true,
    } satisfies About),

  AUTH: z
    .enum(['none', 'keys', 'header', 'jwt'], { error: () => '应为 none、keys、header 或 jwt' })
    .default('none')
    .meta({
      zh: '谁可以使用：none 任何人，keys 持密钥者，header 经反向代理登录者，jwt 持登录令牌者；密钥在各种方式下都有效',
      en: 'Who may use it: none anyone, keys holders of a key, header people signed in at a proxy, jwt holders of a sign-in token; keys work in every mode',
      active: true,
    } satisfies About),
  AUTH_TRUSTED_HEADER: headerName({
    zh: 'AUTH=header 时，反向代理写明登录人的请求头；只信来自 TRUSTED_PROXIES 的',
    en: 'AUTH=header: the header in which the proxy names the person; believed from TRUSTED_PROXIES only',
    active: true,
  }),
  AUTH_TRUSTED_PLANS_HEADER: headerName({
    zh: '反向代理写明此人可见规划（编号，逗号隔开）的请求头',
    en: 'The header in which the proxy lists the plans (ids, with commas) the person may see',
    active: true,
  }),
  TRUSTED_PROXIES: networks({
    zh: '反向代理的地址或网段，逗号隔开；只有它们的 X-Forwarded-For 等请求头可信',
    en: 'Addresses or networks of reverse proxies, with commas; only their X-Forwarded-For and the like are believed',
    active: true,
  }),
  AUTH_JWKS_URL: url({
    zh: 'AUTH=jwt 时，身份提供方公布签名公钥的网址（JWKS）',
    en: 'AUTH=jwt: where the identity provider publishes its keys (JWKS)',
    active: true,
  }),
  AUTH_ISSUER: text({ zh: '登录令牌的签发者（iss）', en: 'Issuer (iss) of sign-in tokens', active: true }),
  AUTH_AUDIENCE: text({ zh: '登录令牌的受众（aud）', en: 'Audience (aud) of sign-in tokens', active: true }),
  AUTH_PLANS_CLAIM: textOr('plans', {
    zh: '登录令牌里写明可见规划（编号）的字段',
    en: 'Claim of sign-in tokens that lists the plans (ids) a person may see',
    active: true,
  }),
  ACCESS_PLANS: text({
    zh: '没有单独指定时可见的规划（编号，逗号隔开），包括机器人；不设则为全部',
    en: 'Plans (ids, with commas) seen by whoever has no list of their own, bots included; unset: all',
    active: true,
  }),
  RATE_LIMIT_KEY: count(
    {
      zh: '每个密钥或登录人每分钟最多几次请求',
      en: 'Requests a minute for each key or person',
      active: true,
    },
    '1200',
  ),
  RATE_LIMIT_ADDRESS: count({
    zh: '每个网络地址每分钟最多几次请求；不设则为 600，本机不限',
    en: 'Requests a minute from each address; unset: 600, and any number from this machine',
    active: true,
  }),

  WATCH: flag({
    zh: '为 1 时，规划目录有变化就自动重新读入，期间照常服务',
    en: '1: when the corpus changes it is read anew, while serving',
    active: true,
  }),
  RETENTION_DAYS: count(
    {
      zh: '问答记录、反馈、对话保留几天，0 为一直保留',
      en: 'Days that answers, feedback and conversations are kept; 0: for ever',
      active: true,
    },
    '0',
  ),

  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: () => '应为 debug、info、warn、error 或 silent',
    })
    .default('info')
    .meta({
      zh: '日志的详细程度：debug、info、warn、error、silent',
      en: 'How much is logged: debug, info, warn, error, silent',
      active: true,
    } satisfies About),
  LOG_QUESTIONS: flag({
    zh: '为 1 时日志里记下问题原文',
    en: '1: questions are logged as typed',
    active: true,
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url({
    zh: 'OpenTelemetry 接收端（OTLP/HTTP），不设则不发送',
    en: 'OpenTelemetry collector (OTLP over HTTP); unset: nothing is sent',
    active: true,
  }),

  CHAT_BASE_URL: chat.base,
  CHAT_API_KEY: chat.key,
  CHAT_MODEL: chat.name,
  CHAT_TIMEOUT_MS: whole('20000', 100, {
    zh: '一次提问等对话模型的毫秒数，改写和重试都算在内；过时给出原文摘录',
    en: 'Milliseconds one question waits for the chat model, retry and repair included; then the answer is extractive',
    active: true,
  }),
  CHAT_CONTEXT_TOKENS: whole('6000', 500, {
    zh: '给对话模型的段落最多约多少词元；段落只整段取舍',
    en: 'About how many tokens of passages the chat model is given; passages are taken whole or not at all',
    active: true,
  }),
  CHAT_ANSWER: onOff('on', {
    zh: '是否由对话模型写回答',
    en: 'Whether the chat model writes the answers',
    active: true,
  }),
  CHAT_REWRITE: onOff('on', {
    zh: '是否由对话模型把追问补全；失败时用内置的办法',
    en: 'Whether the chat model completes follow-up questions; the built-in way is the fallback',
    active: true,
  }),
  CHAT_EXPAND: onOff('off', {
    zh: '是否由对话模型给问题补充检索用词；每次提问多一次调用',
    en: 'Whether the chat model adds search words to questions, at the price of one more call for each',
    active: true,
  }),
  EMBEDDING_BASE_URL: embedding.base,
  EMBEDDING_API_KEY: embedding.key,
  EMBEDDING_MODEL: embedding.name,
  EMBEDDING_TIMEOUT_MS: milliseconds('5000', {
    zh: '向量模型：提问时最多等多少毫秒，超过就只按字词查找；建索引时一批文本最多等它的 12 倍',
    en: 'Embedding model: longest wait for a question, in ms, before the search goes by words alone; a batch of an ingest may take 12 times as long',
    active: true,
  }),
  EMBEDDING_ONNX_DIR: text({
    zh: '本地 ONNX 向量模型所在的文件夹，代替上面的接口；需另装 @huggingface/transformers，不会联网下载',
    en: 'Folder of a local ONNX embedding model, instead of the endpoint above; needs @huggingface/transformers, downloads nothing',
    active: true,
  }),
  RERANK_BASE_URL: url({
    zh: '重排模型：接口的地址（Jina、Cohere 的 /rerank 格式），不含末尾的 /rerank',
    en: 'Rerank model: base URL of an endpoint with /rerank as Jina and Cohere have it, without that last part',
    active: true,
  }),
  RERANK_API_KEY: rerank.key,
  RERANK_MODEL: rerank.name,
  RERANK_TIMEOUT_MS: milliseconds('3000', {
    zh: '重排模型：最多等多少毫秒，超过就用自己的顺序',
    en: 'Rerank model: longest wait in ms; after it the order of the search stands',
    active: true,
  }),

  EVAL_JUDGE_BASE_URL: url({
    zh: '评测用的评判模型：OpenAI 兼容接口的地址，不设则不评判',
    en: 'Judge model of the evaluation: base URL of an OpenAI-compatible endpoint; none, no judge',
    active: true,
  }),
  EVAL_JUDGE_KEY: text({ zh: '评判模型：接口密钥', en: 'Judge model: API key', secret: true, active: true }),
  EVAL_JUDGE_MODEL: text({ zh: '评判模型：模型名称', en: 'Judge model: model name', active: true }),

  BOT_CONCURRENCY: z
    .string()
    .regex(/^[1-9]\d?$/, '应为 1 到 99 之间的整数')
    .default('4')
    .meta({
      zh: '机器人同时回答的消息数，其余的排队',
      en: 'How many messages the bots answer at a time; the others wait',
      active: true,
    } satisfies About),
  SLACK_SIGNING_SECRET: text({
    zh: 'Slack 应用的签名密钥',
    en: 'Slack app: signing secret',
    secret: true,
    active: true,
  }),
  SLACK_BOT_TOKEN: text({ zh: 'Slack 机器人令牌', en: 'Slack app: bot token', secret: true, active: true }),
  SLACK_APP_TOKEN: text({
    zh: 'Slack 应用令牌，用于无需公网地址的 Socket 模式',
    en: 'Slack app token, for socket mode, which needs no public address',
    secret: true,
    active: true,
  }),
  SLACK_API_URL: urlOr('https://slack.com/api/', {
    zh: 'Slack 接口地址',
    en: 'Address of the Slack API',
    active: true,
  }),

  WECOM_BOT_ID: text({
    zh: '企业微信智能机器人 ID，经 WebSocket 连接，无需公网地址',
    en: 'WeCom intelligent bot over a WebSocket, which needs no public address: bot id',
    active: true,
  }),
  WECOM_BOT_SECRET: text({
    zh: '企业微信智能机器人密钥',
    en: 'WeCom intelligent bot: secret',
    secret: true,
    active: true,
  }),
  WECOM_WS_URL: urlOr(
    'wss://openws.work.weixin.qq.com',
    {
      zh: '企业微信智能机器人的 WebSocket 地址',
      en: 'WebSocket address of the WeCom intelligent bot',
      active: true,
    },
    websocket,
  ),
  WECOM_TOKEN: text({
    zh: '企业微信回调（/wecom/callback）的 Token',
    en: 'WeCom callback (/wecom/callback): token',
    secret: true,
    active: true,
  }),
  WECOM_ENCODING_AES_KEY: z
    .string()
    .regex(/^[A-Za-z0-9]{43}$/, '应为 43 位字母或数字')
    .optional()
    .meta({
      zh: '企业微信回调的 EncodingAESKey',
      en: 'WeCom callback: EncodingAESKey',
      secret: true,
      active: true,
    } satisfies About),
  WECOM_CORP_ID: text({ zh: '企业微信自建应用：企业 ID', en: 'WeCom self-built app: corp id', active: true }),
  WECOM_CORP_SECRET: text({
    zh: '企业微信自建应用：密钥',
    en: 'WeCom self-built app: secret',
    secret: true,
    active: true,
  }),
  WECOM_AGENT_ID: z
    .string()
    .regex(/^\d+$/, '应为数字')
    .optional()
    .meta({
      zh: '企业微信自建应用：AgentId',
      en: 'WeCom self-built app: agent id',
      active: true,
    } satisfies About),
  WECOM_API_URL: urlOr('https://qyapi.weixin.qq.com', {
    zh: '企业微信接口地址',
    en: 'Address of the WeCom API',
    active: true,
  }),
});

type VariableName = keyof typeof SCHEMA.shape;

/** One environment variable as the README lists it. */
export interface Variable extends About {
  readonly name: VariableName;
  /** The value when it is not set; undefined when nothing is assumed. */
  readonly default: string | undefined;
}

/** Every variable, in the order of the contract. */
export const VARIABLES: readonly Variable[] = (Object.keys(SCHEMA.shape) as VariableName[]).map((name) => ({
  ...(SCHEMA.shape[name].meta() as unknown as About),
  name,
  default: SCHEMA.shape[name].parse(undefined),
}));

/** The README's table of the variables that do something in this version, as Markdown. */
export function variablesTable(language: 'zh' | 'en'): string {
  const head = language === 'zh' ? ['变量', '默认值', '说明'] : ['variable', 'default', 'for'];
  const rows = VARIABLES.filter((variable) => variable.active).map((variable) => [
    `\`${variable.name}\``,
    variable.default === undefined ? '' : `\`${variable.default}\``,
    variable[language],
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** An endpoint that speaks OpenAI's protocol; in use when `baseUrl` and `model` are set. */
export interface ModelEndpoint {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly model?: string | undefined;
  /** The longest wait for an answer to a question, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Where vectors come from: an endpoint, a folder with a model, or, with neither, the built-in embedding. */
export interface EmbeddingSettings extends ModelEndpoint {
  readonly onnxDir?: string | undefined;
}

/** The chat model and what it is used for. */
export interface ChatSettings extends ModelEndpoint {
  /** Milliseconds one question waits for the model, all in all. */
  readonly timeoutMs: number;
  /** Tokens of passages it is given. */
  readonly contextTokens: number;
  readonly answers: boolean;
  readonly rewrites: boolean;
  readonly expands: boolean;
}

/** The configuration, checked. Folders are as given: relative ones count from the working directory. */
export type Config = ReturnType<typeof parseConfig>;

/** A variable has a value that cannot be used. The message is one line in Chinese, without secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly variable: string;
  constructor(variable: string, message: string) {
    super(message);
    this.variable = variable;
  }
}

/**
 * Checks the variables of `env`; a variable set to nothing counts as not set.
 * @throws ConfigError naming the first variable that is wrong
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>) {
  const set = Object.fromEntries(VARIABLES.map(({ name }) => [name, env[name]?.trim() || undefined]));
  const result = SCHEMA.safeParse(set);
  if (!result.success) {
    const issue = result.error.issues[0];
    const name = String(issue?.path[0]);
    const secret = VARIABLES.find((variable) => variable.name === name)?.secret;
    const value = secret ? '的值' : `的值“${set[name]?.slice(0, 100).replace(/\s+/g, ' ')}”`;
    throw new ConfigError(name, `环境变量 ${name} ${value}无效：${issue?.message}。`);
  }
  const v = result.data;
  return {
    corpusDir: v.CORPUS_DIR,
    indexDir: v.INDEX_DIR,
    dataDir: v.DATA_DIR,
    port: Number(v.PORT),
    host: v.HOST,
    publicUrl: v.PUBLIC_URL,
    // As browsers write an origin: lower case, no default port.
    embedOrigins: v.EMBED_ORIGINS?.split(',').map((origin) => new URL(origin.trim()).origin) ?? [],
    store: v.STORE,
    chat: {
      ...endpoint(v.CHAT_BASE_URL, v.CHAT_API_KEY, v.CHAT_MODEL),
      timeoutMs: Number(v.CHAT_TIMEOUT_MS),
      contextTokens: Number(v.CHAT_CONTEXT_TOKENS),
      answers: v.CHAT_ANSWER === 'on',
      rewrites: v.CHAT_REWRITE === 'on',
      expands: v.CHAT_EXPAND === 'on',
    } satisfies ChatSettings,
    embedding: {
      ...endpoint(v.EMBEDDING_BASE_URL, v.EMBEDDING_API_KEY, v.EMBEDDING_MODEL),
      timeoutMs: Number(v.EMBEDDING_TIMEOUT_MS),
      onnxDir: v.EMBEDDING_ONNX_DIR,
    } as EmbeddingSettings,
    rerank: {
      ...endpoint(v.RERANK_BASE_URL, v.RERANK_API_KEY, v.RERANK_MODEL),
      timeoutMs: Number(v.RERANK_TIMEOUT_MS),
    } as ModelEndpoint,
    botConcurrency: Number(v.BOT_CONCURRENCY),
    access: {
      host: v.HOST,
      mode: v.AUTH,
      plans: v.ACCESS_PLANS === undefined ? undefined : listed(v.ACCESS_PLANS),
      trustedHeader: v.AUTH_TRUSTED_HEADER,
      trustedPlansHeader: v.AUTH_TRUSTED_PLANS_HEADER,
      trustedProxies: listed(v.TRUSTED_PROXIES ?? ''),
      provider: providerOf(v),
      perViewer: positive('RATE_LIMIT_KEY', v.RATE_LIMIT_KEY),
      perAddress: positive('RATE_LIMIT_ADDRESS', v.RATE_LIMIT_ADDRESS),
    },
    watch: v.WATCH === '1',
    retentionDays: Number(v.RETENTION_DAYS),
    logLevel: v.LOG_LEVEL,
    logQuestions: v.LOG_QUESTIONS === '1',
    otlpEndpoint: v.OTEL_EXPORTER_OTLP_ENDPOINT,
    slack: {
      signingSecret: v.SLACK_SIGNING_SECRET,
      botToken: v.SLACK_BOT_TOKEN,
      appToken: v.SLACK_APP_TOKEN,
      apiUrl: v.SLACK_API_URL,
    },
    wecom: {
      botId: v.WECOM_BOT_ID,
      botSecret: v.WECOM_BOT_SECRET,
      wsUrl: v.WECOM_WS_URL,
      token: v.WECOM_TOKEN,
      encodingAesKey: v.WECOM_ENCODING_AES_KEY,
      corpId: v.WECOM_CORP_ID,
      corpSecret: v.WECOM_CORP_SECRET,
      agentId: v.WECOM_AGENT_ID,
      apiUrl: v.WECOM_API_URL,
    },
  } as const;
}

function positive(name: string, value: string | undefined): number | undefined {
  if (value !== undefined && Number(value) === 0)
    throw new ConfigError(name, `环境变量 ${name} 的值“0”无效：应为正整数。`);
  return value === undefined ? undefined : Number(value);
}

/** Half a sign-in is none: what its mode needs must be set. */
function providerOf(v: z.infer<typeof SCHEMA>) {
  const need = (name: keyof typeof v, mode: string) => {
    if (v[name] === undefined) throw new ConfigError(name, `AUTH=${mode} 还需要设置环境变量 ${name}。`);
  };
  if (v.AUTH === 'header') {
    need('AUTH_TRUSTED_HEADER', 'header');
    need('TRUSTED_PROXIES', 'header');
  }
  if (v.AUTH === 'jwt') need('AUTH_JWKS_URL', 'jwt');
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = v;
  if (jwksUrl === undefined) return undefined;
  need('AUTH_ISSUER', 'jwt');
  need('AUTH_AUDIENCE', 'jwt');
  return { jwksUrl, issuer: issuer as string, audience: audience as string, plansClaim: v.AUTH_PLANS_CLAIM };
}

function endpoint(
  baseUrl: string | undefined,
  apiKey: string | undefined,
  model: string | undefined,
): ModelEndpoint {
  return { baseUrl, apiKey, model };
}

/**
 * Reads the environment and, for what it does not set, the `.env` file of the working directory.
 * `process.env` is left as it is.
 * @throws ConfigError
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, file = '.env'): Config {
  return parseConfig({ ...readEnvFile(file), ...env });
}

/** The values of all keys and tokens that are set, for whoever must not tell them. @throws ConfigError */
export function loadSecrets(env: NodeJS.ProcessEnv = process.env, file = '.env'): string[] {
  const set: Record<string, string | undefined> = { ...readEnvFile(file), ...env };
  return VARIABLES.filter(({ secret }) => secret).flatMap(({ name, default: unset }) => {
    const value = set[name]?.trim();
    if (!value || value === unset) return [];
    // Of an address the password is told by itself, too.
    const password = URL.canParse(value) ? new URL(value).password : '';
    return password ? [value, password, decodeURIComponent(password)] : [value];
  });
}

function readEnvFile(file: string): Record<string, string> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError('.env', `读不了配置文件 ${file}，请检查它的权限。`);
  }
  return parseDotenv(content);
}
