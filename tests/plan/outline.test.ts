import { beforeAll, describe, expect, it } from 'vitest';
import type { OutlineNode, Plan } from '../../src/plan/types.ts';
import { byId, headings, nodesOf, readCorpus, readText, unspaced } from './reading.ts';

let plans: Map<string, Plan>;
beforeAll(async () => {
  plans = await readCorpus();
});

const plan = (id: string) => byId(plans, id);
const passage = (p: Plan, label: string) => p.passages.find((x) => x.label === label)?.text ?? `no ${label}`;
const labels = (p: Plan) => p.passages.map((x) => x.label);
const nodes = (p: Plan, kind: OutlineNode['kind']) => nodesOf(p.outline).filter((n) => n.kind === kind);
/** The outline, one heading a line, indented by depth. */
function sketch(p: Plan): string {
  const lines = (node: OutlineNode, depth: number): string[] =>
    node.children
      .filter((n) => n.kind !== 'lead')
      .flatMap((n) => [`${'  '.repeat(depth)}${n.kind} ${n.heading}`, ...lines(n, depth + 1)]);
  return lines(p.outline, 0).join('\n');
}
const outdent = (text: string) => {
  const lines = text.replace(/^\n|\n\s*$/g, '').split('\n');
  const margin = Math.min(...lines.filter((l) => l.trim() !== '').map((l) => l.search(/\S/)));
  return lines.map((l) => l.slice(margin)).join('\n');
};

describe('成渝: lines broken by the page, titles repeated at page breaks', () => {
  const id = 'chengyu-2025';

  it('has eight chapters', () => {
    expect(headings(plan(id), 'chapter')).toEqual([
      '第一章 规划背景',
      '第二章 总体要求',
      '第三章 推进绿色低碳转型发展',
      '第四章 筑牢长江上游生态屏障',
      '第五章 深化环境污染同防共治',
      '第六章 严密防控区域环境风险',
      '第七章 协同推进环境治理体系现代化',
      '第八章 实施保障',
    ]);
    expect(nodes(plan(id), 'section')).toHaveLength(29);
  });

  it('has nine boxes, each once, although titles are printed again at page breaks', () => {
    expect(headings(plan(id), 'box').map((h) => h.split(' ')[0])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `专栏${n}`),
    );
    for (const box of nodes(plan(id), 'box')) {
      const title = unspaced(box.heading);
      expect(unspaced(plan(id).text).split(title)).toHaveLength(2);
    }
  });

  it('joins the lines of a paragraph that a page break tears apart', () => {
    expect(passage(plan(id), '第三章第四节 第2段')).toContain('鼓励绿色低碳出行。');
    expect(plan(id).text).toContain('倡导“每周少开一天车”“低碳出行”等活动');
    expect(passage(plan(id), '专栏3第（四）项')).toContain('全面执行岷沱江流域排放标准');
  });

  it('counts the caption of a figure as no paragraph of the text', () => {
    expect(passage(plan(id), '第四章第一节 第3段')).toMatch(/^严格落实生态空间布局与管控。/);
    expect(passage(plan(id), '第四章第一节 注')).toBe('图 1 成渝地区生态安全格局示意图');
  });

  it('has its foreword before the first chapter, and the indicator table in the section on aims', () => {
    expect(plan(id).outline.children[0]).toMatchObject({ kind: 'front', heading: '前言' });
    expect(passage(plan(id), '规划主要指标表 第6项')).toBe(
      '[6] 地级及以上城市 PM2.5浓度下降（%）\t—\t>〔13〕\t约束性',
    );
    expect(passage(plan(id), '第八章第四节 第1段')).toContain('接受社会监督。');
  });
});

