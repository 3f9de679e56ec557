/**
 * The arrows between the rooms of `src/`: who may import whom.
 *
 * `findViolations` takes sources and returns every import that points the wrong way, every file that
 * belongs to no room, and every circle. It reads the syntax tree, so type-only imports, re-exports,
 * `import('…')` in types and dynamic imports count, and comments and strings do not.
 *
 * @module
 */
import { posix } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** What one room may import besides itself. `types` may be imported with `import type` only. */
interface Arrows {
  values: readonly string[];
  types?: readonly string[];
}

/**
 * The rooms, lowest first. `settings` is `src/config.ts` and `src/version.ts`; `entry` is the files that
 * put everything together: `src/cli.ts`, `src/operate.ts`, `src/evaluation/bench.ts` with its folder, and the two commands that make and
 * measure the built-in embedding. Change a line here and in `docs/architecture.md` together.
 */
export const ARROWS: Readonly<Record<string, Arrows>> = {
  settings: { values: [] },
  language: { values: ['settings'] },
  plan: { values: ['settings', 'language'] },
  postgres: { values: ['settings'] },
  models: { values: ['settings'] },
  embedding: { values: ['settings', 'language', 'models'] },
  index: { values: ['settings', 'plan', 'language', 'embedding', 'postgres'] },
  retrieval: { values: ['settings', 'plan', 'language', 'models', 'embedding', 'index'] },
  answer: { values: ['settings', 'plan', 'language', 'retrieval', 'models'], types: ['index'] },
  assistant: {
    values: [
      'settings',
      'plan',
      'language',
      'models',
      'embedding',
      'postgres',
      'index',
      'retrieval',
      'answer',
    ],
  },
  enrichment: { values: ['settings', 'language', 'plan', 'models', 'index'] },
  state: { values: ['settings', 'postgres'], types: ['answer'] },
  channels: { values: ['settings', 'assistant', 'language', 'state', 'widget'], types: ['answer', 'plan'] },
  evaluation: { values: ['settings', 'assistant', 'language', 'models'], types: ['answer', 'plan'] },
  operations: { values: ['settings', 'assistant', 'state', 'channels'] },
  widget: { values: [] },
  doctor: {
    values: [
      'settings',
      'language',
      'plan',
      'models',
      'embedding',
      'index',
      'retrieval',
      'answer',
      'assistant',
      'state',
      'postgres',
      'channels',
    ],
  },
  entry: {
    values: [
      'settings',
      'models',
      'language',
      'plan',
      'models',
      'embedding',
      'index',
      'retrieval',
      'answer',
      'assistant',
      'state',
      'postgres',
      'channels',
      'evaluation',
      'widget',
      'doctor',
      'enrichment',
      'operations',
    ],
  },
};

const FILES: Readonly<Record<string, string>> = {
  'src/config.ts': 'settings',
  'src/version.ts': 'settings',
  'src/assistant.ts': 'assistant',
  'src/cli.ts': 'entry',
  'src/operate.ts': 'entry',
  'src/evaluation/bench.ts': 'entry',
  'src/embedding/train.ts': 'entry',
  'src/embedding/ablation.ts': 'entry',
};

/** One import as written: what it names, on which line, and whether it is erased at run time. */
export interface Import {
  specifier: string;
  line: number;
  typeOnly: boolean;
}

/** The room a file of `src/` belongs to, or undefined when it belongs to none. */
export function roomOf(file: string): string | undefined {
  if (FILES[file]) return FILES[file];
  if (file.startsWith('src/evaluation/bench/')) return 'entry';
  const [, folder, ...rest] = file.split('/');
  return folder && rest.length > 0 && folder in ARROWS && folder !== 'settings' && folder !== 'entry'
    ? folder
    : undefined;
}

