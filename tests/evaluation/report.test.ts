import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/evaluation/evaluate.ts';
import type { Verdict } from '../../src/evaluation/gate.ts';
import { checkThresholds, compare, fingerprint, verdict } from '../../src/evaluation/gate.ts';
import { runAsHtml } from '../../src/evaluation/report/html.ts';
import { marked } from '../../src/evaluation/report/html-text.ts';
import { runAsJson } from '../../src/evaluation/report/json.ts';
import { runAsJunit } from '../../src/evaluation/report/junit.ts';
import { runAsMarkdown } from '../../src/evaluation/report/markdown.ts';
import { failuresAsText, runAsText, verdictAsText } from '../../src/evaluation/report/terminal.ts';
import type { CaseResult } from '../../src/evaluation/score.ts';
import { summarise } from '../../src/evaluation/summary.ts';
import { answer, cite, passage, score } from './fixtures.ts';

const right = answer('达到40%。[1]', [cite(1, '森林覆盖率达到 40%')]);
const results: CaseResult[] = [
  score({ id: 'good-1', question: '问得好' }, right, [passage('森林覆盖率达到 40%')]),
  score(
    {
      id: 'bad-1',
      question: '设施有几座 & <b>几个</b>',
      must: [['22座']],
      gold: [{ plan: 'a', quote: '建设22座设施' }],
    },
    answer('建设 22 座设施没有说。[1]', [cite(1, '坚持生态优先')]),
    [passage('坚持生态优先'), passage('建设 22 座设施')],
  ),
  score(
    { id: 'secret-1', question: '留出的问题', half: 'heldout', why: '不可说' },
    answer('留出的回答', [], { status: 'not_found', reason: 'nothing_found' }),
    [passage('坚持生态优先')],
  ),
];
const run: Run = {
  target: 'test',
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 1,
  repeat: 1,
  results,
  summary: summarise(results, { intervals: true }),
};
const baseline = {
  createdAt: '2025-12-01T00:00:00.000Z',
  target: 'test',
  figures: {},
  questions: Object.fromEntries(
    results.map((r) => [r.entry.id, [r.entry.id !== 'good-1', fingerprint(r.entry)] as [boolean, string]]),
  ),
};
const held: Verdict = verdict(
  checkThresholds(results, [{ metric: 'passed', min: 0.9, always: false }], false),
  compare(run, baseline, 'baseline.json'),
);
const hidden = { reveal: false };

describe('the HTML report', () => {
  const html = runAsHtml(run, held, hidden);

  it('needs nothing from outside: no script, no address', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\//i);
  });

  it('says that the gate does not hold, and why', () => {
    expect(html).toContain('未达标：1 项未达门槛，基线里通过的 2 个问题不再通过');
    expect(html).toMatch(/passed<\/small><\/th><td>≥ 90\.0%<\/td><td>33\.3%/);
  });

  it('shows the question, the expected spans, what was retrieved and what was answered', () => {
    expect(html).toContain('设施有几座 &amp; &lt;b&gt;几个&lt;/b&gt;');
    expect(html).toContain('<q>建设22座设施</q>');
    expect(html).toContain('检索到的 2 段');
    expect(html).toContain('第 2 位');
    expect(html).toContain('引文不在应引之处');
  });

  it('marks gold and must strings where they stand', () => {
    expect(html).toContain('<mark class="gold">建设 </mark><mark class="gold must">22 座</mark>');
  });

  it('keeps held-out questions to themselves unless told otherwise', () => {
    expect(html).toContain('secret-1');
    expect(html).not.toContain('留出的问题');
    expect(html).not.toContain('留出的回答');
    expect(html).not.toContain('不可说');
    expect(runAsHtml(run, held, { reveal: true })).toContain('留出的问题');
  });

  it('lists fixed and broken questions with a note on significance', () => {
    expect(html).toMatch(/弄坏 2/);
    expect(html).toMatch(/修好 1/);
    expect(html).toContain('不显著');
  });

  it('draws its plots as SVG, with intervals', () => {
    expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(4);
    expect(html).toContain('class="whisker"');
  });

  it('fits a phone and paper', () => {
    expect(html).toContain('name="viewport"');
    expect(html).toContain('@media print');
  });
});

describe('marked', () => {
  it('escapes everything, marked or not', () => {
    expect(marked('<a> 40% </a>', ['<a> 40%'], ['40%'])).toBe(
      '<mark class="gold">&lt;a&gt; </mark><mark class="gold must">40%</mark> &lt;/a&gt;',
    );
  });

  it('marks nothing with nothing to mark', () => {
    expect(marked('甲乙', [], [''])).toBe('甲乙');
  });
});

describe('the other reports', () => {
  it('JUnit holds a test per question, with stages as failures, and the gate', () => {
    const xml = runAsJunit(run, held, hidden);
    expect(xml).toContain('<testsuite name="fact" tests="3" failures="2"');
    expect(xml).toContain('<failure type="citation_off_gold"');
    expect(xml).toContain('<testsuite name="thresholds" tests="1" failures="1"');
    expect(xml).toContain('name="bad-1 passed in the baseline"');
    expect(xml).not.toContain('<b>');
    expect(xml).not.toContain('留出');
  });

  it('JSON holds everything but held-out contents', () => {
    const json = JSON.parse(runAsJson(run, held, hidden));
    expect(json.gate).toMatchObject({ isHeld: false, comparison: { broken: ['bad-1', 'secret-1'] } });
    expect(json.results[1].retrieved[1].gold).toEqual([0]);
    expect(json.results[2]).not.toHaveProperty('question');
    expect(json.results[2].scores.overRefusal).toBe(1);
  });

  it('Markdown is a summary with the missed thresholds', () => {
    const markdown = runAsMarkdown(run, held, hidden);
    expect(markdown).toContain('# 规问回归测试：未达标');
    expect(markdown).toContain('- passed：33.3%（门槛 ≥ 90.0%，3 题）');
    expect(markdown).toContain('弄坏 `secret-1`（');
    expect(markdown).not.toContain('留出的问题');
  });

  it('the terminal shows tables, causes and the verdict', () => {
    const text = runAsText(run);
    expect(text).toMatch(/^fact +3 +33\.3/m);
    expect(text).toContain('(citation_off_gold)');
    const failures = failuresAsText(results, { failures: 5, reveal: false });
    expect(failures).toContain('✗ bad-1');
    expect(failures).toContain('✗ secret-1（留出题）');
    expect(failures).not.toContain('留出的回答');
    expect(verdictAsText(held, false)).toContain('结论：未达标');
  });
});
