/**
 * Answers on record as a Word document, set as Chinese offices set theirs.
 * @module
 */
import type { FileChild, ParagraphChild } from 'docx';
import {
  AlignmentType,
  Document,
  Footer,
  HeadingLevel,
  Packer,
  PageNumber,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from 'docx';
import type { Citation, PlanSummary } from '../../../answer/types.ts';
import type { Assistant } from '../../../assistant.ts';
import type { AnswerRecord } from '../../../state/types.ts';
import type { Block, Inline } from '../../../widget/markdown.ts';
import { parseMarkdown } from '../../../widget/markdown.ts';

/** Sizes in half points: 小四 for text, 五号 for what stands around it. */
const TEXT = 24;
const SMALL = 21;
const BODY_FONT = { ascii: 'Times New Roman', hAnsi: 'Times New Roman', eastAsia: '仿宋' };
const HEAD_FONT = { ascii: 'Times New Roman', hAnsi: 'Times New Roman', eastAsia: '黑体' };

/** The document, oldest answer first. Every quote is checked against the text as it stands. */
export function makeDocument(records: readonly AnswerRecord[], assistant: Assistant): Promise<Buffer> {
  const plans = new Map(assistant.plans().map((plan) => [plan.id, plan]));
  const document = new Document({
    title: '规问问答记录',
    creator: '规问',
    styles: {
      default: {
        document: { run: { font: BODY_FONT, size: TEXT }, paragraph: { spacing: { line: 400, after: 100 } } },
        title: { run: { font: HEAD_FONT, size: 36, color: '000000' } },
        heading1: {
          run: { font: HEAD_FONT, size: 28, color: '000000' },
          paragraph: { spacing: { before: 360, after: 120 } },
        },
      },
    },
    sections: [
      {
        footers: {
          default: new Footer({
            children: [
              new Paragraph({
                alignment: AlignmentType.CENTER,
                children: [new TextRun({ size: SMALL, children: ['— ', PageNumber.CURRENT, ' —'] })],
              }),
            ],
          }),
        },
        children: [
          new Paragraph({
            heading: HeadingLevel.TITLE,
            alignment: AlignmentType.CENTER,
            children: [run('规问问答记录')],
          }),
          ...records.flatMap((record, index) => recordBlocks(record, index + 1, assistant, plans)),
        ],
      },
    ],
  });
  return Packer.toBuffer(document);
}

function recordBlocks(
  record: AnswerRecord,
  number: number,
  assistant: Assistant,
  plans: ReadonlyMap<string, PlanSummary>,
): FileChild[] {
  const { question, understood, status, mode, answer, citations, at } = record;
  const asked = new Intl.DateTimeFormat('zh-CN', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Asia/Shanghai',
  });
  const small = (text: string) => new Paragraph({ children: [run(text, { size: SMALL, color: '555555' })] });
  return [
    new Paragraph({ heading: HeadingLevel.HEADING_1, children: [run(`${number}. ${question}`)] }),
    small(`${asked.format(at)}${mode === 'generated' ? '；由模型依据原文写成，以引文为准' : ''}`),
    ...(understood === question ? [] : [small(`理解为：${understood}`)]),
    ...(status === 'answered' ? [] : [new Paragraph({ children: [run('规划没有说', { bold: true })] })]),
    ...parseMarkdown(answer).flatMap(blockChildren),
    ...(citations.length > 0 ? [small('引文')] : []),
    ...citations.map((citation) => citationBlock(citation, assistant, plans.get(citation.plan.id))),
  ];
}

function citationBlock(citation: Citation, assistant: Assistant, plan: PlanSummary | undefined): Paragraph {
  const { n, label, quote } = citation;
  const draft = plan?.status === 'draft' && !plan.title.includes('征求意见稿') ? '（征求意见稿）' : '';
  const period = plan?.period ? `（规划期${plan.period.start}—${plan.period.end}年）` : '';
  const doubt = stands(citation, assistant) ? '' : '〔与现行正文不一致，为回答当时的摘录，请核对〕';
  return new Paragraph({
    indent: { left: 420, hanging: 420 },
    children: [
      run(`[${n}] 《${citation.plan.title}》${draft}${period}${label}：“${quote}”`, { size: SMALL }),
      run(doubt, { size: SMALL, bold: true }),
    ],
  });
}

/** The quote is what the plan's text has at its offsets. */
function stands({ plan, start, end, quote }: Citation, assistant: Assistant): boolean {
  try {
    return assistant.text(plan.id, { start, end }).text === quote;
  } catch {
    // The plan is gone, or its text is shorter now.
    return false;
  }
}

function blockChildren(source: Block): FileChild[] {
  switch (source.kind) {
    case 'table': {
      const row = (cells: readonly (readonly Inline[])[], head: boolean) =>
        new TableRow({
          // To say that it is none is taken for one by some readers.
          ...(head ? { tableHeader: true } : {}),
          cantSplit: true,
          children: cells.map(
            (cell) =>
              new TableCell({
                children: [new Paragraph({ children: runs(cell, { size: SMALL, bold: head }) })],
              }),
          ),
        });
      return [
        new Table({
          width: { size: 100, type: WidthType.PERCENTAGE },
          rows: [row(source.head, true), ...source.rows.map((cells) => row(cells, false))],
        }),
      ];
    }
    case 'list':
      return source.items.map(({ depth, content }, index) => {
        const mark = source.ordered && depth === 0 ? `${source.start + index}. ` : '· ';
        return new Paragraph({
          indent: { left: 420 * (depth + 1), hanging: 420 },
          children: [run(mark), ...runs(content, {})],
        });
      });
    default:
      return [new Paragraph({ children: runs(source.content, { bold: source.kind === 'heading' }) })];
  }
}

function runs(
  content: readonly Inline[],
  style: { readonly size?: number; readonly bold?: boolean },
): ParagraphChild[] {
  return content.flatMap((piece) => {
    if (piece.kind === 'text') return run(piece.text, style);
    if (piece.kind === 'bold') return runs(piece.content, { ...style, bold: true });
    return run(`[${piece.n}]`, { ...style, superScript: true });
  });
}

type RunStyle = {
  readonly size?: number;
  readonly bold?: boolean;
  readonly color?: string;
  readonly superScript?: boolean;
};

/** A run of text, without the characters that no XML may hold: Word would open no document that has one. */
function run(text: string, style: RunStyle = {}): TextRun {
  return new TextRun({
    ...style,
    text: text.replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, ''),
  });
}
