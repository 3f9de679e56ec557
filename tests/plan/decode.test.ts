import { readFileSync } from 'node:fs';
import * as docx from 'docx';
import fc from 'fast-check';
import { degrees, PDFDocument, StandardFonts } from 'pdf-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeDocx } from '../../src/plan/decode/docx.ts';
import type { DocumentErrorCode } from '../../src/plan/decode/index.ts';
import { DocumentError, decode, SUPPORTED_EXTENSIONS } from '../../src/plan/decode/index.ts';
import { readIsolated } from '../../src/plan/decode/isolate.ts';
import { formatNumber } from '../../src/plan/decode/numerals.ts';
import { decodePdf } from '../../src/plan/decode/pdf.ts';
import { closeSpacedLetters, isGibberish, repairCharacters } from '../../src/plan/decode/pdf-characters.ts';
import { openZip } from '../../src/plan/decode/zip.ts';
import { emptyDocx, rawPdf, storedZip, wordXml } from './decode-files.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytesOf = (...parts: (number[] | Uint8Array | Buffer)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));
/** 规划：第一条 in GB18030. */
const GB = [0xb9, 0xe6, 0xbb, 0xae, 0xa3, 0xba, 0xb5, 0xda, 0xd2, 0xbb, 0xcc, 0xf5];

async function failure(bytes: Uint8Array, fileName: string): Promise<DocumentError> {
  const error = await decode(bytes, fileName).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DocumentError);
  return error as DocumentError;
}

async function expectCode(
  bytes: Uint8Array,
  fileName: string,
  code: DocumentErrorCode,
): Promise<DocumentError> {
  const error = await failure(bytes, fileName);
  expect(error.code).toBe(code);
  expect(error.fileName).toBe(fileName);
  expect(error.message).toContain(fileName);
  return error;
}

describe('any file', () => {
  it('tells the formats it reads', async () => {
    expect(SUPPORTED_EXTENSIONS).toEqual(['.txt', '.md', '.markdown', '.docx', '.pdf']);
    const error = await expectCode(utf8('x'), '规划.doc', 'unsupported_format');
    expect(error.message).toContain('另存为 .docx');
    await expectCode(utf8('x'), '规划', 'unsupported_format');
    await expectCode(utf8('x'), 'a.constructor', 'unsupported_format');
  });

  it('reads extensions in any case', async () => {
    expect(await decode(utf8('# 甲'), 'A.MD')).toEqual({ format: 'md', text: '# 甲' });
  });

  it.each(['.txt', '.md', '.docx', '.pdf'])('refuses an empty %s', async (extension) => {
    await expectCode(new Uint8Array(), `空${extension}`, 'empty_document');
  });

  it('refuses a text of blanks', () => expectCode(utf8('\ufeff \n\u3000\n'), 'a.txt', 'empty_document'));

  it('refuses more than 100 MB', async () => {
    await expectCode(new Uint8Array(100 * 1024 * 1024 + 1), 'a.txt', 'too_large');
  });
});

