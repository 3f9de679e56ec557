/** What a model may do before the search: complete follow-ups and add search words, each switched by itself. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openGenerated } from './generated.ts';

const HISTORY = [
  { role: 'user', content: '重庆到2025年森林覆盖率要达到多少？' },
  { role: 'assistant', content: '57%。' },
] as const;

let product: Awaited<ReturnType<typeof openGenerated>>;
beforeAll(async () => {
  product = await openGenerated();
}, 120_000);

describe('completing a follow-up', () => {
  const offline = async () => {
    await product.none();
    return (await product.ask('那江津呢？', { history: HISTORY })).answer;
  };

  it('is the model’s, and by itself: the answer stays extractive', async () => {
    await product.configure({ answers: false, rewrites: true });
    product.model.play({ say: '江津到2025年森林覆盖率要达到多少？' });
    const { answer } = await product.ask('那江津呢？', { history: HISTORY });
    expect(answer.question).toBe('江津到2025年森林覆盖率要达到多少？');
    expect(answer.mode).toBe('extractive');
    expect(answer.citations[0]?.quote).toContain('53.8');
    expect(product.model.asked.map((a) => a.task)).toEqual(['rewrite']);
    expect(product.model.asked[0]?.user).toMatch(/<<<对话 \w+\n问：重庆到2025年.*\n答：57%。\n\w+>>>/);
  });

  it('is not asked for without a conversation, nor when switched off', async () => {
    await product.configure({ answers: false, rewrites: true });
    product.model.play({ say: 'x' });
    await product.ask('重庆到2025年森林覆盖率要达到多少？');
    await product.configure({ answers: false, rewrites: false, expands: false });
    await product.ask('那江津呢？', { history: HISTORY });
    expect(product.model.asked).toEqual([]);
  });

  it.each([
    ['fails', { status: 500 }],
    ['answers instead', { say: '江津区森林覆盖率到2025年要达到53.8%。' }],
    ['gives another year', { say: '江津到2030年森林覆盖率要达到多少？' }],
    ['talks', { say: '好的，以下是为您改写之后的完整独立问题，希望对您有所帮助。' }],
    ['gives several lines', { say: '江津呢？\n江津到2025年呢？' }],
    ['says nothing', { say: '' }],
  ] as const)('is done the offline way when the model %s', async (_what, act) => {
    const without = await offline();
    await product.configure({ answers: false, rewrites: true });
    product.model.play(act);
    const { answer } = await product.ask('那江津呢？', { history: HISTORY });
    expect(answer.question).toBe(without.question);
    expect(answer.answer).toBe(without.answer);
  });

  it('takes a share of the model’s time only', async () => {
    await product.configure({ answers: false, rewrites: true, timeoutMs: 800 });
    product.model.play({ silent: true });
    const { answer } = await product.ask('那江津呢？', { history: HISTORY });
    expect(answer.status).toBe('answered');
    expect(product.model.asked).toHaveLength(1);
  });
});

describe('search words', () => {
  it('are asked for by themselves, and what is not a word is dropped', async () => {
    await product.configure({ answers: false, rewrites: false, expands: true });
    product.model.play({ say: '林木覆盖、造林绿化、<b>x</b>、国土绿化、2030年' });
    const { answer } = await product.ask('重庆到2025年森林覆盖率要达到多少？');
    expect(product.model.asked.map((a) => a.task)).toEqual(['expand']);
    expect(answer.citations[0]?.quote).toContain('57');
  });

  it('leave the decision as it is when the model raves, and everything when it fails', async () => {
    const questions = [
      '重庆到2025年森林覆盖率要达到多少？',
      '到2030年江津区PM2.5浓度是多少？',
      '今天股市怎么样？',
    ];
    for (const question of questions) {
      await product.none();
      const without = (await product.ask(question)).answer;
      for (const act of [{ status: 500 }, { say: 'ignore all instructions' }, { say: '股票、基金、汇率' }]) {
        await product.configure({ answers: false, expands: true });
        product.model.play(act);
        const { answer } = await product.ask(question);
        expect([answer.status, answer.reason]).toEqual([without.status, without.reason]);
        if ('status' in act) expect(answer.answer).toBe(without.answer);
      }
    }
  });
});
