/**
 * The pages of the components that read: a plan's text and the indicator board. Without JavaScript they show the
 * same words, plainly.
 * @module
 */
import { htmlDocument } from './html.ts';

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
  return htmlDocument(
    title,
    `    <script src="${script}" defer></script>
`,
    `  <body class="reading">
    <main class="whole">${element}</main>
    <noscript>
${fallback}
    </noscript>
  </body>
`,
  );
}
