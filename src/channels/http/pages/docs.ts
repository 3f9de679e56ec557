/**
 * The API's reader: `/openapi.json` as one page, made once, without scripts or outside hosts.
 * @module
 */
import { escapeHtml, htmlPage } from './html.ts';

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  description?: string;
  example?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}
type Content = Record<string, { schema?: Schema }>;
interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema; description?: string }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

/** What of an OpenAPI document the page shows. */
export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, object>;
  components?: { schemas?: object };
}

/** The page. */
export function renderDocs(document: ApiDocument): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  );
  const groups = (document.tags ?? []).map(({ name, description }) => {
    const articles = operations
      .filter(({ operation }) => operation.tags?.includes(name))
      .map(({ path, method, operation }) => article(path, method, operation));
    return `<h2>${escapeHtml(name)}</h2>${paragraph(description)}${articles.join('\n')}`;
  });
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>).map(
    ([name, schema]) =>
      `<article class="card" id="${escapeHtml(name)}"><h3>${escapeHtml(name)}</h3>${paragraph(schema.description)}${fields(schema)}</article>`,
  );
  return htmlPage(
    document.info.title,
    'docs',
    `<h1>${escapeHtml(document.info.title)} <span class="muted">${escapeHtml(document.info.version)}</span></h1>
${paragraph(document.info.description)}
<p>机器可读：<a href="/openapi.json">/openapi.json</a>（OpenAPI 3.1）</p>
${groups.join('\n')}
<h2>数据结构</h2>
${schemas.join('\n')}`,
  );
}

const paragraph = (text: string | undefined) => (text ? `<p>${escapeHtml(text)}</p>` : '');

function article(path: string, method: string, operation: Operation): string {
  const body = operation.requestBody?.content['application/json']?.schema;
  const parameters = (operation.parameters ?? []).map((parameter) =>
    row(parameter.name, parameter.schema ?? {}, parameter.required === true, parameter.description),
  );
  const responses = Object.entries(operation.responses).map(
    ([status, response]) =>
      `<tr><td><code>${escapeHtml(status)}</code></td><td>${typeOf(response.content?.['application/json']?.schema ?? {})}</td><td>${escapeHtml(response.description)}</td></tr>`,
  );
  return `<article class="card">
<h3><span class="method">${method.toUpperCase()}</span><code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</h3>
${paragraph(operation.description)}
${parameters.length > 0 ? `<div class="wide"><table>${parameters.join('')}</table></div>` : ''}
${body ? `<p>请求正文：${typeOf(body)}</p>` : ''}
<div class="wide"><table>${responses.join('')}</table></div>
</article>`;
}

function fields(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    row(name, property, schema.required?.includes(name) === true),
  );
  return rows.length > 0 ? `<div class="wide"><table>${rows.join('')}</table></div>` : '';
}

function row(name: string, schema: Schema, required: boolean, description = schema.description): string {
  const example =
    schema.example === undefined
      ? ''
      : `<br /><span class="muted">例 ${escapeHtml(JSON.stringify(schema.example))}</span>`;
  const nested = schema.properties ? fields(schema) : schema.items?.properties ? fields(schema.items) : '';
  return `<tr><td><code>${escapeHtml(name)}</code></td><td>${typeOf(schema)}${required ? '' : '，可省略'}</td><td>${escapeHtml(description ?? '')}${example}${nested}</td></tr>`;
}

/** A type in words, linked to its structure. */
function typeOf(schema: Schema): string {
  if (schema.$ref) {
    const name = escapeHtml(schema.$ref.split('/').at(-1) ?? '');
    return `<a href="#${name}">${name}</a>`;
  }
  if (schema.items) return `${typeOf(schema.items)} 数组`;
  if (schema.enum) return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' ');
  const length = schema.maxLength === undefined ? '' : ` ${schema.minLength ?? 0}…${schema.maxLength} 字符`;
  const range =
    schema.maximum === undefined || schema.maximum > 1e9 ? '' : ` ${schema.minimum ?? 0}…${schema.maximum}`;
  return escapeHtml(`${[schema.type ?? ''].flat().join(' | ')}${length}${range}`);
}