/** Every import, re-export, `import('…')` and `require('…')` of one source whose target is a literal. */
export function importsOf(source: string, file: string): Import[] {
  const found: Import[] = [];
  const add = (target: unknown, typeOnly: boolean) => {
    if (!isNode(target)) return;
    const specifier =
      target.type === 'TSLiteralType' && isNode(target.literal) ? target.literal.value : target.value;
    if (typeof specifier !== 'string') return;
    found.push({ specifier, line: source.slice(0, target.start).split('\n').length, typeOnly });
  };
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const child of node) walk(child);
    if (!isNode(node)) return;
    // `import { type A }` is not erased under verbatimModuleSyntax: only the kind of the statement counts.
    if (node.type === 'ImportDeclaration') add(node.source, node.importKind === 'type');
    else if (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration')
      add(node.source, node.exportKind === 'type');
    else if (node.type === 'TSImportType') add(node.source ?? node.argument, true);
    else if (node.type === 'ImportExpression') add(node.source, false);
    else if (node.type === 'CallExpression' && isNode(node.callee) && node.callee.name === 'require')
      add(Array.isArray(node.arguments) ? node.arguments[0] : undefined, false);
    for (const child of Object.values(node)) if (typeof child === 'object') walk(child);
  };
  walk(parseAst(source, { lang: file.endsWith('x') ? 'tsx' : 'ts' }, file));
  return found;
}

/** What is wrong with a tree of sources (path from the repository's root → text); empty when all is well. */
export function findViolations(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of sources) {
    if (!roomOf(file)) {
      violations.push(`${file} belongs to no room: move it into one, or name the room in tests/arrows.ts`);
    }
    const targets: string[] = [];
    graph.set(file, targets);
    for (const found of importsOf(source, file)) {
      const target = resolve(file, found.specifier);
      const reason =
        target === undefined
          ? reasonAgainstPackage(file, found.specifier)
          : reasonAgainst(file, target, found.typeOnly);
      if (reason) violations.push(`${file}:${found.line} imports ${target ?? found.specifier}: ${reason}`);
      if (target !== undefined && sources.has(target)) targets.push(target);
    }
  }
  return [...violations, ...findCircles(graph)];
}

/** Why `file` must not import `target`, or undefined when it may. */
function reasonAgainst(file: string, target: string, typeOnly: boolean): string | undefined {
  if (!target.startsWith('src/')) return target.endsWith('.json') ? undefined : 'it lies outside src';
  const from = roomOf(file);
  const to = roomOf(target);
  if (!from) return undefined;
  if (!to) return 'it belongs to no room';
  if (from === to) return from === 'channels' ? reasonAgainstChannel(file, target) : undefined;
  const { values, types = [] } = ARROWS[from] as Arrows;
  if (values.includes(to)) return undefined;
  if (!types.includes(to)) return `${from} must not import ${to}`;
  return typeOnly ? undefined : `${from} may import types only from ${to}: write \`import type\``;
}

/** What bots have in common: a folder of `channels/` that is no channel, and shared like the files beside it. */
const SHARED_FOLDER = 'bots';

/** A channel is one folder and knows no other; http mounts them all; files beside the folders are shared. */
function reasonAgainstChannel(file: string, target: string): string | undefined {
  const from = channelOf(file);
  const to = channelOf(target);
  if (to === undefined || from === to || from === 'http') return undefined;
  return `${from ? `channel ${from}` : 'what channels share'} must not import channel ${to}`;
}

function channelOf(file: string): string | undefined {
  const [, , folder, ...rest] = file.split('/');
  return rest.length > 0 && folder !== SHARED_FOLDER ? folder : undefined;
}

/** What the widget imports is sent to every browser, so it has one package. */
function reasonAgainstPackage(file: string, specifier: string): string | undefined {
  return roomOf(file) === 'widget' && !/^lit(?:\/|$)/.test(specifier)
    ? 'widget imports nothing but its own and lit'
    : undefined;
}

/** The path a relative specifier means, or undefined for a package. */
function resolve(file: string, specifier: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier) && !/^\.\.?$/.test(specifier)) return undefined;
  return posix.join(posix.dirname(file), specifier.replace(/[?#].*$/, ''));
}

/** One line per circle of imports, types included. */
function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    const at = path.indexOf(file);
    if (at >= 0) {
      if (at < path.length - 1) circles.push(`circle: ${[...path.slice(at), file].join(' → ')}`);
      return;
    }
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}

interface Node extends Record<string, unknown> {
  type: string;
  start: number;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
