/** What is a command, and what is a question that only begins like one. */
import { expect, test } from 'vitest';
import type { PlanSummary } from '../../../src/answer/types.ts';
import { meansAllPlans, plansNamed, readCommand } from '../../../src/channels/bots/commands.ts';

test.each([
  ['帮助', { name: 'help' }],
  ['Help', { name: 'help' }],
  ['/帮助', { name: 'help' }],
  ['？', { name: 'help' }],
  ['', { name: 'help' }],
  ['范围', { name: 'scope' }],
  ['scope', { name: 'scope' }],
  ['范围 海滨规划', { name: 'scope', plan: '海滨规划' }],
  ['范围：2', { name: 'scope', plan: '2' }],
  ['Scope all', { name: 'scope', plan: 'all' }],
  ['原文 2', { name: 'source', n: 2 }],
  ['原文２', { name: 'source', n: 2 }],
  ['原文[12]', { name: 'source', n: 12 }],
  ['原文【3】', { name: 'source', n: 3 }],
  ['source 1', { name: 'source', n: 1 }],
  ['原文', { name: 'source', n: undefined }],
  ['重新开始', { name: 'reset' }],
  ['RESET', { name: 'reset' }],
])('“%s” is a command', (text, command) => {
  expect(readCommand(text)).toEqual(command);
});

test.each([
  '范围包括哪些区县？',
  '原文里怎么说的？',
  '原文 1 说了什么',
  '帮助企业减排的措施有哪些？',
  'help me find the forest target',
  '重新开始计算的年份',
])('“%s” is a question', (text) => {
  expect(readCommand(text)).toBeUndefined();
});

const plan = (id: string, title: string, ...shortNames: string[]) =>
  ({ id, title, shortNames }) as unknown as PlanSummary;
const PLANS = [
  plan('coast-2030', '海滨市蓝湾保护规划', '蓝湾规划'),
  plan('hill-2030', '山前县绿地保护规划', '绿地规划'),
];

test.each([
  ['2', ['hill-2030']],
  ['coast-2030', ['coast-2030']],
  ['《海滨市蓝湾保护规划》', ['coast-2030']],
  ['蓝湾规划', ['coast-2030']],
  ['山前县', ['hill-2030']],
  ['保护规划', ['coast-2030', 'hill-2030']],
  ['3', []],
  ['0', []],
  ['《》', []],
])('the plans that “%s” may mean', (name, ids) => {
  expect(plansNamed(name, PLANS).map(({ id }) => id)).toEqual(ids);
});

test('the restriction is lifted by 全部, 所有, 不限 and all', () => {
  expect(['全部', ' 所有 ', '不限', 'ALL', '全'].map(meansAllPlans)).toEqual([true, true, true, true, false]);
});
