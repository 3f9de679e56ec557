/**
 * The shapes of requests and responses. The server validates with them and `/openapi.json` is generated from them.
 * @module
 */
import { z } from '@hono/zod-openapi';

const QUESTION_MAX = 2000;

const question = (description: string, example: string) =>
  z
    .string()
    .trim()
    .min(1)
    // Counted as JSON Schema does, in characters, not UTF-16 code units.
    .refine(
      (value) => value.length <= QUESTION_MAX || [...value].length <= QUESTION_MAX,
      `最多 ${QUESTION_MAX} 个字符`,
    )
    .openapi({ description, example, minLength: 1, maxLength: QUESTION_MAX });

const offset = (description: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, '应为非负整数')
    .transform(Number)
    .optional()
    .openapi({ type: 'integer', minimum: 0, description });

const planIds = z
  .array(z.string().min(1).max(200))
  .max(100)
  .optional()
  .openapi({ description: '只在这些规划（id）中查找；不给或为空则为全部', example: ['sichuan-2025'] });

/** A place in a plan's text. */
export const spanFields = {
  start: z.int().openapi({ description: '在该规划正文中的起点（UTF-16 码元，含）', example: 1024 }),
  end: z.int().openapi({ description: '终点（不含）', example: 1066 }),
};

export const PlanRef = z
  .object({ id: z.string(), title: z.string() })
  .openapi('PlanRef', { description: '规划的 id 与标题' });

const path = z
  .array(z.string())
  .readonly()
  .openapi({ description: '标题路径，由外到内；专栏也算一级', example: ['第三章 …', '第一节 …'] });

export const label = z
  .string()
  .openapi({ description: '条款级位置，供人引用', example: '第三章第一节 第2段' });

export const CitationSchema = z
  .object({
    n: z.int().min(1).openapi({ description: '回答正文中的编号；在 related 中为名次', example: 1 }),
    passageId: z.string().openapi({ description: '所在段落的 id' }),
    plan: PlanRef,
    path,
    label,
    quote: z.string().openapi({ description: '规划原文，逐字摘录，等于正文 slice(start, end)' }),
    ...spanFields,
  })
  .openapi('Citation', { description: '引文：原文摘录及其位置' });

export const AskRequestSchema = z
  .object({
    question: question('用自己的话提的问题', '到2025年四川省的森林覆盖率要达到多少？'),
    history: z
      .array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() }))
      .optional()
      .openapi({ description: '此前的对话，由早到晚；追问据此理解' }),
    plans: planIds,
    conversationId: z.string().max(200).optional().openapi({ description: '对话的 id，由客户端决定' }),
    stream: z.boolean().optional().openapi({
      description: '为 true 时以 Server-Sent Events 逐步返回：status、delta、citations、done 或 error',
    }),
  })
  .openapi('AskRequest');

export const AnswerSchema = z
  .object({
    id: z.string().openapi({ description: '本次回答的 id' }),
    status: z
      .enum(['answered', 'not_found'])
      .openapi({ description: 'answered：规划有依据；not_found：规划没有说' }),
    reason: z
      .enum([
        'out_of_scope',
        'not_in_plan',
        'year_not_given',
        'place_not_covered',
        'detail_not_given',
        'false_premise',
        'nothing_found',
      ])
      .optional()
      .openapi({ description: 'not_found 的原因' }),
    mode: z
      .enum(['extractive', 'generated'])
      .openapi({ description: 'extractive：摘自原文；generated：由对话模型依据同样的段落写成' }),
    model: z.string().optional().openapi({ description: '写回答的对话模型；只在 mode 为 generated 时有' }),
    question: z.string().openapi({ description: '所理解的问题；追问已补全' }),
    answer: z.string().openapi({ description: 'Markdown；[1]、[2] 对应 citations 的编号' }),
    citations: z.array(CitationSchema).readonly(),
    notices: z
      .array(z.string())
      .readonly()
      .openapi({ description: '提示，例如所引规划为征求意见稿，或规划期已过' }),
    related: z
      .array(CitationSchema)
      .readonly()
      .openapi({ description: 'not_found 时最接近的段落，供提问者自己判断' }),
    followUps: z.array(z.string()).readonly().openapi({ description: '可以接着问的问题' }),
    tookMs: z.number().openapi({ description: '用时（毫秒）' }),
  })
  .openapi('Answer', { description: '回答；各渠道相同' });

