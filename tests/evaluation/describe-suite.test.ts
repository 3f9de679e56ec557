import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { fingerprint } from '../../src/evaluation/gate.ts';
import { loadSuites } from '../../src/evaluation/suite.ts';
import { inProcess } from '../../src/evaluation/target.ts';
import { describeSuite } from '../../src/evaluation/vitest.ts';
import { readCorpus, stubAssistant } from './stub-assistant.ts';

// Suites are read while tests are declared, so the files are written here and not in a hook.
const dir = mkdtempSync(join(tmpdir(), 'describe-'));
afterAll(() => rmSync(dir, { recursive: true }));
const suite = join(dir, 'suite.jsonl');
const gold = [{ plan: 'chengyu-2025', quote: '开展濑溪河横向生态保护补偿试点探索' }];
const entries = [
  { id: 'passes', kind: 'fact', question: '开展濑溪河横向生态保护补偿试点探索', gold, must: [['濑溪河']] },
  { id: 'failed-before', kind: 'fact', question: '濑溪河横向补偿', gold, must: [['长江']] },
  { id: 'draft', kind: 'fact', question: '草稿', gold: [], must: [], review: 'pending' },
];
writeFileSync(suite, entries.map((e) => JSON.stringify(e)).join('\n'));
const baseline = join(dir, 'baseline.json');
const questions = Object.fromEntries(
  loadSuites([suite]).map((c) => [c.id, [c.id === 'passes', fingerprint(c)]]),
);
writeFileSync(baseline, JSON.stringify({ createdAt: '', target: '', figures: {}, questions }));

// What is tested is that this declares passing tests, skips the known failure and leaves the draft out.
describeSuite(suite, {
  open: async () => inProcess(stubAssistant(await readCorpus())),
  baseline,
  thresholds: [
    { metric: 'quoteFidelity', min: 1, always: true },
    { metric: 'passed', min: 0.5, always: false },
  ],
});
