/**
 * A helper process of {@link pooled}: opens the assistant and answers what it is sent, one question at a time.
 * @module
 */
import { openAssistant } from '../assistant.ts';
import type { HelperMessage, HelperTask } from './pool.ts';
import { inProcess } from './target.ts';

const [corpusDir = '', indexDir = ''] = process.argv.slice(2);
const target = inProcess(await openAssistant({ corpusDir, indexDir }));
const send = (message: HelperMessage) => process.send?.(message);

process.on('message', async ({ ticket, entry }: HelperTask) => {
  send({ ticket, seen: await target.observe(entry) });
});
process.on('disconnect', () => process.exit());
send({ ready: true });