export const FeedbackRequestSchema = z
  .object({
    answerId: z.string().trim().min(1).max(200).openapi({ description: '所评价的回答的 id' }),
    rating: z.enum(['up', 'down']).openapi({ description: 'up：有用；down：有误或无用' }),
    comment: z.string().trim().max(QUESTION_MAX).optional().openapi({ description: '意见' }),
  })
  .openapi('FeedbackRequest');

export const ExportRequestSchema = z
  .object({
    answers: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(200)
      .openapi({ description: '要导出的各次回答的 id，由先到后' }),
  })
  .openapi('ExportRequest');

export const SearchRequestSchema = z
  .object({
    query: question('要找的内容', '饮用水水源地保护'),
    k: z
      .int()
      .min(1)
      .max(50)
      .optional()
      .openapi({ description: '最多返回几段，1 到 50，默认 10', example: 10 }),
    plans: planIds,
  })
  .openapi('SearchRequest');

export const SearchResponseSchema = z
  .object({
    passages: z
      .array(
        z
          .object({
            id: z.string().openapi({ description: '段落的 id' }),
            plan: PlanRef,
            path,
            label,
            text: z.string().openapi({ description: '段落原文，最多 600 字' }),
            context: z
              .string()
              .openapi({ description: '随段落一起读的上文：表头、合并单元格的标题；多为空' }),
            score: z.number().openapi({ description: '相关程度，只在同一次查找内可比' }),
            ...spanFields,
          })
          .openapi('Passage'),
      )
      .readonly()
      .openapi({ description: '最相关的在前' }),
  })
  .openapi('SearchResponse');

export const PlanSchema = z
  .object({
    id: z.string().openapi({ example: 'sichuan-2025' }),
    title: z.string(),
    shortNames: z.array(z.string()).readonly().openapi({ description: '常用简称' }),
    issuer: z.string().optional().openapi({ description: '发布机关' }),
    regions: z.array(z.string()).readonly().openapi({ description: '所涉地区，由大到小' }),
    level: z
      .enum(['national', 'regional', 'provincial', 'municipal', 'district'])
      .optional()
      .openapi({ description: '层级：全国、跨省区域、省级、市级、区县级' }),
    period: z
      .object({ start: z.int(), end: z.int() })
      .optional()
      .openapi({ description: '规划期的首末年', example: { start: 2021, end: 2025 } }),
    outlookYear: z.int().optional().openapi({ description: '远景展望的年份', example: 2035 }),
    status: z.enum(['in_force', 'draft']).openapi({ description: 'in_force：已发布；draft：征求意见稿' }),
    file: z.string().openapi({ description: '原文件名' }),
    characters: z.int().openapi({ description: '正文长度（UTF-16 码元）' }),
    passages: z.int().openapi({ description: '段落数' }),
    indicators: z.int().openapi({ description: '指标数' }),
  })
  .openapi('Plan', { description: '一份规划及其概况' });

export const PlansResponseSchema = z
  .object({ plans: z.array(PlanSchema).readonly() })
  .openapi('PlansResponse');

/** A heading as clients see it; a type, since Hono takes no interface for JSON. */
export type OutlineJson = {
  id: string;
  kind: string;
  number: string;
  heading: string;
  start: number;
  end: number;
  children: OutlineJson[];
};

