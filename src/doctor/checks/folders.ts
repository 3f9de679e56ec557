/** Whether what is built and what must last can be written. @module */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { openState } from '../../state/index.ts';
import type { Check, Finding } from '../types.ts';
import { failure, ok } from '../types.ts';

/** Whether a folder can be written, or made, without making it. */
function writable(folder: string, variable: string): Finding {
  let nearest = resolve(folder);
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  const remedy = `请检查文件夹的权限，或用 ${variable} 换一个文件夹。`;
  if (!statSync(nearest).isDirectory())
    return failure(`${folder} 不能用作文件夹：${nearest} 是一个文件。`, remedy);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch {
    return failure(`${folder} 写不进去。`, remedy);
  }
  return ok(nearest === resolve(folder) ? `${folder} 可以写入。` : `${folder} 还没有，需要时会建立。`);
}

/** INDEX_DIR can be written. */
export const indexFolder: Check = {
  name: '索引文件夹',
  run: async (config) => writable(config.indexDir, 'INDEX_DIR'),
};

/** DATA_DIR can be written, and a database that is there can be opened. */
export const dataFolder: Check = {
  name: '数据文件夹',
  async run(config) {
    const finding = writable(config.dataDir, 'DATA_DIR');
    const holdsData =
      existsSync(config.dataDir) && readdirSync(config.dataDir).some((name) => name.endsWith('.sqlite'));
    if (finding.level === 'ok' && holdsData) await (await openState(config)).close();
    return finding;
  },
};
