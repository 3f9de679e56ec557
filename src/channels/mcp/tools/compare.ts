/**
 * `compare_indicators`: one indicator across the plans' indicator tables.
 * @module
 */
import { z } from 'zod';
import type { IndicatorRow } from '../../../assistant.ts';
import type { IndicatorValue } from '../../../plan/types.ts';
import { escapeMarkdown, sourceLine, withUrl } from '../../markdown.ts';
import { CitationSchema, PlanRef, plansInput } from '../schemas.ts';
import { checkPlans, defineTool } from '../tool.ts';

/** Rows given at most; `total` tells how many there are. */
const ROWS_MAX = 100;
/** Plans without the indicator named at most in the text. */
const PLANS_MAX = 30;
/** Names told at most when none fits. */
const NAMES_MAX = 80;

const input = z.object({
  name: z.string().trim().min(1).max(200).describe('指标名称，可只写一部分，例如“森林覆盖率”'),
  plans: plansInput,
});

const Value = z.object({
  year: z.int().optional(),
  header: z.string().describe('表头原文'),
  value: z.string().describe('原文的数值'),
});

const output = z.object({
  name: z.string(),
  rows: z
    .array(
      z.object({
        plan: PlanRef,
        name: z.string(),
        unit: z.string().optional(),
        baseline: Value.optional().describe('基准年及其值'),
        target: Value.optional().describe('目标年及其值'),
        others: z.array(Value).readonly().describe('其余各列的值'),
        attribute: z.string().optional().describe('约束性或预期性'),
        notes: z.array(z.string()).readonly().describe('与本行有关的表注，原文'),
        citation: CitationSchema,
      }),
    )
    .describe('按规划排列'),
  total: z.int().describe('一共有几行'),
  without: z.array(PlanRef).describe('指标表里没有这项指标的规划；正文里可能写到，可用 ask_plans 问'),
  available: z.array(z.string()).optional().describe('一行也没有时：有哪些指标名称'),
});

/** `compare_indicators`. */
export const compareIndicators = defineTool(
  {
    name: 'compare_indicators',
    title: '比较指标',
    description:
      '在各规划的指标表里查同一项指标（单位、基准值、目标值、约束性或预期性），逐行带引文，并列出没有这项指标的规划。' +
      '数值是原文，不换算单位；单位或口径不同的行不能直接比大小。',
    input,
    output,
  },
  ({ name, plans }, { assistant, publicUrl }) => {
    checkPlans(assistant, plans);
    const compared = assistant.plans().filter(({ id }) => !plans?.length || plans.includes(id));
    const all = compared.flatMap(({ id }) => assistant.indicators({ name, plan: id }));
    const rows = all.slice(0, ROWS_MAX).map((row, i) => ({
      ...pick(row),
      citation: withUrl({ ...row.citation, n: i + 1 }, publicUrl),
    }));
    const without = compared
      .filter(({ id }) => !all.some((row) => row.plan.id === id))
      .map(({ id, title }) => ({ id, title }));
    const structured = { name, rows, total: all.length, without };
    if (rows.length === 0) {
      const ids = new Set(compared.map(({ id }) => id));
      const named = assistant.indicators().filter((row) => ids.has(row.plan.id));
      const available = [...new Set(named.map((row) => row.name))].slice(0, NAMES_MAX);
      const hint = available.length > 0 ? `表里有：${available.join('、')}。` : '';
      return {
        structured: { ...structured, available },
        text: `指标表里没有名称含“${name}”的指标。${hint}正文里可能写到，可用 ask_plans 问。`,
      };
    }
    return { structured, text: tableOf(structured, publicUrl) };
  },
);

/** The fields of a row that the tool gives; its citation is numbered apart. */
function pick({ plan, name, unit, baseline, target, others, attribute, notes }: IndicatorRow) {
  return { plan, name, unit, baseline, target, others, attribute, notes };
}

type Row = ReturnType<typeof pick> & Pick<IndicatorRow, 'citation'>;

function tableOf(
  { rows, total, without }: { rows: readonly Row[]; total: number; without: readonly { title: string }[] },
  publicUrl: string | undefined,
): string {
  const cell = (text = '') => escapeMarkdown(text.replace(/\s+/gu, ' ').trim());
  const value = (v: IndicatorValue | undefined) =>
    v ? `${cell(v.value)}${v.year ? `（${v.year}年）` : ''}` : '';
  const lines = rows.map(
    ({ plan, name, unit, baseline, target, attribute, citation }) =>
      `| ${cell(plan.title)} | ${cell(name)}[${citation.n}] | ${cell(unit)} | ${value(baseline)} | ${value(target)} | ${cell(attribute)} |`,
  );
  const table = [
    '| 规划 | 指标 | 单位 | 基准 | 目标 | 属性 |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ];
  const notes = rows.flatMap(({ citation, notes: own }) =>
    own.map((note) => `- [${citation.n}] 表注：${cell(note)}`),
  );
  const sources = rows.map(({ citation }) => `- [${citation.n}] ${sourceLine(citation, publicUrl)}`);
  const sections = [table.join('\n')];
  if (total > rows.length) sections.push(`共 ${total} 行，只列出前 ${rows.length} 行；请把名称写得更具体。`);
  if (without.length > 0) {
    const titles = without.slice(0, PLANS_MAX).map(({ title }) => `《${title}》`);
    const more = without.length > titles.length ? `等 ${without.length} 份` : '';
    sections.push(`指标表里没有这项指标：${titles.join('、')}${more}。`);
  }
  if (notes.length > 0) sections.push(notes.join('\n'));
  sections.push(`来源：\n${sources.join('\n')}`);
  return sections.join('\n\n');
}
