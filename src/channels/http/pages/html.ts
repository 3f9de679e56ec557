/**
 * The frame of the pages that are made on the server.
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that stays text in HTML, in attributes too. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

/** What every page has around its body; `title` is text, `head` (what comes besides) and `body` are HTML. */
export function htmlDocument(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(title)} · 规问</title>
    <link rel="icon" href="/favicon.svg" />
    <link rel="stylesheet" href="/app.css" />
${head}  </head>
${body}</html>
`;
}

/** A whole page; `title` is text, `body` is HTML. */
export function htmlPage(title: string, mainClass: string, body: string): string {
  return htmlDocument(
    title,
    '',
    `  <body>
    <header class="bar">
      <a class="brand" href="/"><img src="/favicon.svg" alt="" width="28" height="28" />规问</a>
      <span class="tagline">用自己的话问规划，每句回答都带条款级引文</span>
      <nav><a href="/docs">接口文档</a></nav>
    </header>
    <main class="${mainClass}">
${body}
    </main>
  </body>
`,
  );
}
