/**
 * The thread that reads one .docx or .pdf.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { decodeDocx } from './docx.ts';
import { Unreadable } from './errors.ts';
import type { Answer, Task } from './isolate.ts';
import { decodePdf } from './pdf.ts';

async function answer({ format, bytes }: Task): Promise<Answer> {
  try {
    return { text: await (format === 'docx' ? decodeDocx(bytes) : decodePdf(bytes)) };
  } catch (error) {
    if (error instanceof Unreadable) return { code: error.code, reason: error.message };
    return { code: 'damaged_document', reason: '已损坏，无法读取。请从原文重新导出后再放入。' };
  }
}

parentPort?.postMessage(await answer(workerData as Task));
