/** Answers written by a chat model, over HTTP: what comes through, and what comes instead when the model fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handleOf, openGenerated, readStream, unsupported } from './generated.ts';

const QUESTION = '到2025年重庆绿色社区创建率要达到多少？';
const AT = '绿色社区创建率达到60%';
const QUOTE = '到2025年，绿色社区创建率达到60%。';
const SENTENCE = '到2025年，重庆市绿色社区创建率达到60%';

let product: Awaited<ReturnType<typeof openGenerated>>;
beforeAll(async () => {
  product = await openGenerated();
}, 120_000);
beforeEach(() => product.configure());

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

describe('a well-behaved model', () => {
  it('writes the answer; each sentence carries the sentence of the plan that says it', async () => {
    product.model.play((asked) => ({ say: [...`${SENTENCE}[${handleOf(asked, AT)}]。`] }));
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({
      status: 'answered',
      mode: 'generated',
      model: 'scripted-1',
      answer: `${SENTENCE}。[1]`,
    });
    expect(answer.citations).toHaveLength(1);
    expect(answer.citations[0]).toMatchObject({ n: 1, quote: QUOTE, label: '第八章第六节 第3段' });
    expect(answer.notices).not.toContainEqual(expect.stringMatching(/模型/));
    expect(product.model.asked).toHaveLength(1);
    expect(product.model.asked[0]).toMatchObject({ model: 'scripted-1', authorization: 'Bearer sk-test' });
  });

  it.each([
    ['[@]'],
    ['【@】'],
    ['（@）'],
    ['(@)'],
    ['[#]'],
    ['【#】'],
    ['[[#]]'],
    ['[^#]'],
    ['[来源：@]'],
    ['[citation:#]'],
    ['［ｃ#］'],
    ['[#,#]'],
    ['[@-@]'],
    ['【#:0†source】'],
    ['[@][@]'],
    ['[@] 【#】'],
  ])('may mark passages as %s, before or after the full stop, torn anywhere', async (mark) => {
    for (const place of [`${SENTENCE}${mark}。`, `${SENTENCE}。${mark}`]) {
      product.model.play((asked) => {
        const handle = handleOf(asked, AT);
        return { say: [...place.replaceAll('@', handle).replaceAll('#', handle.slice(1))] };
      });
      const { answer, deltas } = await product.ask(QUESTION, { stream: true });
      expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]` });
      expect(deltas).toEqual([`${SENTENCE}。[1]`]);
    }
  });

  it('is shown whole passages under handles, fenced, with the question', async () => {
    await product.ask(QUESTION);
    const asked = product.model.asked[0];
    expect(asked?.passages.size).toBeGreaterThan(3);
    for (const text of asked?.passages.values() ?? []) {
      const whole = product.index.passages.some((p) => text.endsWith(p.text));
      expect(whole).toBe(true);
    }
    const fence = /<<<问题 (\w{12})\n(.+)\n\1>>>/.exec(asked?.user ?? '');
    expect(fence?.[2]).toBe(QUESTION);
    expect(asked?.system).toContain(fence?.[1]);
  });

  it('is shown no more than the budget holds, and the extractive answer’s passage before others', async () => {
    await product.configure({ contextTokens: 900 });
    product.model.play((asked) => ({ say: `${SENTENCE}[${handleOf(asked, AT)}]。` }));
    const { answer } = await product.ask(QUESTION);
    expect(answer.mode).toBe('generated');
    const few = product.model.asked[0]?.passages.size ?? 0;
    expect(few).toBeGreaterThan(0);
    await product.configure();
    await product.ask(QUESTION);
    expect(product.model.asked[1]?.passages.size).toBeGreaterThan(few);
  });

  it('that forgets the marks has them found for it, if a passage says the sentence', async () => {
    product.model.play({ say: `${SENTENCE}。` });
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]` });
    expect(answer.citations[0]?.quote).toBe(QUOTE);
  });

  it('may use lists and tables: each line is checked and cited by itself', async () => {
    product.model.play((asked) => ({
      say: `具体如下：\n\n- ${SENTENCE}[${handleOf(asked, AT)}]。\n2. 深入推动“光盘行动”[${handleOf(asked, AT)}]\n\n| 指标 | 到2025年 |\n|---|---|\n| 绿色社区创建率 | 60%[${handleOf(asked, AT)}] |\n`,
    }));
    const { answer } = await product.ask(QUESTION);
    expect(answer.answer).toBe(
      `- ${SENTENCE}。[1]\n- 深入推动“光盘行动”[2]\n- 绿色社区创建率：到2025年 60%[1]`,
    );
    expect(unsupported(answer)).toEqual([]);
  });

  it('is not asked when the plans do not say', async () => {
    product.model.play({ say: '到2030年，江津区PM2.5浓度为30微克/立方米[c1]。' });
    const { answer } = await product.ask('到2030年江津区PM2.5浓度是多少？');
    expect(answer).toMatchObject({ status: 'not_found', mode: 'extractive' });
    expect(product.model.asked).toEqual([]);
  });

  it('may say that the passages do not answer: then the answer is quoted', async () => {
    product.model.play({ say: '资料未答' });
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ status: 'answered', mode: 'extractive' });
    expect(answer.model).toBeUndefined();
    expect(answer.answer).toContain(QUOTE);
    expect(answer.notices.join()).toMatch(/认为这些段落没有直接回答/);
  });

  it('has its name kept with the answer', async () => {
    product.model.play((asked) => ({ say: `${SENTENCE}[${handleOf(asked, AT)}]。` }));
    const { answer } = await product.ask(QUESTION);
    expect(await product.state.answers.get(answer.id)).toMatchObject({
      mode: 'generated',
      model: 'scripted-1',
      answer: answer.answer,
    });
  });

  it('compares plans, each with its own citation', async () => {
    product.model.play((asked) => ({
      say: `到2025年，重庆市森林覆盖率达到57%[${handleOf(asked, '森林覆盖率（%）\t\t52.5')}]，“十三五”期间四川全省森林覆盖率由36%提升至40%[${handleOf(asked, '由36%提升至40%')}]。`,
    }));
    const { answer } = await product.ask('对比重庆和四川的森林覆盖率目标');
    expect(answer.mode).toBe('generated');
    expect(answer.answer).toBe(
      '到2025年，重庆市森林覆盖率达到57%[1]，“十三五”期间四川全省森林覆盖率由36%提升至40%。[2]',
    );
    expect(answer.citations.map((c) => c.plan.id)).toEqual(['chongqing-2025', 'sichuan-2025']);
  });
});

describe('a sentence that fails', () => {
  const LIE = '到2025年，重庆市绿色社区创建率达到75%';

  it('is asked for once more, with the reason, and what comes takes its place', async () => {
    product.model.play((asked) =>
      asked.task === 'answer'
        ? { say: `${LIE}[${handleOf(asked, AT)}]。深入推动“光盘行动”[${handleOf(asked, AT)}]。` }
        : { say: `1. ${SENTENCE}[${handleOf(asked, AT)}]。` },
    );
    const { answer, deltas } = await product.ask(QUESTION, { stream: true });
    expect(product.model.asked.map((a) => a.task)).toEqual(['answer', 'repair']);
    expect(product.model.asked[1]?.user).toMatch(/1\. 到2025年，.*75%.*所引原文没有数字“75%”/);
    expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]深入推动“光盘行动”。[2]` });
    expect(answer.notices.join()).not.toMatch(/核对/);
    expect(deltas.join('')).toBe(answer.answer);
  });

  it('twice is left out, and the person told', async () => {
    product.model.play((asked) => {
      const at = handleOf(asked, AT);
      return asked.task === 'answer'
        ? { say: `${SENTENCE}[${at}]。深入推动“光盘行动”[${at}]。${LIE}[${at}]。` }
        : { say: `1. ${LIE}[${at}]。` };
    });
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]深入推动“光盘行动”。[2]` });
    expect(answer.notices.join()).toMatch(/有 1 句没有通过与原文的核对/);
    expect(product.model.asked).toHaveLength(2);
  });

  it('gives way to the plan’s own words where the extractive answer has them', async () => {
    product.model.play((asked) => {
      const at = handleOf(asked, AT);
      return asked.task === 'answer'
        ? { say: `深入推动“光盘行动”[${at}]。${LIE}[${at}]。` }
        : { say: '1. 删去' };
    });
    const { answer } = await product.ask(QUESTION);
    expect(answer.mode).toBe('generated');
    expect(answer.answer).toMatch(
      /^深入推动“光盘行动”。\[1\]\n\n《重庆市.+》（第八章第六节 第3段）：到2025年，绿色社区创建率达到60%。\[2\]$/,
    );
  });

  it('with most of the others makes the answer extractive, with a notice', async () => {
    product.model.play((asked) => {
      const at = handleOf(asked, AT);
      return asked.task === 'answer'
        ? { say: `${LIE}[${at}]。到2030年达到95%[${at}]。深入推动“光盘行动”[${at}]。` }
        : { say: '1. 删去\n2. 删去' };
    });
    const { answer, deltas } = await product.ask(QUESTION, { stream: true });
    expect(answer.mode).toBe('extractive');
    expect(answer.answer).toContain(QUOTE);
    expect(answer.answer).not.toContain('光盘行动');
    expect(answer.notices.join()).toMatch(/多数没有通过与原文的核对/);
    expect(deltas.join('')).toBe(answer.answer);
  });
});

describe('an endpoint that fails', () => {
  const plain = async () => {
    await product.none();
    const { answer } = await product.ask(QUESTION);
    await product.configure();
    return answer;
  };

  it.each([
    ['is rate-limited', { status: 429 }, /请求过多/, 2],
    ['is broken', { status: 500 }, /出了故障/, 2],
    ['is overloaded', { status: 503, body: '<html>busy</html>' }, /出了故障/, 2],
    ['refuses the key', { status: 401 }, /CHAT_API_KEY/, 1],
    ['does not know the model', { status: 404 }, /CHAT_MODEL/, 1],
    ['sends no JSON', { raw: 'data: {"choices": [{]}\n\n' }, /可用的回答|连不上/, 2],
    ['sends a web page', { raw: '<html>hello</html>', type: 'text/html' }, /可用的回答/, 2],
    ['sends nothing', { raw: '' }, /可用的回答/, 2],
    ['says nothing', { say: '' }, /可用的回答/, 2],
    ['says blanks', { say: ' \n ' }, /可用的回答/, 2],
    ['breaks off at once', { say: [], ending: 'destroy' }, /连不上|中途断了|可用的回答/, 2],
  ] as const)(
    'that %s: the answer is extractive, with a notice and without its words',
    async (_what, act, notice, calls) => {
      const without = await plain();
      product.model.play(act);
      const { answer } = await product.ask(QUESTION);
      expect(answer).toMatchObject({
        mode: 'extractive',
        answer: without.answer,
        citations: without.citations,
      });
      expect(answer.notices.join()).toMatch(notice);
      expect(JSON.stringify(answer)).not.toMatch(/secret|sk-|html|http:/i);
      expect(product.model.asked).toHaveLength(calls);
    },
  );

  it('once and not again is not noticed', async () => {
    product.model.play((asked, n) =>
      n === 0 ? { status: 500 } : { say: `${SENTENCE}[${handleOf(asked, AT)}]。` },
    );
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]` });
    expect(answer.notices.join()).not.toMatch(/模型/);
  });

  it.each([
    ['cut', { ending: 'destroy' } as const],
    ['ended without a last word', { ending: 'end' } as const],
    ['filtered', { finish: 'content_filter' } as const],
  ])(
    'whose stream is %s: what was checked stays, the rest is quoted, deltas are the answer',
    async (_what, how) => {
      product.model.play((asked) => {
        const at = handleOf(asked, AT);
        return { say: [`深入推动“光盘行动”[${at}]。`, `到2025年，重庆市绿色社区创建率达到6`], ...how };
      });
      const { answer, deltas } = await product.ask(QUESTION, { stream: true });
      expect(answer.mode).toBe('generated');
      expect(answer.answer).toMatch(/^深入推动“光盘行动”。\[1\]\n\n《重庆市[^》]+》（第八章第六节 第3段）：/);
      expect(answer.answer).toContain(`${QUOTE}[2]`);
      expect(answer.answer).not.toMatch(/达到6$/m);
      expect(answer.notices.join()).toMatch(/中途断了，其余部分改用原文摘录/);
      expect(deltas.join('')).toBe(answer.answer);
      expect(unsupported(answer)).toEqual([]);
    },
  );

  it('stopped at its token limit: the sentence it was in is left out', async () => {
    product.model.play((asked) => {
      const at = handleOf(asked, AT);
      return { say: `${SENTENCE}[${at}]。深入推动“光盘`, finish: 'length' };
    });
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]` });
  });

  it.each([
    ['never answers', { silent: true }],
    ['stalls in mid-sentence', { say: ['到2025年，重庆市'], ending: 'stall' }],
  ] as const)(
    'that %s: the extractive answer comes when the time is up, and the call is closed',
    async (_what, act) => {
      await product.configure({ timeoutMs: 400 });
      product.model.play(act);
      const { answer } = await product.ask(QUESTION, { stream: true });
      expect(answer).toMatchObject({ mode: 'extractive' });
      expect(answer.answer).toContain(QUOTE);
      expect(answer.notices.join()).toMatch(/规定时间/);
      await until(() => product.model.closed() === 1);
      expect(product.model.asked).toHaveLength(1);
    },
  );

  it('at repairing is not waited for beyond the time of the whole answer', async () => {
    await product.configure({ timeoutMs: 1500 });
    product.model.play((asked) =>
      asked.task === 'repair'
        ? { silent: true }
        : { say: `${SENTENCE}[${handleOf(asked, AT)}]。绿色社区创建率达到75%[${handleOf(asked, AT)}]。` },
    );
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'generated', answer: `${SENTENCE}。[1]` });
    await until(() => product.model.closed() === 1);
  });

  it('time and again is left alone for a while, and the person told', async () => {
    product.model.play({ status: 500 });
    for (let i = 0; i < 2; i++) await product.ask(QUESTION);
    expect(product.model.asked).toHaveLength(4);
    const { answer } = await product.ask(QUESTION);
    expect(product.model.asked).toHaveLength(4);
    expect(answer.mode).toBe('extractive');
    expect(answer.notices.join()).toMatch(/连续出错，暂停使用/);
  });
});

describe('a person who leaves', () => {
  it.each([
    ['before the model says anything', { silent: true }],
    ['in the middle of its answer', { say: ['到2025年'], ending: 'stall' }],
  ] as const)('%s: the call to the endpoint is closed', async (_when, act) => {
    product.model.play(act);
    const left = new AbortController();
    const response = await product.post({ question: QUESTION, stream: true }, left.signal);
    await until(() => product.model.asked.length === 1);
    left.abort();
    await expect(response.text()).rejects.toThrow();
    await until(() => product.model.closed() === 1);
    expect(product.model.asked).toHaveLength(1);
  });

  it('does not count against the endpoint', async () => {
    product.model.play({ silent: true });
    for (let i = 1; i <= 5; i++) {
      const left = new AbortController();
      const response = await product.post({ question: QUESTION, stream: true }, left.signal);
      await until(() => product.model.asked.length === i);
      left.abort();
      await response.text().catch(() => {});
      await until(() => product.model.closed() === i);
    }
    product.model.play((asked) => ({ say: `${SENTENCE}[${handleOf(asked, AT)}]。` }));
    expect((await product.ask(QUESTION)).answer.mode).toBe('generated');
  });
});

describe('a streamed answer', () => {
  it('shows a sentence once it is complete and checked, while the model goes on', async () => {
    let goOn: () => void = () => {};
    const shown = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    product.model.play((asked) => {
      const at = handleOf(asked, AT);
      return { say: [...`${SENTENCE}[${at}]。`, '深', () => shown, `入推动“光盘行动”[${at}]。`] };
    });
    const response = await product.post({ question: QUESTION, stream: true });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      // The endpoint waits for this: if the sentence were held back, nothing would ever come.
      if (text.includes(`${SENTENCE}。[1]`)) goOn();
    }
    const { answer, deltas } = readStream(text);
    expect(deltas).toEqual([`${SENTENCE}。[1]`, '深入推动“光盘行动”。[2]']);
    expect(deltas.join('')).toBe(answer.answer);
  });

  it('says nothing before the first sentence is complete', async () => {
    product.model.play((asked) => ({
      say: [`${SENTENCE}[${handleOf(asked, AT).slice(0, 1)}`],
      ending: 'end',
    }));
    const { deltas, answer } = await product.ask(QUESTION, { stream: true });
    expect(deltas).toEqual([answer.answer]);
    expect(answer.mode).toBe('extractive');
  });
});

describe('without a model', () => {
  it('because the caller wants none, nobody is asked', async () => {
    await product.configure({ rewrites: true, expands: true });
    product.model.play({ say: 'x' });
    const answer = await product.assistant.ask(
      { question: QUESTION, history: [{ role: 'user', content: '重庆规划' }] },
      { extractive: true },
    );
    expect(answer.mode).toBe('extractive');
    expect(product.model.asked).toEqual([]);
  });

  it.each([
    ['none is configured', undefined],
    ['it has no name', { model: undefined }],
    ['it has no address', { baseUrl: undefined }],
    ['it is switched off', { answers: false }],
  ])('because %s, answers are extractive and nobody is asked', async (_why, changes) => {
    if (changes) await product.configure(changes);
    else await product.none();
    product.model.play({ say: 'x' });
    const { answer } = await product.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'extractive', status: 'answered' });
    expect(answer.notices).toEqual([]);
    expect(product.model.asked).toEqual([]);
  });
});