export const OutlineSchema: z.ZodType<OutlineJson> = z
  .object({
    id: z.string().openapi({ description: '在本规划内固定，如 3.1.2；根为空' }),
    kind: z.string().openapi({
      description:
        'root、part 编、chapter 章、section 节、article 条、item 项、box 专栏、table 表、annex 附件、front 前言、lead 段首句',
      example: 'chapter',
    }),
    number: z.string().openapi({ description: '原文的编号；没有则为空', example: '第三章' }),
    heading: z.string().openapi({ description: '整个标题，含编号' }),
    ...spanFields,
    get children() {
      return z.array(OutlineSchema);
    },
  })
  .openapi('OutlineNode', { description: '目录中的一级标题及其下级' });

export const PlanDetailSchema = z.object({ plan: PlanSchema, outline: OutlineSchema }).openapi('PlanDetail');

export const PlanPathSchema = z.object({
  id: z.string().openapi({ param: { name: 'id', in: 'path' }, description: '规划的 id' }),
});

export const TextQuerySchema = z
  .object({ start: offset('起点（含），不给则从头'), end: offset('终点（不含），不给则到尾') })
  .refine((range) => range.start === undefined || range.end === undefined || range.start <= range.end, {
    path: ['end'],
    message: '不能小于 start',
  });

export const TextResponseSchema = z
  .object({
    planId: z.string(),
    ...spanFields,
    length: z.int().openapi({ description: '整份正文的长度' }),
    text: z.string().openapi({ description: '正文的这一段' }),
    node: z
      .object({ id: z.string(), heading: z.string(), path, label })
      .openapi({ description: '这一段所在的标题' }),
  })
  .openapi('TextResponse');

const trimmed = (description: string, example?: string) =>
  z
    .string()
    .trim()
    .max(200)
    .optional()
    .openapi({ description, ...(example ? { example } : {}) });

export const IndicatorsQuerySchema = z.object({
  name: trimmed('指标名称，可只写一部分', '森林覆盖率'),
  plan: trimmed('规划的 id'),
});

const IndicatorValueSchema = z
  .object({
    year: z.int().optional().openapi({ example: 2025 }),
    header: z.string().openapi({ description: '表头原文', example: '2025年' }),
    value: z.string().openapi({ description: '原文的数值', example: '41' }),
  })
  .openapi('IndicatorValue');

export const IndicatorSchema = z
  .object({
    planId: z.string(),
    plan: PlanRef,
    number: z.string().optional().openapi({ description: '序号' }),
    category: z.string().optional().openapi({ description: '类别', example: '环境质量' }),
    name: z.string().openapi({ description: '指标名称', example: '森林覆盖率' }),
    unit: z.string().optional().openapi({ description: '单位', example: '%' }),
    baseline: IndicatorValueSchema.optional().openapi({ description: '基准年及其值' }),
    target: IndicatorValueSchema.optional().openapi({ description: '目标年及其值' }),
    others: z.array(IndicatorValueSchema).readonly().openapi({ description: '其余各列的值' }),
    attribute: z.string().optional().openapi({ description: '约束性或预期性', example: '约束性' }),
    notes: z.array(z.string()).readonly().openapi({ description: '与本行有关的表注' }),
    citation: CitationSchema,
    ...spanFields,
  })
  .openapi('Indicator', { description: '指标表中的一行' });

export const IndicatorsResponseSchema = z
  .object({ indicators: z.array(IndicatorSchema).readonly() })
  .openapi('IndicatorsResponse');

export const HealthSchema = z
  .object({ status: z.literal('ok'), version: z.string() })
  .openapi('Health', { description: '服务在运行' });

export const ReadySchema = z
  .object({
    status: z.literal('ready'),
    index: z.object({ builtAt: z.string(), plans: z.int(), passages: z.int(), embedding: z.string() }),
  })
  .openapi('Ready', { description: '索引已载入，可以回答' });

export const ErrorSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ description: '错误代码', example: 'invalid_request' }),
      message: z
        .string()
        .openapi({ description: '给提问者看的说明', example: '请求有误：question 不能为空。' }),
      details: z.unknown().optional().openapi({ description: '细节，例如有误的字段' }),
    }),
  })
  .openapi('Error', { description: '各处相同的错误格式' });
