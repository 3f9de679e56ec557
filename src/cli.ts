/**
 * The command line: `serve`, `ingest`, `ask`, `eval`, `bench`, `mcp`, `doctor`, `enrich`, `keys`, `forget`,
 * `backup`, `restore`, `bundle`, `soak`, `migrate`.
 *
 * What goes wrong is told in one Chinese line on stderr, with exit code 1; `NODE_DEBUG=guiwen` adds the stack.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { debuglog, parseArgs, styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import type { Answer, Citation } from './answer/types.ts';
import type { Assistant, IngestProgress, IngestReport } from './assistant.ts';
import type { Config } from './config.ts';
import { ConfigError, loadConfig, loadSecrets } from './config.ts';
import { VERSION } from './version.ts';

const HELP = `规问 ${VERSION}：用自己的话问规划，每句回答都带条款级引文

用法：
  npm start                                          启动服务（索引缺失或过期时先建立）
  npm run ingest -- [--corpus 目录] [--index 目录]   读入全部规划，建立索引
  npm run ask -- "问题" [--plan ID]… [--json]        在终端里提问；--plan 只在该规划中查找
  npm run eval -- [套件…] [--base-url URL] [--baseline 文件]
  npm run bench
  npm --silent run mcp                               以 MCP 协议（标准输入输出）提供服务，由客户端启动
  npm run enrich -- [--plan ID]… [--limit N] [--dry-run] [--yes] [--jobs N] [--price-in 价] [--price-out 价]
                                                     由对话模型为还没有的段落写检索辅助
  npm run migrate -- --to postgres|files             把索引和数据从本机文件搬进 STORE 所指的数据库，或搬回来
  npm run doctor                                     检查配置的每一项能不能用
  npm run keys -- add|list|revoke|rotate             管理接口密钥；npm run keys -- --help 看用法
  npm run forget -- --asker 提问者                   删除某人或某段对话的记录
  npm run backup -- [--to 目录] [--keep N]           备份数据与规划，不必停止服务
  npm run restore -- --from 备份                     从备份恢复，原有的移到一旁
  npm run bundle -- [--to 目录]                      打成一个安装包，供没有网络的机器安装
  npm run soak -- [--minutes N] [--connections N]    压力下换索引、断接口，看有没有请求失败、内存涨不涨

环境变量见 .env.example。`;

/** The longest a stop may take, whatever still runs, in milliseconds. */
const STOP_MS = 9_500;

/** Something the person at the terminal can put right. */
class UsageError extends Error {}

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  serve,
  ingest: runIngest,
  ask,
  eval: evaluate,
  bench,
  mcp,
  doctor,
  enrich: runEnrich,
  migrate,
  keys,
  forget,
  backup: runBackup,
  restore: runRestore,
  bundle: runBundle,
  soak: runSoak,
};

async function main(argv: string[]): Promise<number> {
  const [command = 'serve', ...args] = argv;
  if (['help', '--help', '-h'].includes(command)) return print(HELP);
  if (['--version', '-v'].includes(command)) return print(VERSION);
  // `npm start -- --help`: no command is `serve`.
  const run = command.startsWith('-') ? serve : COMMANDS[command];
  if (!run) throw new UsageError(`没有“${command}”这个命令；可用的有 ${Object.keys(COMMANDS).join('、')}。`);
  return run(command.startsWith('-') ? argv : args);
}

