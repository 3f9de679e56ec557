/**
 * `npm run bundle`: everything a machine without network needs, in one archive: the program, its dependencies as
 * installed and tested here, and Node itself. For machines of this one's system and processor only.
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { VERSION } from '../version.ts';
import { filesBelow, hashOf } from './contents.ts';
import { OperationError } from './errors.ts';

/** The repository's folder. */
const ROOT = join(import.meta.dirname, '../..');
/** What is not in the package's `files` but in the bundle. */
const ALSO = ['package.json', 'LICENSE', 'README.md'];
/** What compilers leave beside the addons, and what only those who write programs read. */
const NEEDLESS = /(?:^|\/)(?:obj\.target|\.deps|[^/]+\.(?:d\.[cm]?ts|map|o|a))$/;

/** The system and processor this bundle is for, such as `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** The archive's name without its ending, which is the name of the folder in it, too. */
export const BUNDLE = `guiwen-${VERSION}-${PLATFORM}`;

/**
 * Makes `<BUNDLE>.tar.gz` in the folder `to`; returns its path.
 * @throws OperationError if dependencies are missing or there is no `tar`
 */
export function bundle(to: string): string {
  const staged = stage(to);
  const archive = join(to, `${BUNDLE}.tar.gz`);
  try {
    const { status, error } = spawnSync('tar', ['-czf', `${archive}.making`, '-C', to, BUNDLE], {
      stdio: 'inherit',
    });
    if (status !== 0)
      throw new OperationError(`不能打包：${error ? '找不到 tar 命令' : `tar 以 ${status} 结束`}。`);
    renameSync(`${archive}.making`, archive);
    return archive;
  } finally {
    rmSync(`${archive}.making`, { force: true });
    rmSync(staged, { recursive: true, force: true });
  }
}

/** Puts together in `to` the folder that is archived; returns its path. @throws OperationError */
export function stage(to: string): string {
  const folder = join(to, BUNDLE);
  const app = join(folder, 'app');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  for (const name of [...files, ...ALSO]) cpSync(join(ROOT, name), join(app, name), { recursive: true });
  for (const name of dependencies()) copyPackage(name, app);
  mkdirSync(join(folder, 'node/bin'), { recursive: true });
  cpSync(process.execPath, join(folder, 'node/bin/node'), { dereference: true });
  chmodSync(join(folder, 'node/bin/node'), 0o755);
  for (const licence of ['../LICENSE', '../share/doc/nodejs/LICENSE']) {
    const file = join(process.execPath, '..', licence);
    if (existsSync(file)) cpSync(file, join(folder, 'node/LICENSE'));
  }
  cpSync(join(ROOT, 'deploy/install.sh'), join(folder, 'install.sh'));
  writeFileSync(join(folder, 'VERSION'), `${VERSION}\n`);
  writeFileSync(join(folder, 'PLATFORM'), `${PLATFORM}\n`);
  const sums = filesBelow(folder).map((name) => `${hashOf(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  return folder;
}

/** The folders of what `npm ci --omit=dev` installs, as the lock file has them; those for other systems are not there. */
function dependencies(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean; peer?: boolean }>;
  };
  return Object.entries(lock.packages).flatMap(([name, { dev, optional, devOptional, peer }]) => {
    if (name === '' || dev) return [];
    if (existsSync(join(ROOT, name))) return [name];
    if (optional || devOptional || peer) return [];
    throw new OperationError(`缺少依赖 ${name.replace(/^node_modules\//, '')}。请先运行 npm ci。`);
  });
}

/** Copies a package without those within it, which the lock file names by themselves. */
function copyPackage(name: string, app: string): void {
  const from = join(ROOT, name);
  cpSync(from, join(app, name), {
    recursive: true,
    filter: (source) => {
      const within = relative(from, source).split(sep).join('/');
      return within === '' || !(/(?:^|\/)node_modules$/.test(within) || NEEDLESS.test(within));
    },
  });
}

/** A size for people. */
export const megabytes = (file: string): string => `${Math.round(statSync(file).size / 1e6)} MB`;