describe('川渝先行区: articles that run through all chapters', () => {
  const id = 'chuanyu-pilot-draft';

  it('has seven chapters and twenty articles', () => {
    expect(headings(plan(id), 'chapter')).toEqual([
      '一、总体要求',
      '二、共建高质量发展绿色动能重要增长极',
      '三、共筑西部安全韧性生态屏障',
      '四、共促区域环境质量持续改善',
      '五、共育巴蜀韵味美丽城乡样板',
      '六、共塑现代化生态治理体系',
      '七、组织实施',
    ]);
    expect(nodes(plan(id), 'article')).toHaveLength(20);
  });

  it('cites them as articles, the heading and its text as one', () => {
    expect(passage(plan(id), '第（十二）条')).toMatch(/^（十二）实施固体废物和新污染物治理。推动磷石膏等/);
    const article = nodes(plan(id), 'article')[11] as OutlineNode;
    expect(article.heading).toBe('（十二）实施固体废物和新污染物治理');
    expect(labels(plan(id)).filter((l) => /^第（.+）条$/.test(l))).toHaveLength(20);
  });

  it('has neither boxes nor tables nor sections', () => {
    expect(headings(plan(id), 'box', 'table', 'section')).toEqual([]);
  });
});

describe('重庆: chapter headings broken over two lines, one table cell a line', () => {
  const id = 'chongqing-2025';

  it('has ten chapters, the broken headings joined', () => {
    expect(headings(plan(id), 'chapter').map(unspaced)).toEqual([
      '第一章全市生态环境保护形势',
      '第二章开启山清水秀美丽之地建设新征程',
      '第三章以碳达峰碳中和为总抓手引领绿色转型，推动高质量发展',
      '第四章统筹山水林田湖草系统治理，筑牢长江上游重要生态屏障',
      '第五章以改善生态环境质量为核心，深入打好污染防治攻坚战',
      '第六章坚持总体国家安全观，防范化解生态环境领域重大风险',
      '第七章推进成渝地区双城经济圈生态共建环境共保，加强区域联防联治',
      '第八章深化生态文明体制改革，推进治理体系和治理能力现代化',
      '第九章实施一批重大工程项目',
      '第十章健全规划实施机制',
    ]);
    expect(headings(plan(id), 'chapter')[2]).toBe(
      '第三章 以碳达峰碳中和为总抓手引领绿色转型，推动高质量发展',
    );
    expect(nodes(plan(id), 'section')).toHaveLength(36);
    expect(nodes(plan(id), 'box')).toHaveLength(8);
  });

  it('numbers the projects of a box as its items', () => {
    expect(passage(plan(id), '专栏5 第2项')).toMatch(/^2．空气质量提升重点工程。/);
    expect(passage(plan(id), '专栏3 第2项')).toMatch(/^２．碳排放监控预警能力建设工程。/);
  });

  it('numbers the rows of a table as items of its box, the two years of the header with them', () => {
    const row = plan(id).passages.find((p) => p.label === '专栏2 第4项');
    expect(row?.text).toBe('4\t地表水国控断面水质优良（达到或优于Ⅲ类）比例（%）\t\t100\t97.3*\t约束性');
    expect(row?.context).toContain('2020年现状值 2025年目标值');
    const merged = plan(id).passages.find((p) => p.label === '专栏2 第3项第2行');
    expect(merged?.text).toBe('氨氮\t\t[0.18]');
    expect(merged?.context).toContain('主要污染物重点工程减排量（万吨）');
  });
});

describe('四川: 一、 and （一）, lead sentences as the third level', () => {
  const id = 'sichuan-2025';

  it('has twelve chapters and restarts its sections in each', () => {
    expect(headings(plan(id), 'chapter')).toEqual([
      '一、生态环境保护形势',
      '二、指导思想、基本原则与主要目标',
      '三、推动经济社会全面绿色低碳转型，建设全国绿色发展示范区',
      '四、积极应对气候变化，建设西部地区低碳发展高地',
      '五、深化大气污染协同控制，持续改善环境空气质量',
      '六、系统推进“三水”共治，巩固提升水环境质量',
      '七、扎实推进净土减废行动，保持土壤环境总体稳定',
      '八、加强风险防范与化解，守住生态环境安全底线',
      '九、加强自然生态保护修复，提升生态系统质量和稳定性',
      '十、大力推动生态价值转化，建设高品质生活宜居地',
      '十一、深化改革创新，推进环境治理体系和治理能力现代化',
      '十二、保障措施',
    ]);
    expect(nodes(plan(id), 'section')).toHaveLength(50);
    expect(nodes(plan(id), 'article')).toEqual([]);
  });

  it('cites chapter, section and paragraph', () => {
    expect(passage(plan(id), '一、（一） 第2段')).toMatch(/^大环保格局加快形成。/);
    expect(passage(plan(id), '十二、（四） 第1段')).toMatch(/^（四）严格评估考核/);
  });

  it('has the lead sentences of its paragraphs in the outline', () => {
    const section = nodes(plan(id), 'section').find((n) => n.heading === '（一）生态环境保护成效显著');
    expect(section?.children.map((n) => n.heading).slice(0, 3)).toEqual([
      '大环保格局加快形成',
      '应对气候变化成效明显',
      '大气环境质量明显改善',
    ]);
  });
});

