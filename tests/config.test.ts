/** Configuration: what is assumed, what is refused, and that its documentation is true. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  loadConfig,
  loadSecrets,
  parseConfig,
  VARIABLES,
  variablesTable,
} from '../src/config.ts';

describe('the defaults', () => {
  test('serve this machine on port 8787, from the project’s folders', () => {
    expect(parseConfig({})).toMatchObject({
      corpusDir: 'corpus',
      indexDir: 'index',
      dataDir: 'data',
      host: '127.0.0.1',
      port: 8787,
      store: 'hnsw',
    });
  });

  test('name no model and no key: nothing contacts another host', () => {
    const { chat, embedding, rerank, slack, wecom, publicUrl } = parseConfig({});
    for (const { baseUrl, apiKey, model } of [chat, embedding, rerank]) {
      expect([baseUrl, apiKey, model]).toEqual([undefined, undefined, undefined]);
    }
    expect([publicUrl, slack.botToken, wecom.botId]).toEqual([undefined, undefined, undefined]);
  });

  test('hold for a variable that is set to nothing', () => {
    expect(parseConfig({ PORT: '', CORPUS_DIR: '  ', CHAT_BASE_URL: '' })).toEqual(parseConfig({}));
  });
});

test('origins that may embed are written as browsers write them', () => {
  expect(parseConfig({ EMBED_ORIGINS: 'https://OA.example.cn:443, http://10.0.0.8:8080' })).toMatchObject({
    embedOrigins: ['https://oa.example.cn', 'http://10.0.0.8:8080'],
  });
  expect(parseConfig({}).embedOrigins).toEqual([]);
});

test('values are taken as they are, without the spaces around them', () => {
  const config = parseConfig({
    PORT: ' 80 ',
    HOST: '::',
    CORPUS_DIR: '/srv/规划',
    CHAT_BASE_URL: 'http://localhost:11434/v1',
    CHAT_MODEL: 'qwen',
    WECOM_WS_URL: 'ws://127.0.0.1:9',
    UNRELATED: 'x',
  });
  expect(config).toMatchObject({
    port: 80,
    host: '::',
    corpusDir: '/srv/规划',
    chat: { baseUrl: 'http://localhost:11434/v1', model: 'qwen' },
    wecom: { wsUrl: 'ws://127.0.0.1:9' },
  });
});

describe('is refused, in one Chinese line that names the variable:', () => {
  test.each([
    ['PORT', '80a'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '8e3'],
    ['HOST', 'my host'],
    ['HOST', 'http://localhost'],
    ['PUBLIC_URL', 'plans.example.org'],
    ['EMBED_ORIGINS', 'oa.example.cn'],
    ['EMBED_ORIGINS', 'https://oa.example.cn/portal'],
    ['EMBED_ORIGINS', '*'],
    ['CHAT_BASE_URL', 'localhost:11434'],
    ['EMBEDDING_BASE_URL', 'ftp://x'],
    ['SLACK_API_URL', 'slack'],
    ['WECOM_WS_URL', 'https://x'],
    ['WECOM_AGENT_ID', 'agent'],
    ['AUTH', 'password'],
    ['AUTH_TRUSTED_HEADER', 'X User'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '127.0.0.1,proxy.example'],
    ['RATE_LIMIT_KEY', '0'],
    ['RATE_LIMIT_ADDRESS', 'many'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_QUESTIONS', 'yes'],
  ])('%s=%s', (name, value) => {
    const refuse = () => parseConfig({ [name]: value });
    expect(refuse).toThrow(ConfigError);
    expect(refuse).toThrow(new RegExp(`^环境变量 ${name} 的值“[^\\n]+”无效：[^\\n]+。$`));
  });

  test.each([
    [{ AUTH: 'header' }, 'AUTH_TRUSTED_HEADER'],
    [{ AUTH: 'header', AUTH_TRUSTED_HEADER: 'X-User' }, 'TRUSTED_PROXIES'],
    [{ AUTH: 'jwt' }, 'AUTH_JWKS_URL'],
    [{ AUTH: 'jwt', AUTH_JWKS_URL: 'https://id.example/jwks' }, 'AUTH_ISSUER'],
    [{ AUTH_JWKS_URL: 'https://id.example/jwks', AUTH_ISSUER: 'x' }, 'AUTH_AUDIENCE'],
  ])('half a sign-in: %j', (env, missing) => {
    expect(() => parseConfig(env)).toThrow(new RegExp(`^AUTH=\\w+ 还需要设置环境变量 ${missing}。$`));
  });

  test('a secret, without the secret', () => {
    expect(() => parseConfig({ WECOM_ENCODING_AES_KEY: 'hunter2' })).toThrow(
      '环境变量 WECOM_ENCODING_AES_KEY 的值无效：应为 43 位字母或数字。',
    );
  });

  test.each(['redis', 'postgres://', 'mysql://u:hunter2@db/x', 'postgres://u:hunter2@db'])(
    'the address of a store that is none, without its password: %s',
    (store) => {
      expect(() => parseConfig({ STORE: store })).toThrow(
        '环境变量 STORE 的值无效：应为 hnsw，或 postgres://用户:密码@主机:端口/数据库。',
      );
    },
  );
});

test('the address of a database is a secret, and so is the password in it; the name of the built-in store is none', () => {
  const store = 'postgres://u:hun%40ter@db:5432/x';
  expect(parseConfig({ STORE: store }).store).toBe(store);
  expect(loadSecrets({ STORE: store }, '/nowhere')).toEqual([store, 'hun%40ter', 'hun@ter']);
  expect(loadSecrets({ STORE: 'hnsw' }, '/nowhere')).toEqual([]);
});

describe('the .env file', () => {
  const inFolder = (content: string | undefined, run: (file: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'guiwen-env-'));
    const file = join(folder, '.env');
    if (content !== undefined) writeFileSync(file, content);
    try {
      run(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test('sets what the environment does not', () => {
    inFolder('PORT=9000\nHOST=0.0.0.0 # everyone\n', (file) => {
      expect(loadConfig({ PORT: '9001' }, file)).toMatchObject({ port: 9001, host: '0.0.0.0' });
    });
  });

  test('may be missing', () => {
    inFolder(undefined, (file) => expect(loadConfig({}, file)).toEqual(parseConfig({})));
  });

  test('leaves the environment of this process as it is', () => {
    inFolder('GUIWEN_TEST=1\n', (file) => {
      loadConfig({}, file);
      expect(process.env.GUIWEN_TEST).toBeUndefined();
    });
  });
});

describe('the documentation', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  test('.env.example lists every variable with its default, and no other', () => {
    const listed = [...example.matchAll(/^#([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    expect(listed.toSorted()).toEqual(
      VARIABLES.map(({ name, default: value = '' }) => [name, value]).toSorted(),
    );
  });

  test('the README’s table has a line for each variable that does something, with its default', () => {
    const lines = variablesTable('zh').split('\n');
    expect(lines.slice(0, 2)).toEqual(['| 变量 | 默认值 | 说明 |', '| --- | --- | --- |']);
    expect(lines).toContain(
      '| `HOST` | `127.0.0.1` | 监听地址：127.0.0.1 只供本机访问，0.0.0.0 供网络访问 |',
    );
    expect(lines).toHaveLength(2 + VARIABLES.filter(({ active }) => active).length);
    expect(variablesTable('en')).toContain('| `PORT` | `8787` | Port of the server |');
    // To mend: paste what variablesTable('zh') gives.
    expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(lines.join('\n'));
  });

  test('every variable says in both languages what it is for, in one line', () => {
    for (const { zh, en } of VARIABLES) {
      expect(zh).toMatch(/^[^\n|]*\p{Script=Han}[^\n|]*$/u);
      expect(en).toMatch(/^[^\n|\p{Script=Han}]+$/u);
    }
  });
});
