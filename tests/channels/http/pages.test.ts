/** The pages: what a browser gets, without a browser. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { renderSource } from '../../../src/channels/http/pages/source.ts';
import type { LaidBlock } from '../../../src/plan/layout.ts';
import type { OutlineNode } from '../../../src/plan/types.ts';
import { appOver, openCorpus } from './opened.ts';

let assistant: Assistant;
let get: (path: string) => Promise<{ status: number; type: string; html: string }>;

beforeAll(async () => {
  assistant = await openCorpus();
  const { app } = appOver(assistant);
  get = async (path) => {
    const response = await app.request(path);
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      html: await response.text(),
    };
  };
}, 120_000);

test.each(['/', '/docs', '/plans/sichuan-2025', '/app.css'])(
  '%s refers to no other host and holds no inline script or style',
  async (path) => {
    const { status, html } = await get(path);
    expect(status).toBe(200);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(html).not.toMatch(/@import|<script(?![^>]*src=)|<style|\son[a-z]+="|\sstyle="|javascript:/);
  },
);

test('what the chat page loads is served with its type', async () => {
  const { html, type } = await get('/');
  expect(type).toBe('text/html; charset=utf-8');
  const files = [...html.matchAll(/(?:src|href)="(\/[\w.]+)"/g)].map(([, file]) => file as string);
  expect(files).toEqual(expect.arrayContaining(['/page.js', '/app.css', '/favicon.svg']));
  for (const file of files) expect((await get(file)).status).toBe(200);
  expect((await get('/page.js')).type).toContain('text/javascript');
  expect((await get('/app.css')).type).toContain('text/css');
});

test('/docs describes every route and structure', async () => {
  const { html } = await get('/docs');
  for (const text of [
    '/api/v1/ask',
    '/api/v1/plans/{id}/text',
    'id="Answer"',
    'id="Citation"',
    '/openapi.json',
  ]) {
    expect(html).toContain(text);
  }
});

describe('a plan’s text without JavaScript', () => {
  const marked = (html: string) => [...html.matchAll(/<mark[^>]*>(.*?)<\/mark>/g)].map(([, text]) => text);

  test('is shown whole, headings as headings, with a table of contents', async () => {
    const { html } = await get('/plans/sichuan-2025');
    expect(html).toMatch(/<h2 id="n2">一、生态环境保护形势<\/h2>/);
    expect(html).toMatch(/<a href="#n2">一、生态环境保护形势<\/a>/);
    expect(html).toContain('协同开展红旗水库、老鹰水库等跨界饮用水水源地保护');
    expect(marked(html)).toEqual([]);
  });

  test('highlights the quote of a citation', async () => {
    const { citations } = await assistant.ask({
      question: '跨界的饮用水水源地要联防联控，点名的是哪两座水库？',
    });
    const citation = citations[0]!;
    const { html } = await get(`/plans/${citation.plan.id}?start=${citation.start}&end=${citation.end}`);
    expect(marked(html).join('')).toBe(citation.quote);
    expect(html).toContain('<mark id="quote">');
  });

  test('highlights a table’s row cell by cell', async () => {
    const row = assistant.indicators({ plan: 'chongqing-2025', name: '森林覆盖率' })[0]!;
    const { html } = await get(`/plans/chongqing-2025?start=${row.start}&end=${row.end}`);
    expect(marked(html).length).toBeGreaterThan(1);
    expect(html.match(/id="quote"/g)).toHaveLength(1);
  });

  test.each(['start=9&end=3', 'start=x&end=9', 'start=5', 'start=999999990&end=999999999'])(
    'is shown without highlight for ?%s',
    async (query) => {
      const { status, html } = await get(`/plans/sichuan-2025?${query}`);
      expect(status).toBe(200);
      expect(marked(html)).toEqual([]);
    },
  );

  test('of an unknown plan is a page that says so', async () => {
    const { status, html } = await get('/plans/%3Cscript%3E');
    expect(status).toBe(404);
    expect(html).toContain('没有这份规划');
    expect(html).not.toContain('<script>');
  });

  test('stays text when it looks like markup', () => {
    const text = '<img src=x onerror=alert(1)>\n"a" & \'b\'\t<b>';
    const outline: OutlineNode = {
      id: '',
      kind: 'root',
      number: '',
      heading: '<i>',
      headingSpan: { start: 0, end: 0 },
      start: 0,
      end: text.length,
      blocks: [],
      children: [],
    };
    const plan = { ...assistant.plans()[0]!, id: '"><script>', title: '</title></noscript><script>' };
    const end = text.indexOf('\n');
    const blocks: LaidBlock[] = [
      { type: 'paragraph', nodeId: '', label: '第1段', start: 0, end },
      { type: 'paragraph', nodeId: '', label: '第2段', start: end + 1, end: text.length },
    ];
    for (const quote of [undefined, { start: 3, end: 40 }, { start: 3, end: 9 }, { start: 30, end: 31 }]) {
      const html = renderSource({ plan, text, outline, blocks }, quote);
      expect(html).not.toMatch(/<img src=x|<im<mark|<b>|<script(?! src="\/reader\.js" defer>)|<i>|"a"/);
      expect(html.match(/<\/noscript>/g)).toHaveLength(1);
    }
    const html = renderSource({ plan, text, outline, blocks }, { start: 3, end: 9 });
    expect(html).toContain('&lt;im<mark id="quote">g src=</mark>x onerror=alert(1)&gt;');
  });
});
