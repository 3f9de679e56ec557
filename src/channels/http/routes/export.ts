/**
 * `POST /api/v1/export`: a conversation for the file.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createRoute, z } from '@hono/zod-openapi';
import type { Assistant } from '../../../assistant.ts';
import type { AnswerRecord, State } from '../../../state/types.ts';
import { currentVisit } from '../../visit.ts';
import { ApiError } from '../errors.ts';
import { makeDocument } from '../export/document.ts';
import { ErrorSchema, ExportRequestSchema } from '../schemas.ts';
import { jsonBody, jsonResponse, refusals } from './shared.ts';

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

const route = createRoute({
  method: 'post',
  path: '/api/v1/export',
  tags: ['问答'],
  summary: '把若干次回答导出为 Word 文档',
  description:
    '内容取自服务端保存的回答，每条引文都与现行正文重新核对；对不上的会在文档中注明。只能导出经本接口给出的回答。',
  request: { body: jsonBody(ExportRequestSchema) },
  responses: {
    200: {
      description: 'Word 文档（.docx）',
      content: { [DOCX]: { schema: z.string().openapi({ format: 'binary' }) } },
    },
    404: jsonResponse(ErrorSchema, '没有这次回答：answer_not_found'),
    ...refusals(400, 413, 415, 503),
  },
});

/**
 * Whether the answer was given to whoever asks for it now, and tells them of no plan they may not see (any more).
 * @param plans the ids of the plans they may see
 */
function mayHave({ channel, asker, citations }: AnswerRecord, plans: ReadonlySet<string>): boolean {
  const { viewer } = currentVisit() ?? {};
  return (
    channel === 'http' &&
    asker === viewer?.id &&
    (viewer?.plans === undefined || citations.every(({ plan }) => plans.has(plan.id)))
  );
}

/** Adds the route to `app`. */
export function addExportRoute(app: OpenAPIHono, assistant: Assistant, state: State): void {
  app.openapi(route, async (c) => {
    const records = await Promise.all(c.req.valid('json').answers.map((id) => state.answers.get(id)));
    const plans = new Set(assistant.plans().map(({ id }) => id));
    const given = records.flatMap((record) => (record && mayHave(record, plans) ? [record] : []));
    if (given.length < records.length) {
      throw new ApiError(404, 'answer_not_found', '没有找到要导出的回答，可能已经清理。');
    }
    const document = await makeDocument(given, assistant);
    return c.body(new Uint8Array(document), 200, {
      'content-type': DOCX,
      'content-disposition': `attachment; filename="guiwen.docx"; filename*=UTF-8''${encodeURIComponent('规问问答记录.docx')}`,
      'cache-control': 'no-store',
    }) as never;
  });
}