async function serve(args: string[]): Promise<number> {
  const { values } = parse(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  const config = loadConfig();
  const { startServer } = await import('./channels/http/serve.ts');
  const server = await startServer(config);

  const stopped = new Promise<void>((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      // Whoever asks twice does not want to wait.
      process.once(signal, () => process.exit(1));
      resolve();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    whenOrphaned(() => stop('SIGTERM'));
  });

  // Until the index is open there is nobody to finish for.
  const assistant = await Promise.race([openAssistant(config), stopped]).catch(async (error) => {
    await server.stop(0);
    throw error;
  });
  if (!assistant) process.exit(0);

  const { openState } = await import('./state/index.ts');
  const state = await openState(config);
  const { openService } = await import('./operate.ts');
  const services = await openService(config, state, (build) => openAssistant(config, { build }));
  await warmUp(assistant);
  const [{ startBots }, { following }] = await Promise.all([
    import('./channels/http/bots.ts'),
    import('./channels/following.ts'),
  ]);
  // Bots outlive an index, and take up at once what an earlier process left: before there is a service.
  let service: ReturnType<typeof server.use> | undefined;
  const { plans: shown } = config.access;
  const atFirst = shown ? assistant.restrictedTo(shown) : assistant;
  const bots = await startBots(config, {
    assistant: following(() => service?.door.following() ?? atFirst),
    state,
    log: (doing, error) => services.logger.error({ err: error }, doing),
  });
  service = server.use({ assistant, ...services, mounted: bots.routes });
  const { plans, passages } = assistant.index;
  print(`已载入 ${plans} 份规划，${passages} 个段落。`);
  for (const line of bots.lines) print(line);
  print(`规问已就绪：${server.url}`);
  if (config.access.mode === 'none' && !['127.0.0.1', '::1', 'localhost'].includes(config.host))
    note('提示：网络上的任何人都能提问和阅读。要求密钥或登录，请设置 AUTH（见 docs/security.md）。');

  await stopped;
  note('正在停止…');
  setTimeout(() => process.exit(0), STOP_MS).unref();
  await Promise.all([server.stop(), bots.stop()]);
  service.door.close();
  await services.close();
  await state.close();
  return 0;
}

/** npm passes a signal to its shell only, which ends without passing it on: notice that the shell is gone. */
function whenOrphaned(stop: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 500).unref();
}

/** Asks for a plan by its name, so that dictionaries are loaded before the first person asks. */
async function warmUp(assistant: Assistant): Promise<void> {
  const question = assistant.plans()[0]?.title;
  if (question) await assistant.ask({ question: `${question}的主要目标` }, { extractive: true });
}

