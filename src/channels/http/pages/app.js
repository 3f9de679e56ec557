/**
 * The chat page. Everything that comes from the server or the reader becomes text nodes; nothing is parsed as HTML.
 */

const $ = (selector) => document.querySelector(selector);
const form = $('#ask');
const field = $('#question');
const button = form.querySelector('button');
const scope = $('#scope');
const log = $('#log');

const REASONS = {
  out_of_scope: '不在规划的范围内',
  not_in_plan: '规划没有提到',
  year_not_given: '没有这一年的内容',
  place_not_covered: '没有这个地方的内容',
  detail_not_given: '没有这个细节',
  false_premise: '前提与规划不符',
  nothing_found: '没有找到相关内容',
};
const HISTORY_TURNS = 10;

/** What was said so far, for follow-up questions. */
const history = [];
/** Stops the answer under way, if there is one. */
let running;
let cards = 0;

function h(tag, props, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children.filter((child) => child !== undefined && child !== ''));
  return element;
}

/** Server-Sent Events of a response, as [name, data]. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop();
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name && data) yield [name, JSON.parse(data)];
    }
  }
}

async function getJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.json()).error.message);
  return response.json();
}

/** Bold, citation marks and escaped characters of one line. */
function inline(text, cite) {
  return text.split(/(\\[!-/:-@[-`{-~]|\*\*[^*]+\*\*|\[\d{1,3}\])/).map((part) => {
    if (/^\\.$/.test(part)) return part[1];
    if (/^\*\*.+\*\*$/.test(part)) return h('strong', {}, ...inline(part.slice(2, -2), cite));
    const n = /^\[(\d+)\]$/.exec(part)?.[1];
    return (n && cite(Number(n))) || part;
  });
}

/** The little Markdown answers use: paragraphs, lists, tables, bold, citation marks. */
function markdown(text, cite) {
  const blocks = [];
  /** The block under way if it has this tag, or a new one. */
  const within = (tag) => {
    if (blocks.at(-1)?.tagName !== tag) blocks.push(document.createElement(tag));
    return blocks.at(-1);
  };
  for (const line of text.split('\n')) {
    const item = /^\s*(?:([-*])|\d+[.、])\s+(.*)$/.exec(line);
    if (/^\|[\s|:-]+\|$/.test(line)) continue;
    if (/^\|.*\|$/.test(line)) {
      const table = within('TABLE');
      const cell = table.rows.length === 0 ? 'th' : 'td';
      const cells = line.slice(1, -1).split(/(?<!\\)\|/);
      table.append(h('tr', {}, ...cells.map((content) => h(cell, {}, ...inline(content.trim(), cite)))));
    } else if (item) {
      within(item[1] ? 'UL' : 'OL').append(h('li', {}, ...inline(item[2], cite)));
    } else if (line.trim()) {
      blocks.push(h('p', {}, ...inline(line.replace(/^#+\s+/, ''), cite)));
    }
  }
  return blocks.map((block) => (block.tagName === 'TABLE' ? h('div', { className: 'wide' }, block) : block));
}

function source(citation, id) {
  const { plan, start, end } = citation;
  const href = `/plans/${encodeURIComponent(plan.id)}?start=${start}&end=${end}#quote`;
  return h(
    'li',
    {},
    h(
      'details',
      { id },
      h(
        'summary',
        {},
        h('span', { className: 'chip' }, String(citation.n)),
        `《${plan.title}》 ${citation.label}`,
      ),
      h('blockquote', {}, citation.quote),
      h('a', { href, target: '_blank', rel: 'noopener' }, '在原文中查看'),
    ),
  );
}

function sources(title, citations, prefix) {
  if (citations.length === 0) return [];
  const list = citations.map((citation) => source(citation, `${prefix}-${citation.n}`));
  return [h('p', { className: 'muted' }, title), h('ul', { className: 'sources' }, ...list)];
}

/** A numbered chip that opens its citation. */
function chip(citation, prefix) {
  const show = () => {
    const details = document.getElementById(`${prefix}-${citation.n}`);
    for (const other of log.querySelectorAll('.shown')) other.classList.remove('shown');
    details.open = true;
    details.classList.add('shown');
    details.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  const title = `《${citation.plan.title}》 ${citation.label}`;
  return h('button', { type: 'button', className: 'chip', title, onclick: show }, String(citation.n));
}

function render(card, answer) {
  const prefix = `source-${++cards}`;
  const cite = (n) => {
    const citation = answer.citations.find((candidate) => candidate.n === n);
    return citation && chip(citation, prefix);
  };
  const found = answer.status === 'answered';
  card.classList.toggle('not-found', !found);
  card.replaceChildren(
    ...(found
      ? []
      : [
          h('p', { className: 'verdict' }, `规划没有说 · ${REASONS[answer.reason] ?? REASONS.nothing_found}`),
        ]),
    ...markdown(answer.answer, cite),
    ...answer.notices.map((notice) => h('p', { className: 'notice' }, notice)),
    ...sources('引文', answer.citations, prefix),
    ...sources('最接近的段落，供判断，不是回答', answer.related, `${prefix}-related`),
    ...(answer.followUps.length > 0
      ? [
          h('p', { className: 'muted' }, '接着问'),
          h('ul', { className: 'pills' }, ...answer.followUps.map(pill)),
        ]
      : []),
  );
}

function pill(question) {
  return h('li', {}, h('button', { type: 'button', onclick: () => ask(question) }, question));
}

async function ask(question) {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  button.textContent = '停止';
  $('#welcome').hidden = true;

  const card = h('article', { className: 'card answer' }, h('p', { className: 'muted' }, '正在查找…'));
  const asked = h('p', { className: 'asked' }, question);
  log.append(asked, card);
  asked.scrollIntoView({ block: 'start' });

  let text = '';
  let answer;
  try {
    const response = await fetch('/api/v1/ask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        question,
        history: history.slice(-HISTORY_TURNS),
        stream: true,
        ...(scope.value ? { plans: [scope.value] } : {}),
      }),
      signal: controller.signal,
    });
    if (!response.ok) throw new Error((await response.json()).error.message);
    for await (const [name, data] of events(response)) {
      if (name === 'status' && !text) card.replaceChildren(h('p', { className: 'muted' }, data.text));
      if (name === 'delta') {
        text += data.text;
        card.replaceChildren(...markdown(text, () => undefined));
      }
      if (name === 'error') throw new Error(data.error.message);
      if (name === 'done') answer = data;
    }
    if (!answer) throw new Error('连接中断，回答不完整，请再试一次。');
    render(card, answer);
    asked.scrollIntoView({ block: 'start' });
    history.push({ role: 'user', content: question }, { role: 'assistant', content: answer.answer });
  } catch (error) {
    if (controller.signal.aborted) card.append(h('p', { className: 'muted' }, '已停止。'));
    else {
      const message = error instanceof TypeError ? '连不上服务，请检查网络后再试。' : error.message;
      card.replaceChildren(
        h('p', { className: 'error' }, message),
        h('ul', { className: 'pills' }, pill(question)),
      );
    }
  } finally {
    if (running === controller) {
      running = undefined;
      button.textContent = '提问';
    }
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (running) return running.abort();
  const question = field.value.trim();
  if (!question) return;
  field.value = '';
  ask(question);
});
field.addEventListener('keydown', (event) => {
  // Enter that confirms an input method's candidate is not a question yet.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) form.requestSubmit();
});

function listPlans(plans) {
  for (const plan of plans) {
    scope.append(h('option', { value: plan.id }, plan.title));
    const period =
      plan.period && !plan.title.includes(plan.period.start)
        ? ` ${plan.period.start}—${plan.period.end}年`
        : '';
    $('#plans').append(
      h(
        'li',
        {},
        h('a', { href: `/plans/${encodeURIComponent(plan.id)}` }, plan.title),
        h('span', { className: 'muted' }, period),
        plan.status === 'draft' ? h('span', { className: 'tag' }, '征求意见稿') : '',
      ),
    );
  }
}

/** Questions that fit whatever plans are loaded: targets of the latest year, and aims. */
function suggest(plans, indicators) {
  const called = (plan) => plan.shortNames[0] ?? `《${plan.title}》`;
  const targets = plans.flatMap((plan) => {
    const rows = indicators.filter(({ planId, target }) => planId === plan.id && target?.year);
    const last = Math.max(...rows.map(({ target }) => target.year));
    const row = rows.find(({ name, target }) => target.year === last && /^\S{4,12}$/.test(name));
    return row ? [`${called(plan)}里，${last}年${row.name}的目标是多少？`] : [];
  });
  // A plan with a table of targets says what it aims at; of others nobody knows.
  const aims = plans.filter((plan) => plan.indicators > 0).map((plan) => `${called(plan)}的主要目标有哪些？`);
  $('#suggestions').append(...[...targets.slice(0, 3), ...aims.slice(0, 2)].map(pill));
}

const { plans } = await getJson('/api/v1/plans');
listPlans(plans);
suggest(plans, (await getJson('/api/v1/indicators')).indicators);
