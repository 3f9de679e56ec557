/**
 * The shapes the source reader and the indicator board read.
 * @module
 */
import { z } from '@hono/zod-openapi';
import { IndicatorSchema, label, OutlineSchema, PlanSchema, spanFields } from './schemas.ts';

const nodeId = z.string().openapi({ description: '所在标题的 id', example: '3.1.2' });
const SpanSchema = z.object(spanFields);

const CellSchema = z
  .object({
    ...spanFields,
    column: z.int().min(0).openapi({ description: '所在列，从 0 起' }),
    rest: z.array(SpanSchema).readonly().optional().openapi({ description: '跨页后接着的部分' }),
    rowSpan: z.int().optional().openapi({ description: '合并的行数；下面各行在此列没有单元格' }),
  })
  .openapi('LaidCell', { description: '单元格；空的起止相同' });

const HeadingBlock = z
  .object({
    type: z.literal('heading'),
    nodeId,
    kind: z.string().openapi({ example: 'chapter' }),
    level: z.int().min(1).openapi({ description: '目录中的层级，从 1 起' }),
    label,
    ...spanFields,
  })
  .openapi('HeadingBlock', { description: '独占一行的标题' });

const TextBlock = z
  .object({
    type: z.enum(['paragraph', 'item', 'note']),
    nodeId,
    label,
    leadEnd: z.int().optional().openapi({ description: '条号、条标题或段首句的终点' }),
    opens: z.literal(true).optional().openapi({ description: '所在标题的第一段，标题与正文同在一行' }),
    ...spanFields,
  })
  .openapi('TextBlock', { description: '一段、一项或一条注' });

const TableBlock = z
  .object({
    type: z.literal('table'),
    nodeId,
    title: z.string(),
    label,
    columns: z.int().min(1),
    header: z.array(CellSchema).readonly(),
    rows: z.array(z.object({ label, cells: z.array(CellSchema).readonly(), ...spanFields })).readonly(),
    notes: z
      .array(z.object({ label, ...spanFields }))
      .readonly()
      .openapi({ description: '表下的注' }),
    ...spanFields,
  })
  .openapi('TableBlock', { description: '表' });

export const BlocksResponseSchema = z
  .object({
    plan: PlanSchema,
    outline: OutlineSchema,
    text: z.string().openapi({ description: '整份正文；各处的 start、end 都指它' }),
    blocks: z
      .array(z.union([HeadingBlock, TextBlock, TableBlock]))
      .readonly()
      .openapi({ description: '按正文的先后；标题、段落、注与单元格合起来就是全部正文，互不重叠' }),
  })
  .openapi('BlocksResponse');

export const BoardResponseSchema = z
  .object({
    plans: z.array(PlanSchema).readonly(),
    rows: z
      .array(
        z
          .object({
            name: z.string().openapi({ description: '指标名称，各规划用名中最短的' }),
            targetYear: z.int().optional().openapi({ description: '目标年' }),
            unit: z.string().optional().openapi({ description: '单位；各规划一致时才有' }),
            comparable: z.boolean().openapi({ description: '单位与口径一致，可画在同一刻度上' }),
            numbers: z
              .array(z.object({ baseline: z.number().optional(), target: z.number().optional() }))
              .readonly()
              .openapi({ description: '与 indicators 一一对应；以文字表述的没有数值' }),
            remarks: z.array(z.string()).readonly().openapi({ description: '妨碍直接比较之处；从不换算' }),
            indicators: z.array(IndicatorSchema).readonly(),
          })
          .openapi('BoardRow', { description: '同名、同类单位、同一目标年的指标' }),
      )
      .readonly()
      .openapi({ description: '多份规划共有的在前' }),
  })
  .openapi('BoardResponse');
