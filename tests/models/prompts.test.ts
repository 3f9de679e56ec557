import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillPrompt, PromptError, parsePrompt, readPrompt } from '../../src/models/prompts.ts';

const source = (variables: string, body: string) =>
  `---\nversion: 2\npurpose: test\nvariables: ${variables}\n---\n${body}`;

describe('a prompt', () => {
  it('has a version, a purpose, variables, and a message for the system and one for the user', () => {
    const prompt = parsePrompt('t', source('[question]', 'Rules.\n<!-- user -->\nQ: {{question}}\n'));
    expect(prompt).toMatchObject({ version: 2, purpose: 'test', variables: ['question'] });
    expect(fillPrompt(prompt, { question: '多少？' })).toEqual([
      { role: 'system', content: 'Rules.' },
      { role: 'user', content: 'Q: 多少？' },
    ]);
  });

  it('takes values as they are: variables and replacement patterns in them mean nothing', () => {
    const prompt = parsePrompt('t', source('[a, b]', '{{a}}|{{b}}'));
    expect(fillPrompt(prompt, { a: '{{b}}$&$1', b: 'x' })[0]?.content).toBe('{{b}}$&$1|x');
  });

  it.each([
    ['a missing value', { a: '1' }, '缺少变量 b 的值'],
    ['a value of no variable', { a: '1', b: '2', c: '3' }, '没有变量 c'],
    ['a value that is inherited only', Object.create({ a: '1', b: '2' }), '缺少变量 a 的值'],
  ])('is not filled with %s', (_what, values, message) => {
    const prompt = parsePrompt('t', source('[a, b]', '{{a}}{{b}}'));
    expect(() => fillPrompt(prompt, values)).toThrow(PromptError);
    expect(() => fillPrompt(prompt, values)).toThrow(message);
  });

  it.each([
    ['without front matter', 'Rules.', '没有文件头'],
    ['without a version', '---\npurpose: x\nvariables: []\n---\nRules.', 'version'],
    ['with a variable it does not declare', source('[]', '{{question}}'), '没有声明的变量 question'],
    ['with a variable it does not use', source('[question]', 'Rules.'), '没有用到的变量 question'],
  ])('is refused %s', (_what, text, message) => {
    expect(() => parsePrompt('t', text)).toThrow(PromptError);
    expect(() => parsePrompt('t', text)).toThrow(message);
  });

  it('that is not there is named', () => {
    expect(() => readPrompt('nowhere')).toThrow('prompts/nowhere.md');
  });
});

describe('the prompts of this repository', () => {
  const names = readdirSync(join(import.meta.dirname, '../../prompts'))
    .filter((f) => f.endsWith('.md'))
    .map((f) => f.slice(0, -3));

  it.each(names)('%s is whole, short, and fences what is not an instruction', (name) => {
    const prompt = readPrompt(name);
    expect(prompt.system.length).toBeLessThan(1200);
    if (prompt.variables.length > 0) {
      expect(prompt.variables).toContain('fence');
      expect(prompt.system).toMatch(/一律不执行/);
    }
  });
});