describe('江津: a table of contents, ragged tables, markup', () => {
  const id = 'jiangjin-2025';

  it('has ten chapters, each once: the table of contents is left out', () => {
    expect(headings(plan(id), 'chapter').map(unspaced)).toEqual([
      '第一章深刻认识全区生态环境保护工作形势',
      '第二章指导思想、基本原则和总体目标',
      '第三章以改善生态环境质量为核心，深入打好污染防治攻坚战',
      '第四章统筹山水林田湖草系统治理，筑牢长江、大娄山重要生态屏障',
      '第五章以减污降碳协同增效为总抓手引导绿色转型，推动经济高质量发展',
      '第六章坚持总体国家安全观，防范化解生态环境领域重大风险',
      '第七章加强区域协作，推进渝川黔区域生态环境共建共保',
      '第八章深化生态文明体制改革，推进治理体系和治理能力现代化',
      '第九章保障措施',
      '第十章实施与考核',
    ]);
    expect(nodes(plan(id), 'section')).toHaveLength(34);
    expect(/目\s*录|\(58\)/.exec(plan(id).text)).toBeNull();
    expect(unspaced(plan(id).text).split('第十章实施与考核')).toHaveLength(2);
  });

  it('has fifteen boxes', () => {
    expect(headings(plan(id), 'box').map((h) => Number(/\d+/.exec(h)?.[0]))).toEqual(
      Array.from({ length: 15 }, (_x, i) => i + 1),
    );
  });

  it('goes on with the section after a box that stands in it', () => {
    expect(passage(plan(id), '第三章第一节 第2段')).toMatch(/^交通防治污染。/);
    expect(passage(plan(id), '第四章第一节 第2段')).toMatch(/^强化国土空间规划和用途管控。/);
    expect(passage(plan(id), '专栏6 第1—7项')).toContain('洪海湖、珍珠湖等。');
  });

  it('cites rows, runs of short items and notes of a box', () => {
    expect(passage(plan(id), '专栏2 第6项')).toMatch(/^6\t乡镇集中式饮用水水源地水质达标率\t%/);
    expect(passage(plan(id), '专栏2 第2项')).toContain('PM2.5');
    expect(passage(plan(id), '专栏4 第5—7项')).toMatch(/^——城市污水收集处理/);
    expect(passage(plan(id), '专栏2 注')).toContain('带**的指标为增设的预期性指标');
  });

  it('has no markup left in the text', () => {
    expect(/[_^]\{|\$|\\geq|<\/?p>|[A-Z]_\w/.exec(plan(id).text)).toBeNull();
    const notes = passage(plan(id), '专栏1 注');
    expect(notes).toContain('目标为≥ 24.0%');
    expect(notes).toContain('城区细颗粒（PM2.5）浓度下降');
    expect(passage(plan(id), '第九章第四节 第1段')).toContain('SO2');
  });
});

describe('statutes', () => {
  const statute = `
# 某市环境保护条例

2021年5月1日 某市人民代表大会常务委员会通过

<!-- INFO END -->

## 第一章 总则

第一条 为了保护环境，制定本条例。

第二条 本条例适用于本市行政区域内的环境保护及其监督管理活动

法律另有规定的，从其规定。

按照第九条规定应当公开的，依照其规定。

第九条规定的情形除外。

第三条 市人民政府履行下列职责：

（一）制定规划；

（二）组织实施：

1．监测；

2．执法。

前款规定的职责不得委托。

第三条之一 区人民政府参照前条执行。

## 第二章 监督

### 第一节 检查

第四条【现场检查】检查人员应当出示证件。

### 第二节 公开

第七条 本条例自2021年6月1日起施行。

附件1 排放标准

标准值由市人民政府另行公布。
`;
  let p: Plan;
  beforeAll(async () => {
    p = await readText(statute, '条例.md');
  });

  it('have chapters, sections, articles and annexes; repealed numbers leave a gap', () => {
    expect(sketch(p)).toBe(
      outdent(`
        chapter 第一章 总则
          article 第一条
          article 第二条
          article 第三条
          article 第三条之一
        chapter 第二章 监督
          section 第一节 检查
            article 第四条 【现场检查】
          section 第二节 公开
            article 第七条
        annex 附件1 排放标准`),
    );
  });

  it('take a reference at the start of a paragraph for text, whatever its number', () => {
    const second = nodes(p, 'article')[1] as OutlineNode;
    expect(second.blocks.map((b) => p.text.slice(b.start, b.start + 8))).toEqual([
      '第二条 本条例适',
      '法律另有规定的，',
      '按照第九条规定应',
      '第九条规定的情形',
    ]);
  });

  it('are cited by article when it stands whole', () => {
    expect(labels(p)).toEqual(
      expect.arrayContaining(['第一条', '第二条', '第三条', '第三条之一', '第四条', '第七条']),
    );
  });

  it('a paragraph without its full stop ends where its blank line says in Markdown', async () => {
    const torn = await readText(
      '# 条例\n\n2019年根据某市第三届人民代表大会常务委员会第二十次会议关于修改部分地方性法规的决定修正\n\n第一条 甲。\n\n第二条 乙。',
      'a.md',
    );
    expect(nodes(torn, 'article').map((n) => n.number)).toEqual(['第一条', '第二条']);
  });

  it('may begin in the middle: a part of a code, an amendment', async () => {
    const part = await readText(
      '民法典\n\n第一千二百五十九条 民法所称的“以上”，包括本数。\n\n第一千二百六十条 本法自2021年1月1日起施行。',
    );
    expect(nodes(part, 'article').map((n) => n.number)).toEqual(['第一千二百五十九条', '第一千二百六十条']);
  });

  it('have parts above chapters', async () => {
    const code = await readText(
      '法典\n第一编 总则\n第一章 基本规定\n第一条 甲。\n第二编 物权\n第一章 一般规定\n第二条 乙。\n第三条 丙。',
    );
    expect(sketch(code)).toBe(
      outdent(`
        part 第一编 总则
          chapter 第一章 基本规定
            article 第一条
        part 第二编 物权
          chapter 第一章 一般规定
            article 第二条
            article 第三条`),
    );
  });
});

describe('款 and 项', () => {
  const long = (n: number) => '市人民政府应当加强对本行政区域内环境保护工作的领导。'.repeat(n);

  it('are cited, from the first to the last of the passage, when an article is too long to stand as one', async () => {
    const p = await readText(
      `第一条 甲。\n第二条 ${long(20)}\n有下列情形之一的，处以罚款：\n（一）${long(20)}\n（二）${long(3)}\n前款罚款上缴财政。${long(18)}`,
    );
    expect(labels(p)).toEqual([
      '第一条',
      '第二条第一款—第二款',
      '第二条第二款第（一）项',
      '第二条第二款第（二）项—第三款',
    ]);
  });
});

describe('families are chosen by what they do', () => {
  it('（一）… that go on counting in the next chapter are articles', async () => {
    const p = await readText(
      '一、甲\n（一）优化布局。健全责任体系。\n（二）加强监管。压实各方责任。\n二、乙\n（三）防治污染。开展专项行动。\n三、丙\n（四）保障措施。强化资金支持。\n（五）组织实施。加强组织领导。',
    );
    expect(nodes(p, 'article').map((n) => n.heading)).toEqual([
      '（一）优化布局',
      '（二）加强监管',
      '（三）防治污染',
      '（四）保障措施',
      '（五）组织实施',
    ]);
    expect(labels(p)).toContain('第（四）条');
  });

  it('（一）… that start anew are sections', async () => {
    const p = await readText(
      '一、甲\n（一）优化布局\n健全责任体系。\n（二）加强监管\n压实责任。\n二、乙\n（一）防治污染\n开展行动。\n专门整治。',
    );
    expect(headings(p, 'section')).toEqual(['（一）优化布局', '（二）加强监管', '（一）防治污染']);
    expect(labels(p)).toContain('二、（一） 第2段');
  });

  it('一、 under 第X章 are items of the section, not chapters', async () => {
    const p = await readText(
      '第一章 总则\n第一节 目标\n一、甲项\n内容甲。\n二、乙项\n内容乙。\n第二章 措施\n一、丙项\n内容丙。',
    );
    expect(headings(p, 'chapter')).toEqual(['第一章 总则', '第二章 措施']);
    expect(headings(p, 'item')).toEqual(['一、甲项', '二、乙项', '一、丙项']);
  });

  it('（一）… that are whole sentences of a list are no headings', async () => {
    const p = await readText(
      '一、禁止行为\n下列行为应当禁止：\n（一）未经批准擅自排放污水的；\n（二）不按照规定报告有关情况的。\n二、法律责任\n依法处理。',
    );
    expect(headings(p, 'chapter')).toEqual(['一、禁止行为', '二、法律责任']);
    expect(headings(p, 'article', 'section', 'item')).toEqual([]);
  });
});

describe('references in running text', () => {
  it('are no headings when the page breaks the line before them', async () => {
    const line = '各级人民政府应当加强对环境保护工作的组织领导和统筹协调并将其纳入国民经济和社会发展计划';
    const body = (n: number) => Array.from({ length: n }, () => line).join('\n');
    const p = await readText(
      `第一章 总则\n第一条 为了保护环境。\n第二条 ${body(12)}按照\n第三条规定执行并且依照\n第三章规定的职责分工落实各项任务。\n第三条 ${body(14)}。\n第四条 依照\n第五条 第二款的规定执行。`,
    );
    expect(nodes(p, 'article').map((n) => n.number)).toEqual(['第一条', '第二条', '第三条', '第四条']);
    expect(headings(p, 'chapter')).toEqual(['第一章 总则']);
  });

  it('are no headings at the start of a paragraph either', async () => {
    const p = await readText(
      '第一章 总则\n第一条 为了保护环境。\n第二条规定的职责由市人民政府履行。\n第二条 市人民政府主管全市工作。\n第三条所称企业，包括个体工商户。\n第三条、第四条的规定同时适用。\n第二章规定的期限，自公布之日起计算。\n第三条 本条例自公布之日起施行。',
    );
    expect(nodes(p, 'article').map((n) => n.number)).toEqual(['第一条', '第二条', '第三条']);
    expect(nodes(p, 'article')[2]?.blocks).toHaveLength(1);
    expect(headings(p, 'chapter')).toEqual(['第一章 总则']);
  });
});

describe('Markdown', () => {
  it('# levels are the outline where no numbers are', async () => {
    const p = await readText(
      '---\ntitle: 甲\n---\n# 某县绿色发展规划\n\n## 总体要求\n\n坚持绿色发展。\n\n### 主要目标\n\n到2025年，建成。\n\n#### 近期\n\n先行先试。\n\n##\n\n## 保障措施\n\n加强领导。\n',
      'a.md',
    );
    expect(sketch(p)).toBe(
      outdent(`
        chapter 总体要求
          section 主要目标
            item 近期
        chapter 保障措施`),
    );
    expect(p.outline.heading).toBe('某县绿色发展规划');
    expect(p.text).not.toMatch(/#|---|title/);
  });

  it('emphasis and quotation marks of markup are no part of the text', async () => {
    const p = await readText('# 规划\n\n> **加强领导。**落实责任，做到“两个维护”。\n', 'a.md');
    expect(p.text).toContain('加强领导。落实责任，做到“两个维护”。');
  });

  it('a pipe table is a table of rows', async () => {
    const p = await readText(
      '# 规划\n\n## 任务\n\n| 项目 | 责任单位 |\n|:---|---:|\n| 甲 | 水利局 |\n| 乙 | 林业局 |\n',
      'a.md',
    );
    expect(p.tables[0]?.header).toEqual(['项目', '责任单位']);
    expect(p.tables[0]?.rows.map((r) => r.cells.map((c) => c.text))).toEqual([
      ['甲', '水利局'],
      ['乙', '林业局'],
    ]);
  });
});

describe('a document nobody has described in plans.yaml', () => {
  const text =
    '西川省明川市“十五五”生态环境保护规划\n（征求意见稿）\n\n第一章 总则\n规划期限为2026—2030年，展望到2035年。\n第二章 目标\n到2030年，优良天数比率达到90%。\n';

  it('takes its title, places, level, period, outlook and status from its own words', async () => {
    const { facts } = await readText(text, 'doc-17.txt');
    expect(facts).toMatchObject({
      id: 'doc-17',
      title: '西川省明川市“十五五”生态环境保护规划',
      regions: ['西川', '明川'],
      level: 'municipal',
      period: { start: 2026, end: 2030 },
      outlookYear: 2035,
      status: 'draft',
      file: 'doc-17.txt',
    });
  });

  it('takes its title from the file name when that is one', async () => {
    const { facts } = await readText(
      '第一章 总则\n甲。\n第二章 目标\n乙。\n',
      '07 重庆市江津区生态环境保护“十四五”规划.txt',
    );
    expect(facts).toMatchObject({
      title: '重庆市江津区生态环境保护“十四五”规划',
      regions: ['重庆', '江津'],
      level: 'district',
      period: { start: 2021, end: 2025 },
      status: 'in_force',
    });
  });

  it.each([
    ['四川省“十四五”生态环境保护规划', 'provincial'],
    ['北京市国土空间规划（2021—2035年）', 'provincial'],
    ['长江流域水环境保护规划', 'regional'],
    ['成都市环境保护规划', 'municipal'],
    ['贵阳市观山湖区环境保护规划', 'district'],
    ['中华人民共和国水污染防治法', 'national'],
  ])('%s is %s', async (title, level) => {
    const { facts } = await readText(`${title}\n\n第一章 总则\n为了保护环境。\n`, 'x1.txt');
    expect(facts.title).toBe(title);
    expect(facts.level).toBe(level);
  });

  it('what plans.yaml says comes first', async () => {
    const { facts } = await readText(text, 'doc-17.txt', { id: 'mingchuan', status: 'in_force' });
    expect(facts).toMatchObject({ id: 'mingchuan', status: 'in_force', level: 'municipal' });
  });
});

describe('what is left out', () => {
  it('page numbers', async () => {
    const p = await readText(
      '规划\n第一章 总则\n— 1 —\n坚持绿色发展。\n第 2 页 共 9 页\n第二章 目标\n- 3 -\n到2025年建成。\n',
    );
    expect(p.text).toBe('规划\n第一章 总则\n坚持绿色发展。\n第二章 目标\n到2025年建成。');
  });

  it('a table of contents with or without a title', async () => {
    const contents = '第一章 总则………1\n第二章 目标………3\n第三章 措施………5\n第四章 保障………8\n第五章 附则………9\n';
    const body =
      '第一章 总则\n甲。\n第二章 目标\n乙。\n第三章 措施\n丙。\n第四章 保障\n丁。\n第五章 附则\n戊。';
    for (const title of ['目　录\n', '']) {
      const p = await readText(`规划\n${title}${contents}${body}`);
      expect(p.text).toBe(`规划\n${body}`);
    }
  });
});
