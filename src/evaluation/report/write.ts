/**
 * The report files of a run.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../evaluate.ts';
import type { Verdict } from '../gate.ts';
import { runAsHtml } from './html.ts';
import { runAsJson } from './json.ts';
import { runAsJunit } from './junit.ts';
import { runAsMarkdown } from './markdown.ts';

/** Where reports go, and whether held-out questions are shown in them. */
export interface ReportOptions {
  readonly out: string;
  readonly reveal: boolean;
}

/** Writes report.html, summary.md, results.json and junit.xml into `out`. @returns the paths written */
export function writeReports(run: Run, verdict: Verdict, options: ReportOptions): string[] {
  mkdirSync(options.out, { recursive: true });
  const write = (name: string, content: string) => {
    const path = join(options.out, name);
    writeFileSync(path, content);
    return path;
  };
  return [
    write('report.html', runAsHtml(run, verdict, options)),
    write('summary.md', runAsMarkdown(run, verdict, options)),
    write('results.json', runAsJson(run, verdict, options)),
    write('junit.xml', runAsJunit(run, verdict, options)),
  ];
}
