/**
 * The pages of the components that read: a plan's text and the indicator board. Without JavaScript they show the
 * same words, plainly.
 * @module
 */
import { escapeHtml } from './html.ts';

/** A page with one component that fills it; `element` and `fallback` are HTML. */
export function componentPage({
  title,
  script,
  element,
  fallback,
}: {
  readonly title: string;
  readonly script: string;
  readonly element: string;
  readonly fallback: string;
}): string {
  return `<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(title)} · 规问</title>
    <link rel="icon" href="/favicon.svg" />
    <link rel="stylesheet" href="/app.css" />
    <script src="${script}" defer></script>
  </head>
  <body class="reading">
    <main class="whole">${element}</main>
    <noscript>
${fallback}
    </noscript>
  </body>
</html>
`;
}
