/** What callbacks say: the examples of the documentation (接收消息, 接收事件, 消息格式), and what they leave open. */
import { describe, expect, it } from 'vitest';
import { hear, hearFields } from '../../../src/channels/wecom/heard.ts';
import { Refused } from '../../../src/channels/wecom/seal.ts';

const base = {
  msgid: 'CAIQ16HMjQYY/NGagIOAgAMgq4KM0AI=',
  aibotid: 'AIBOTID',
  chatid: 'CHATID',
  chattype: 'group',
  from: { userid: 'USERID' },
  response_url: 'https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=CODE',
};
const text = (content: string) => ({ msgtype: 'text', text: { content } });

describe('an intelligent bot hears', () => {
  it('a text that quotes another, as documented', () => {
    expect(hear({ ...base, ...text('@RobotA hello robot'), quote: text('这是今日的测试情况') })).toEqual({
      kind: 'message',
      id: base.msgid,
      user: 'USERID',
      group: 'CHATID',
      text: 'hello robot',
      quote: '这是今日的测试情况',
      responseUrl: base.response_url,
    });
  });

  it.each([
    ['@规问 森林覆盖率？', '森林覆盖率？'],
    ['@规问\u2005森林覆盖率？', '森林覆盖率？'],
    ['@规问 @小李 森林覆盖率？', '森林覆盖率？'],
    ['森林覆盖率？ @规问', '森林覆盖率？'],
    ['写信到 a@b.cn 可以吗', '写信到 a@b.cn 可以吗'],
    ['@规问', ''],
  ])('in a group “%s” as “%s”', (said, heard) => {
    expect(hear({ ...base, ...text(said) })).toMatchObject({ text: heard });
  });

  it('in a single chat a mention is a word like any other', () => {
    expect(hear({ ...base, chattype: 'single', ...text('@小李 是谁') })).toMatchObject({
      text: '@小李 是谁',
      group: undefined,
    });
  });

  it.each([
    ['voice', { msgtype: 'voice', voice: { content: '森林覆盖率是多少' } }, '森林覆盖率是多少'],
    [
      'texts between pictures',
      {
        msgtype: 'mixed',
        mixed: {
          msg_item: [
            { msgtype: 'text', text: { content: '这是' } },
            { msgtype: 'image', image: { url: 'https://x.example' } },
            { msgtype: 'text', text: { content: '哪里？' } },
          ],
        },
      },
      '这是\n哪里？',
    ],
    ['nothing of a picture', { msgtype: 'image', image: { url: 'https://x.example' } }, ''],
    ['nothing of a file', { msgtype: 'file', file: { url: 'https://x.example' } }, ''],
  ])('the words of %s', (_, said, heard) => {
    expect(hear({ ...base, ...said })).toMatchObject({ kind: 'message', text: heard });
  });

  it('a message whose quote is of a kind to come', () => {
    expect(hear({ ...base, ...text('x'), quote: { odd: true } })).toMatchObject({ quote: undefined });
  });

  it('a poll, an opened chat, and judgements', () => {
    expect(hear({ ...base, msgtype: 'stream', stream: { id: 'STREAMID' } })).toEqual({
      kind: 'poll',
      streamId: 'STREAMID',
    });
    const event = (name: string, more = {}) => ({
      ...base,
      msgtype: 'event',
      create_time: 1700000000,
      event: { eventtype: name, ...more },
    });
    expect(hear(event('enter_chat'))).toMatchObject({ kind: 'enter', user: 'USERID' });
    expect(hear(event('template_card_event', { template_card_event: {} }))).toEqual({
      kind: 'other',
      what: 'template_card_event',
    });
    expect(hear({ ...event('disconnected_event'), from: undefined })).toEqual({
      kind: 'other',
      what: 'disconnected_event',
    });
    const judged = (type: number) => hear(event('feedback_event', { feedback_event: { id: 'F', type } }));
    expect([1, 2, 3].map(judged)).toMatchObject([
      { kind: 'feedback', feedbackId: 'F', rating: 'up' },
      { kind: 'feedback', feedbackId: 'F', rating: 'down' },
      { kind: 'feedback', feedbackId: 'F', rating: undefined },
    ]);
  });

  it.each([
    null,
    [],
    'text',
    {},
    { ...base, from: {}, ...text('x') },
    { ...base, msgid: '', ...text('x') },
    { ...base, ...text('x'), response_url: 'file:///etc/passwd' },
    { ...base, msgtype: 'text', text: { content: 7 } },
  ])('nothing in %j', (body) => {
    expect(() => hear(body)).toThrow(Refused);
  });
});

describe('a self-built app hears', () => {
  const fields = {
    ToUserName: 'toUser',
    FromUserName: 'fromUser',
    CreateTime: '1348831860',
    AgentID: '1',
  };

  it('a text, as documented', () => {
    const said = { ...fields, MsgType: 'text', Content: 'this is a test', MsgId: '1234567890123456' };
    expect(hearFields(said)).toEqual({
      kind: 'message',
      id: '1234567890123456',
      user: 'fromUser',
      text: 'this is a test',
    });
  });

  it('events, which have no id, told apart by who, when and what', () => {
    const event = (name: string) => hearFields({ ...fields, MsgType: 'event', Event: name });
    expect(event('subscribe')).toEqual({
      kind: 'enter',
      id: 'fromUser 1348831860 subscribe',
      user: 'fromUser',
    });
    expect(event('LOCATION')).toEqual({ kind: 'other', what: 'LOCATION' });
  });

  it('nothing of a picture, and nothing at all without a sender', () => {
    expect(hearFields({ ...fields, MsgType: 'image', MsgId: '1' })).toMatchObject({ text: '' });
    expect(() => hearFields({ MsgType: 'text' })).toThrow(Refused);
  });
});