describe('text', () => {
  const text = async (bytes: Uint8Array): Promise<string> => (await decode(bytes, 'a.txt')).text;

  it('reads UTF-8 with and without byte order mark', async () => {
    expect(await text(utf8('规划\n'))).toBe('规划\n');
    expect(await text(utf8('\ufeff规划'))).toBe('规划');
  });

  it('reads UTF-16 with a byte order mark', async () => {
    const little = Buffer.from('\ufeff规划𠮷', 'utf16le');
    expect(await text(bytesOf(little))).toBe('规划𠮷');
    expect(await text(bytesOf(Buffer.from(little).swap16()))).toBe('规划𠮷');
  });

  it('reads GB18030', async () => {
    expect(await text(bytesOf(GB))).toBe('规划：第一条');
  });

  it('makes all line ends \\n and keeps everything else', async () => {
    expect(await text(utf8('甲\r\n乙\r丙\n\n\f　丁\t1 \n'))).toBe('甲\n乙\n丙\n\n\f　丁\t1 \n');
  });

  it('does not take spoilt UTF-8 for GB18030', async () => {
    const spoilt = bytesOf(utf8('第一条\n第二条规划'), [0xe8, 0xa7]);
    const error = await expectCode(spoilt, 'a.txt', 'bad_encoding');
    expect(error.message).toContain('第 2 行');
  });

  it('refuses what is not text', async () => {
    await expectCode(bytesOf(utf8('规划'), [0], utf8('规划')), 'a.txt', 'bad_encoding');
    await expectCode(bytesOf(Buffer.from('plan', 'utf16le')), 'a.txt', 'bad_encoding');
    await expectCode(bytesOf([1, 2, 3, 4, 65, 5, 6]), 'a.txt', 'bad_encoding');
    await expectCode(bytesOf([0xff, 0xff, 0x80]), 'a.txt', 'bad_encoding');
    await expectCode(bytesOf([0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]), 'a.txt', 'bad_encoding');
  });
});