async function runIngest(args: string[]): Promise<number> {
  const { values } = parse(args, {
    corpus: { type: 'string' },
    index: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return print(HELP);
  const config = loadConfig();
  const { ingest } = await import('./assistant.ts');
  const progress = showProgress();
  let report: IngestReport;
  try {
    report = await ingest({
      corpusDir: values.corpus ?? config.corpusDir,
      indexDir: values.index ?? config.indexDir,
      embedding: config.embedding,
      store: config.store,
      onProgress: progress.update,
      log: progress.log,
    });
    // To the server that started this process, if one did.
    process.send?.({ report });
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    process.send?.({ error: { name, code, message } });
    throw error;
  } finally {
    progress.stop();
  }
  for (const { file, message } of report.skipped) note(`跳过 ${file}：${message}`);
  const reused = report.reused > 0 ? `（${report.reused} 份未变，沿用）` : '';
  print(
    `读入 ${report.documents} 份规划${reused}，${report.passages} 个段落，用时 ${report.seconds.toFixed(1)} 秒；索引在 ${report.indexDir}。`,
  );
  return 0;
}

async function ask(args: string[]): Promise<number> {
  const { values, positionals } = parse(
    args,
    {
      json: { type: 'boolean' },
      plan: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
    true,
  );
  if (values.help) return print(HELP);
  const question = positionals.join(' ').trim();
  if (!question) throw new UsageError('请写出问题，例如 npm run ask -- "到2025年森林覆盖率要达到多少？"');
  if ([...question].length > 2000) throw new UsageError('问题最多 2000 个字符。');

  const assistant = await openAssistant(loadConfig());
  try {
    const ids = assistant.plans().map(({ id }) => id);
    const unknown = values.plan?.find((id) => !ids.includes(id));
    if (unknown !== undefined) throw new UsageError(`没有规划“${unknown}”；可用的有 ${ids.join('、')}。`);
    const answer = await assistant.ask({ question, ...(values.plan ? { plans: values.plan } : {}) });
    return print(values.json ? JSON.stringify(answer, null, 2) : renderAnswer(answer));
  } finally {
    await assistant.close();
  }
}

/** Opens the assistant, showing how far its index is if it must be built first. */
async function openAssistant(config: Config, options: { readonly build?: () => Promise<unknown> } = {}) {
  const { openAssistant: open } = await import('./assistant.ts');
  const progress = showProgress();
  try {
    return await open({
      corpusDir: config.corpusDir,
      indexDir: config.indexDir,
      embedding: config.embedding,
      rerank: config.rerank,
      chat: config.chat,
      store: config.store,
      onProgress: progress.update,
      log: progress.log,
      ...options,
    });
  } finally {
    progress.stop();
  }
}

/** `eval`: everything about its arguments is the evaluation's own affair. */
async function evaluate(args: string[]): Promise<number> {
  const { main } = await import('./evaluation/run.ts');
  return main(args);
}

/** `keys`: see src/operate.ts. */
async function keys(args: string[]): Promise<number> {
  const { KEYS_HELP, KEYS_OPTIONS, runKeys } = await import('./operate.ts');
  const { values, positionals } = parse(args, KEYS_OPTIONS, true);
  if (values.help) return print(KEYS_HELP);
  return print(await runKeys(loadConfig(), positionals, values));
}

/** `forget`: see src/operate.ts. */
async function forget(args: string[]): Promise<number> {
  const { FORGET_HELP, FORGET_OPTIONS, runForget } = await import('./operate.ts');
  const { values } = parse(args, FORGET_OPTIONS);
  if (values.help) return print(FORGET_HELP);
  return print(await runForget(loadConfig(), values));
}

/** `bench`, once this version has it. */
async function bench(args: string[]): Promise<number> {
  const module = new URL('./evaluation/bench.ts', import.meta.url);
  if (!existsSync(module)) throw new UsageError('这个版本还没有 bench。');
  const { main } = (await import(module.href)) as { main(argv: string[]): Promise<number> };
  return main(args);
}

/** `mcp`: nothing but the protocol goes to stdout. */
async function mcp(args: string[]): Promise<number> {
  const { values } = parse(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  // What a library may have to say.
  console.log = console.info = console.debug = console.error;
  const config = loadConfig();
  const assistant = await openAssistant(config);
  const { openState } = await import('./state/index.ts');
  const state = await openState(config);
  const { serveStdio } = await import('./channels/mcp/stdio.ts');
  const log = (doing: string, error: unknown) => note(`${doing}：${error}`);
  await serveStdio({ assistant, answers: state.answers, publicUrl: config.publicUrl, log });
  await assistant.close();
  await state.close();
  return 0;
}

/** `doctor`: exit code 1 if something that is configured does not work. */
async function doctor(args: string[]): Promise<number> {
  const { values } = parse(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  const { runDoctor } = await import('./doctor/run.ts');
  return runDoctor(loadConfig(), { print, secrets: loadSecrets() });
}

/** `enrich`: search aids for the passages that lack them, made by the chat model. */
async function runEnrich(args: string[]): Promise<number> {
  const { ENRICH_OPTIONS, enrich } = await import('./enrichment/command.ts');
  const { values } = parse(args, ENRICH_OPTIONS);
  if (values.help) return print(HELP);
  return enrich(loadConfig(), values, { print, note });
}

/** `backup`: into a folder of its own below `--to`. */
async function runBackup(args: string[]): Promise<number> {
  const { values } = parse(args, {
    to: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return print(HELP);
  const keep = values.keep === undefined ? undefined : Number(values.keep);
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1))
    throw new UsageError('选项“--keep”应为不小于 1 的整数。');
  const { backup } = await import('./operations/backup.ts');
  const report = await backup({ ...loadConfig(), to: values.to ?? 'backups', keep });
  const removed = report.removed.length > 0 ? `；删去旧备份 ${report.removed.length} 份` : '';
  return print(
    `已备份 ${report.files} 个文件（${(report.bytes / 1e6).toFixed(1)} MB）：${report.folder}${removed}。`,
  );
}

/** `restore`: with the server stopped. */
async function runRestore(args: string[]): Promise<number> {
  const { values } = parse(args, { from: { type: 'string' }, help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  if (!values.from) throw new UsageError('请写出备份所在的文件夹，例如 npm run restore -- --from backups/…');
  const { restore } = await import('./operations/restore.ts');
  const { at, files, setAside } = restore({ ...loadConfig(), from: values.from });
  print(`已恢复 ${at} 的备份，共 ${files} 个文件；索引在下次启动时重建。`);
  for (const folder of setAside) print(`原有的移到了 ${folder}，确认无误后可以删除。`);
  return 0;
}

/** `bundle`: for machines of this one's kind. */
async function runBundle(args: string[]): Promise<number> {
  const { values } = parse(args, { to: { type: 'string' }, help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  const { bundle, megabytes } = await import('./operations/bundle.ts');
  note('正在打包…');
  const archive = bundle(values.to ?? 'dist');
  return print(`安装包：${archive}（${megabytes(archive)}）。安装：解开后运行 sh install.sh，不需要网络。`);
}

/** `soak`: exit code 1 if a request failed or memory grew. */
async function runSoak(args: string[]): Promise<number> {
  const { values } = parse(args, {
    minutes: { type: 'string' },
    connections: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return print(HELP);
  const minutes = Number(values.minutes ?? '1');
  const connections = Number(values.connections ?? '64');
  if (!(Number.isInteger(connections) && connections >= 1 && connections <= 1000))
    throw new UsageError('选项“--connections”应为 1 到 1000 的整数。');
  if (!(minutes > 0 && minutes <= 10_000)) throw new UsageError('选项“--minutes”应为大于 0 的分钟数。');
  const { soak } = await import('./operations/soak.ts');
  return soak(loadConfig().corpusDir, { seconds: minutes * 60, connections, print });
}

/** `migrate`: the index, then what lasts, from files into the database of STORE or back. */
async function migrate(args: string[]): Promise<number> {
  const { values } = parse(args, { to: { type: 'string' }, help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  if (values.to !== 'postgres' && values.to !== 'files')
    throw new UsageError('请说明往哪里搬：--to postgres（搬进数据库）或 --to files（搬回本机文件）。');
  const { store, ...config } = loadConfig();
  const { isPostgres } = await import('./postgres/address.ts');
  if (!isPostgres(store))
    throw new UsageError('请把 STORE 设为数据库的地址，例如 postgres://用户:密码@主机:5432/数据库。');
  const [{ moveIndex }, { stateToPostgres, stateToSqlite }] = await Promise.all([
    import('./assistant.ts'),
    import('./state/copy.ts'),
  ]);
  const moved = await moveIndex(values.to === 'postgres' ? 'in' : 'out', store, config);
  const rows =
    values.to === 'postgres'
      ? await stateToPostgres(config.dataDir, store)
      : await stateToSqlite(store, config.dataDir);
  const where = values.to === 'postgres' ? '数据库' : `${config.indexDir} 和 ${config.dataDir}`;
  return print(`索引${moved ? '已搬到' : '已在'}${where}；搬了 ${rows} 条记录。`);
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** `parseArgs`, with its complaints in Chinese. */
function parse<O extends Options>(args: string[], options: O, allowPositionals = false) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const named = /'([^']+)'/.exec(message)?.[1] ?? '';
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
      throw new UsageError(`不认识选项“${named}”；用 --help 查看用法。`);
    if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL')
      throw new UsageError(`多余的参数“${named}”；用 --help 查看用法。`);
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
      throw new UsageError(`选项“${named.replace(/ <value>$/, '')}”的值不对或缺少；用 --help 查看用法。`);
    }
    throw error;
  }
}

const PHASES: Readonly<Record<IngestProgress['phase'], string>> = {
  read: '读取文件',
  embed: '计算向量',
  index: '建立索引',
  write: '写入索引',
};

/** Progress on stderr: a bar on a terminal; elsewhere a line per phase, and every two seconds. */
function showProgress() {
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: '{phase} {bar} 文档 {documentsDone}/{documents} 段落 {passagesDone}/{passages}{left}',
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: 24,
        clearOnComplete: true,
        // The terminal's own settings stay as they are: nobody would restore them after Ctrl-C.
        hideCursor: false,
        linewrap: true,
      })
    : undefined;
  let started = false;
  let phase = '';
  let shownAt = 0;
  return {
    update(progress: IngestProgress) {
      const { documentsDone, documents, passagesDone, passages, secondsLeft } = progress;
      const left = secondsLeft === undefined ? '' : ` 约剩 ${Math.ceil(secondsLeft)} 秒`;
      const fields = {
        documentsDone,
        documents,
        passagesDone,
        passages,
        left,
        phase: PHASES[progress.phase],
      };
      const [done, total] = passages > 0 ? [passagesDone, passages] : [documentsDone, documents];
      if (bar) {
        if (!started) bar.start(total, done, fields);
        bar.setTotal(total);
        bar.update(done, fields);
      } else if (progress.phase !== phase || Date.now() - shownAt >= 2000) {
        note(`${fields.phase}：文档 ${documentsDone}/${documents}，段落 ${passagesDone}/${passages}${left}`);
        shownAt = Date.now();
      }
      started = true;
      phase = progress.phase;
    },
    log(line: string) {
      if (started) bar?.stop();
      started = false;
      note(line);
    },
    stop() {
      if (started) bar?.stop();
      started = false;
    },
  };
}

/** An answer for the terminal: text, citations, notices, nearest passages. */
function renderAnswer(answer: Answer): string {
  // Some terminals report no width, or 0.
  const width = Math.min(Math.max(process.stdout.columns || 100, 40), 100);
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(format, text) : text;
  const cite = ({ n, plan, label, quote }: Citation) =>
    `${style('cyan', `[${n}]`)} ${style('bold', `《${plan.title}》 ${label}`)}\n${style('dim', wrap(quote, width, '    '))}`;

  // Of Markdown a terminal shows lists and tables as they are; bold and escapes are for other readers.
  const text = wrap(answer.answer.replace(/\*\*([^*]+)\*\*/g, '$1'), width)
    .replace(/(?<!\\)\[\d+\]/g, (mark) => style('cyan', mark))
    .replace(/\\([!-/:-@[-`{-~])/g, '$1');
  const sections = [text];
  if (answer.status === 'not_found') sections[0] = style('yellow', '规划没有说。\n') + sections[0];
  if (answer.citations.length > 0) sections.push(answer.citations.map(cite).join('\n'));
  for (const notice of answer.notices) sections.push(style('yellow', wrap(`提示：${notice}`, width)));
  if (answer.related.length > 0) {
    sections.push(`最接近的段落，供判断，不是回答：\n${answer.related.map(cite).join('\n')}`);
  }
  if (answer.followUps.length > 0) {
    sections.push(
      `接着问：\n${answer.followUps.map((question) => wrap(`- ${question}`, width, '', '  ')).join('\n')}`,
    );
  }
  return sections.join('\n\n');
}

/** Breaks lines at `width` columns; Chinese takes two and breaks anywhere but before closing punctuation. */
function wrap(text: string, width: number, indent = '', hanging = indent): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    // A table's row is worth nothing in pieces.
    if (/^\|.*\|$/.test(paragraph)) {
      lines.push(paragraph);
      continue;
    }
    let line = indent;
    let column = indent.length;
    // Latin words and numbers stay whole, and punctuation with what it opens or closes.
    for (const piece of paragraph.match(/[（《“‘【〔]*(?:[!-~]+|[^!-~]|$)[，。；：、！？）》”’】〕％]*/gu) ??
      []) {
      const columns = columnsOf(piece);
      if (column + columns > width && column > hanging.length) {
        lines.push(line.trimEnd());
        line = hanging;
        column = hanging.length;
      }
      line += piece;
      column += columns;
    }
    lines.push(line);
  }
  return lines.join('\n');
}

const columnsOf = (text: string) =>
  [...text].reduce((sum, char) => sum + (/[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹯＀-｠￠-￦“”‘’—…]/u.test(char) ? 2 : 1), 0);

function print(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What went wrong, in one line. Errors meant for people come with such a message; others get a frame. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return `出错了：${String(error)}`;
  const meant =
    error instanceof UsageError ||
    error instanceof ConfigError ||
    [
      'ListenError',
      'OperationError',
      'CorpusError',
      'EndpointError',
      'OnnxError',
      'StateError',
      'PostgresError',
      'IndexError',
      'InvalidRequestError',
      'UnknownPlanError',
    ].includes(error.name);
  const message = error.message.replace(/\s*\n\s*/g, ' ');
  return meant ? message : `出错了：${message}（设 NODE_DEBUG=guiwen 可看详情）`;
}

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    note(explain(error));
    debuglog('guiwen')('%s', (error as Error).stack ?? error);
    process.exitCode = 1;
  },
);