describe('Word', () => {
  const { Paragraph, TextRun } = docx;
  const render = async (
    children: docx.FileChild[],
    options: Partial<docx.IPropertiesOptions> = {},
  ): Promise<string> => {
    const document = new docx.Document({ ...options, sections: [{ children }] });
    return decodeDocx(new Uint8Array(await docx.Packer.toBuffer(document)));
  };
  const cell = (lines: string[], options: Partial<docx.ITableCellOptions> = {}): docx.TableCell =>
    new docx.TableCell({ children: lines.map((line) => new Paragraph(line)), ...options });
  const row = (...children: docx.TableCell[]): docx.TableRow => new docx.TableRow({ children });

  it('puts blank lines between paragraphs and marks headings', async () => {
    const text = await render([
      new Paragraph({ text: '第一章 总则', heading: docx.HeadingLevel.HEADING_1 }),
      new Paragraph('　　第一条　为了<规划>&制定。'),
      new Paragraph({ text: '小节', heading: docx.HeadingLevel.HEADING_3 }),
      new Paragraph(''),
    ]);
    expect(text).toBe('# 第一章 总则\n\n第一条　为了<规划>&制定。\n\n### 小节\n');
  });

  it('knows headings by Chinese style names, by inheritance and by outline level', async () => {
    const text = await render(
      [
        new Paragraph({ text: '甲', style: 's1' }),
        new Paragraph({ text: '乙', style: 's2' }),
        new Paragraph({ text: '丙', style: 's3' }),
        new Paragraph({ text: '丁', style: 's4' }),
      ],
      {
        styles: {
          paragraphStyles: [
            { id: 's1', name: '标题 1' },
            { id: 's2', name: '标题2' },
            { id: 's3', name: '三级', basedOn: 's2' },
            { id: 's4', name: '四级', paragraph: { outlineLevel: 3 } },
          ],
        },
      },
    );
    expect(text).toBe('# 甲\n\n## 乙\n\n## 丙\n\n#### 丁\n');
  });

  it('writes the automatic numbers that Word keeps out of the text', async () => {
    const item = (text: string, reference: string, level: number): docx.Paragraph =>
      new Paragraph({ text, numbering: { reference, level } });
    const { LevelFormat } = docx;
    const text = await render(
      [
        item('总则', '条款', 0),
        item('为了规划。', '条款', 1),
        new Paragraph('其间一段。'),
        item('下一条。', '条款', 1),
        item('款', '条款', 2),
        item('款', '条款', 2),
        item('附则', '条款', 0),
        item('条号连续。', '条款', 1),
        item('圆点', '圆点', 0),
      ],
      {
        numbering: {
          config: [
            {
              reference: '条款',
              levels: [
                { level: 0, format: LevelFormat.CHINESE_COUNTING_THOUSAND, text: '第%1章', start: 1 },
                { level: 1, format: LevelFormat.JAPANESE_COUNTING, text: '第%2条', start: 9 },
                { level: 2, format: LevelFormat.DECIMAL, text: '（%3）', start: 1 },
              ],
            },
            { reference: '圆点', levels: [{ level: 0, format: LevelFormat.BULLET, text: '\uf06c' }] },
          ],
        },
      },
    );
    expect(text.trim().split('\n\n')).toEqual([
      '第一章 总则',
      '第九条 为了规划。',
      '其间一段。',
      '第十条 下一条。',
      '（1）款',
      '（2）款',
      '第二章 附则',
      '第九条 条号连续。',
      '- 圆点',
    ]);
  });

  it('goes on with articles over chapters where the list says so, and leaves tracked deletions out', async () => {
    const level = (at: number, text: string, more = ''): string =>
      `<w:lvl w:ilvl="${at}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>${more}<w:lvlText w:val="${text}"/></w:lvl>`;
    const paragraph = (text: string, at: number, mark = ''): string =>
      `<w:p><w:pPr><w:numPr><w:ilvl w:val="${at}"/><w:numId w:val="5"/></w:numPr><w:rPr>${mark}</w:rPr></w:pPr>` +
      `<w:r><w:t>${text}</w:t></w:r></w:p>`;
    const deleted =
      '<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="5"/></w:numPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>' +
      '<w:del w:id="2"><w:r><w:delText>删</w:delText></w:r></w:del></w:p>';
    const bytes = emptyDocx({
      'word/document.xml': wordXml(
        'document',
        `<w:body>${paragraph('甲', 0)}${paragraph('乙', 1)}${deleted}${paragraph('丙', 0)}${paragraph('丁', 1)}</w:body>`,
      ),
      'word/numbering.xml': wordXml(
        'numbering',
        `<w:abstractNum w:abstractNumId="0">${level(0, '第%1章')}${level(1, '第%2条', '<w:lvlRestart w:val="0"/>')}</w:abstractNum>` +
          '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>',
      ),
    });
    expect(await decodeDocx(bytes)).toBe('第1章 甲\n\n第1条 乙\n\n第2章 丙\n\n第2条 丁\n');
  });

  it('makes a table row one line, with empty cells where cells are merged', async () => {
    const text = await render([
      new docx.Table({
        rows: [
          row(cell(['指标'], { rowSpan: 2 }), cell(['数值'], { columnSpan: 2 }), cell(['属性'])),
          row(cell(['2025年']), cell(['2035年']), cell([''])),
          row(cell(['耕地', '保有量']), cell(['GDP', 'growth']), cell(['']), cell(['约束性'])),
          row(cell(['']), cell(['']), cell(['']), cell([''])),
        ],
      }),
      new Paragraph('表后。'),
    ]);
    expect(text).toBe('指标\t数值\t\t属性\n\t2025年\t2035年\t\n耕地保有量\tGDP growth\t\t约束性\n\n表后。\n');
  });

  it('flattens a table in a cell, and takes a table of one column for a frame', async () => {
    const inner = new docx.Table({ rows: [row(cell(['一']), cell(['二']))] });
    const outer = new docx.Table({
      rows: [row(new docx.TableCell({ children: [new Paragraph('内：'), inner] }), cell(['外']))],
    });
    expect(await render([outer])).toBe('内：一二\t外\n');
    expect(await render([new docx.Table({ rows: [row(cell(['专栏1', '说明。']))] })])).toBe(
      '专栏1\n\n说明。\n',
    );
  });

  it('keeps line and page breaks, footnotes and raised figures', async () => {
    const text = await render(
      [
        new Paragraph({
          children: [
            new TextRun('面积10'),
            new TextRun({ text: '8', superScript: true }),
            new TextRun({ text: '软回车', break: 1 }),
            new docx.FootnoteReferenceRun(1),
          ],
        }),
        new Paragraph({ children: [new TextRun('前'), new docx.PageBreak(), new TextRun('后')] }),
        new Paragraph({
          children: [
            new TextRun('目录'),
            new TextRun({ children: [new docx.Tab()] }),
            new TextRun('正文'),
            new TextRun({ children: [new docx.Tab()] }),
            new TextRun('12'),
          ],
        }),
      ],
      { footnotes: { 1: { children: [new Paragraph('注文。')] } } },
    );
    expect(text).toBe('面积10⁸\n软回车[1]\n\n前\n\n\f后\n\n目录 正文\t12\n\n[1] 注文。\n');
  });

  it('refuses files that are not, or no longer, Word documents', async () => {
    await expectCode(utf8('规划'), 'a.docx', 'damaged_document');
    await expectCode(bytesOf([0xd0, 0xcf, 0x11, 0xe0, 1, 2]), 'a.docx', 'damaged_document');
    await expectCode(storedZip({ 'a.txt': 'x' }), 'a.docx', 'damaged_document');
    const whole = emptyDocx({ 'word/document.xml': wordXml('document', '<w:body/>') });
    await expectCode(whole.subarray(0, whole.length - 40), 'a.docx', 'damaged_document');
    await expectCode(whole, 'a.docx', 'empty_document');
  });

  it('refuses a zip bomb before it inflates anything', async () => {
    const honest = emptyDocx({ 'word/document.xml': wordXml('document', '<w:body/>') });
    const bomb = new Uint8Array(honest);
    const view = new DataView(bomb.buffer);
    const directory = view.getUint32(bomb.length - 22 + 16, true);
    view.setUint32(directory + 24, 301 * 1024 * 1024, true);
    expect(() => openZip(bomb)).toThrow(expect.objectContaining({ code: 'too_large' }));
    view.setUint32(directory + 24, 25 * 1024 * 1024, true);
    await expectCode(bomb, 'a.docx', 'too_large');
  });

  it('is not hung by entities, deep nesting or huge spans', async () => {
    const entities = Array.from(
      { length: 12 },
      (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
    ).join('');
    const bomb = `<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY e0 "boom">${entities}]>`;
    const body = '<w:body><w:p><w:r><w:t>&e12;</w:t></w:r></w:p></w:body>';
    const document = wordXml('document', body).replace(/^<\?xml[^>]*>/, bomb);
    await expectCode(emptyDocx({ 'word/document.xml': document }), 'a.docx', 'damaged_document');

    const nested = '<w:tbl><w:tr><w:tc>'.repeat(20_000) + '</w:tc></w:tr></w:tbl>'.repeat(20_000);
    const deep = emptyDocx({ 'word/document.xml': wordXml('document', `<w:body>${nested}</w:body>`) });
    await expectCode(deep, 'a.docx', 'damaged_document');

    const span = '<w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p><w:r><w:t>宽</w:t></w:r></w:p>';
    const wide = `<w:tbl><w:tr><w:tc>${span}</w:tc><w:tc><w:p><w:r><w:t>二</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`;
    const bytes = emptyDocx({ 'word/document.xml': wordXml('document', `<w:body>${wide}</w:body>`) });
    expect(await decodeDocx(bytes)).toMatch(/^宽\t+二\n$/);
  }, 60_000);

  it('gives up on a file that takes too long', async () => {
    const body = '<w:p><w:r><w:t>长</w:t></w:r></w:p>'.repeat(200_000);
    const bytes = emptyDocx({ 'word/document.xml': wordXml('document', `<w:body>${body}</w:body>`) });
    await expect(readIsolated({ format: 'docx', bytes }, 0.3)).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe('numbers as Word writes them', () => {
  it.each([
    [10, 'chineseCounting', '十'],
    [23, 'japaneseCounting', '二十三'],
    [105, 'chineseCountingThousand', '一百零五'],
    [110, 'chineseCountingThousand', '一百一十'],
    [12, 'chineseLegalSimplified', '壹拾贰'],
    [3, 'ideographTraditional', '丙'],
    [11, 'decimalEnclosedCircleChinese', '⑪'],
    [28, 'lowerLetter', 'bb'],
    [14, 'upperRoman', 'XIV'],
    [7, 'decimalZero', '07'],
    [7, 'someday', '7'],
    [99999, 'chineseCounting', '99999'],
  ])('%i as %s is %s', (n, format, text) => expect(formatNumber(n, format)).toBe(text));
});

describe('PDF', () => {
  const plan = new Uint8Array(readFileSync(new URL('./fixtures/plan.pdf', import.meta.url)));

  it('reads a Chinese plan without its running title and page numbers', async () => {
    const { text, ...rest } = await decode(plan, '规划.pdf');
    expect(plan.length).toBeGreaterThan(0); // the bytes are still the caller's
    expect(rest).toEqual({ format: 'pdf', wrapped: true });
    expect(text.split('\n').slice(0, 3)).toEqual([
      '明川市国土空间总体规划（2021—2035年）',
      '第一章 总则',
      expect.stringMatching(/^第一条 为贯彻落实国家和省关于国土空间规划/),
    ]);
    expect(text.split('\f').slice(1)).toEqual([
      [
        '第二章 目标',
        '第三条 到 2035 年，主要指标见下表。',
        '指标\t单位\t2025年\t2035年\t属性',
        '耕地保有量\t万亩\t128.50\t128.50\t约束性',
        '生态保护红线面积\t平方千米\t412.3\t\t约束性',
        '人均公园绿地面积\t平方米\t12.0\t14.5\t预期性',
        '第四条 指标的解释见附表。',
        '',
      ].join('\n'),
      '第三章 附则\n第五条 本规划自批准之日起施行。\n',
    ]);
  });

  interface Word {
    readonly text: string;
    readonly x: number;
    readonly y: number;
  }
  const print = async (...pages: Word[][]): Promise<Uint8Array> => {
    const pdf = await PDFDocument.create();
    const font = await pdf.embedFont(StandardFonts.Helvetica);
    for (const words of pages) {
      const page = pdf.addPage([595, 842]);
      for (const { text, x, y } of words) page.drawText(text, { x, y, size: 10, font });
    }
    return pdf.save();
  };

  it('orders lines by where they stand, not by when they were drawn', async () => {
    const text = await decodePdf(
      await print([
        { text: 'last', x: 50, y: 100 },
        { text: 'right', x: 70, y: 400.5 },
        { text: 'left', x: 50, y: 400 },
      ]),
    );
    expect(text).toBe('left right\nlast\n');
  });

  it('takes a wide gap for a column only if a neighbouring line has it too', async () => {
    const line = (y: number, ...texts: [string, number][]): Word[] =>
      texts.map(([text, x]) => ({ text, x, y }));
    const text = await decodePdf(
      await print([
        ...line(700, ['signed', 50], ['dated', 300]),
        ...line(680, [
          'running text of a paragraph that fills up the whole line from the left to the right',
          50,
        ]),
        ...line(660, ['and so on', 50]),
        ...line(500, ['name', 50], ['2025', 200], ['2035', 300]),
        ...line(480, ['farmland', 50], ['1.5', 205], ['2', 310]),
        ...line(460, ['forest', 50], ['7', 312]),
      ]),
    );
    expect(text.split('\n')).toEqual([
      'signed dated',
      'running text of a paragraph that fills up the whole line from the left to the right',
      'and so on',
      'name\t2025\t2035',
      'farmland\t1.5\t2',
      'forest\t\t7',
      '',
    ]);
  });

  it('reads pages on their side and leaves out text set askew', async () => {
    const pdf = await PDFDocument.create();
    const font = await pdf.embedFont(StandardFonts.Helvetica);
    const turned = pdf.addPage([595, 842]);
    turned.setRotation(degrees(90));
    const sideways = pdf.addPage([595, 842]);
    for (const page of [turned, sideways]) {
      page.drawText('first', { x: 100, y: 100, size: 10, font, rotate: degrees(90) });
      page.drawText('line', { x: 100, y: 125, size: 10, font, rotate: degrees(90) });
      page.drawText('second line', { x: 120, y: 100, size: 10, font, rotate: degrees(90) });
      page.drawText('internal', { x: 200, y: 300, size: 60, font, rotate: degrees(45) });
    }
    expect(await decodePdf(await pdf.save())).toBe('first line\nsecond line\n\ffirst line\nsecond line\n');
  });

  it('repairs what fonts do to characters', () => {
    expect(repairCharacters('国⼟、⻅面\u200b、2021―2035')).toBe('国土、见面、2021—2035');
    expect(closeSpacedLetters('国 土 空 间')).toBe('国土空间');
    expect(closeSpacedLetters('第一章 总则 2 年')).toBe('第一章 总则 2 年');
    expect(isGibberish('\ue001\ue002规\ue003')).toBe(true);
    expect(isGibberish('规划\ue001文本')).toBe(false);
  });

  it('keeps lines that repeat in the middle of pages', async () => {
    const page = (n: number): Word[] => [
      { text: `Page ${n} of 3`, x: 250, y: 30 },
      { text: `Article ${n}`, x: 50, y: 500 },
    ];
    expect(await decodePdf(await print(page(1), page(2), page(3)))).toBe(
      'Article 1\n\fArticle 2\n\fArticle 3\n',
    );
  });

  it('tells a scan, a lock and a font it has no table for from damage', async () => {
    expect((await expectCode(await print([]), 'a.pdf', 'no_text')).message).toContain('扫描件');
    const locked = await expectCode(rawPdf('SimSun', 'GBK-EUC-H', true), 'a.pdf', 'damaged_document');
    expect(locked.message).toContain('密码');
    const error = await failure(rawPdf('SimSun', 'GBK-EUC-H', false), 'a.pdf').catch(() => undefined);
    if (error !== undefined) expect(error.message).toContain('没有嵌入的中文字体'); // with pdfjs-dist it is read
    await expectCode(utf8('%PDF-1.7\nnothing'), 'a.pdf', 'damaged_document');
    await expectCode(plan.subarray(0, 200), 'a.pdf', 'damaged_document');
    await expectCode(utf8('规划'), 'a.pdf', 'damaged_document');
  });
});

describe('arbitrary bytes', () => {
  it.each(SUPPORTED_EXTENSIONS)('end in text or a DocumentError as %s', async (extension) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const outcome = await decode(bytes, `任意${extension}`).catch((error: unknown) => error);
        if (!(outcome instanceof DocumentError)) {
          expect((outcome as { text: string }).text).not.toMatch(/\p{Surrogate}|\r/u);
        }
      }),
      { numRuns: 300 },
    );
  });

  describe('in place of some of a file', () => {
    const files: Record<string, Uint8Array> = {};
    beforeAll(async () => {
      const document = new docx.Document({ sections: [{ children: [new docx.Paragraph('规划正文')] }] });
      files['.docx'] = new Uint8Array(await docx.Packer.toBuffer(document));
      files['.pdf'] = new Uint8Array(readFileSync(new URL('./fixtures/plan.pdf', import.meta.url)));
    });

    it.each(['.docx', '.pdf'])(
      'end in text or a DocumentError as %s',
      async (extension) => {
        const whole = files[extension]!;
        const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), {
          minLength: 1,
          maxLength: 30,
        });
        await fc.assert(
          fc.asyncProperty(edits, fc.integer({ min: 100, max: whole.length }), async (changes, length) => {
            const bytes = whole.slice(0, changes.length % 3 === 0 ? length : whole.length);
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            const outcome = await decode(bytes, `坏${extension}`).catch((error: unknown) => error);
            if (!(outcome instanceof DocumentError)) expect(outcome).toHaveProperty('text');
          }),
          { numRuns: 8 },
        );
      },
      60_000,
    );
  });
});
