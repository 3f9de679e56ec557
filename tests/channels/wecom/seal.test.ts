/** What is sealed by the platform opens; what anybody else made, or made long ago, does not. */
import { describe, expect, it } from 'vitest';
import { open, Refused, sealedReply } from '../../../src/channels/wecom/seal.ts';
import { readXml } from '../../../src/channels/wecom/xml.ts';
import {
  AES_KEY,
  CORP_ID,
  enciphered,
  padded,
  plain,
  sealed,
  signature,
  TOKEN,
  unsealed,
} from './sealing.ts';

const KEYS = { token: TOKEN, encodingAesKey: AES_KEY };
const NOW = Date.parse('2026-03-02T10:00:00+08:00');
const timestamp = String(NOW / 1000);
const query = (ciphertext: string, time = timestamp) => ({
  timestamp: time,
  nonce: '263014780',
  msg_signature: signature(TOKEN, time, '263014780', ciphertext),
});
const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('it was taken');
};

/** The example of the platform's documentation (加解密方案说明) and of the libraries it hands out. */
describe('the documented vectors', () => {
  const keys = { token: 'QDG6eK', encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' };

  it('URL verification', () => {
    const echo = 'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==';
    const sent = {
      msg_signature: '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3',
      timestamp: '1409659589',
      nonce: '263014780',
    };
    expect(open(keys, sent, echo, 1409659589_000)).toEqual({
      message: '1616140317555161061',
      receiveId: 'wx5823bf96d3bd56c7',
    });
  });

  it('a message', () => {
    const body =
      '<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><Encrypt><![CDATA[RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==]]></Encrypt><AgentID><![CDATA[218]]></AgentID></xml>';
    const sent = {
      msg_signature: '477715d11cdb4164915debcba66cb864d751f3e6',
      timestamp: '1409659813',
      nonce: '1372623149',
    };
    const { message, receiveId } = open(keys, sent, readXml(body).Encrypt ?? '', 1409659813_000);
    expect(receiveId).toBe('wx5823bf96d3bd56c7');
    expect(readXml(message)).toMatchObject({ FromUserName: 'mycreate', MsgType: 'text', Content: 'hello' });
  });
});

describe('opening', () => {
  it('gives back the message and whom it is for, whatever its length', () => {
    for (const length of [0, 1, 11, 12, 13, 31, 32, 33, 4000]) {
      const message = '规'.repeat(length);
      const box = sealed(message, CORP_ID);
      expect(open(KEYS, query(box), box, NOW)).toEqual({ message, receiveId: CORP_ID });
    }
  });

  it.each([
    ['another token', (box: string) => signature('another', timestamp, '263014780', box)],
    ['another nonce', (box: string) => signature(TOKEN, timestamp, '263014781', box)],
    ['another time', (box: string) => signature(TOKEN, String(NOW / 1000 - 1), '263014780', box)],
    ['another content', () => signature(TOKEN, timestamp, '263014780', sealed('别的', ''))],
    ['nothing', () => 'x'],
    ['half of it', (box: string) => query(box).msg_signature.slice(0, 20)],
  ])('refuses a signature over %s', (_, sign) => {
    const box = sealed('{}', '');
    const refused = refusal(() => open(KEYS, { ...query(box), msg_signature: sign(box) }, box, NOW));
    expect(refused).toMatchObject({ status: 401, code: 'invalid_signature' });
  });

  it.each(['msg_signature', 'timestamp', 'nonce'])('refuses a query without %s', (name) => {
    const box = sealed('{}', '');
    expect(refusal(() => open(KEYS, { ...query(box), [name]: undefined }, box, NOW)).status).toBe(400);
  });

  it.each([-301, 301])('refuses what was signed %d seconds from now', (seconds) => {
    const box = sealed('{}', '');
    const sent = query(box, String(NOW / 1000 + seconds));
    expect(refusal(() => open(KEYS, sent, box, NOW))).toMatchObject({
      status: 401,
      code: 'expired_timestamp',
    });
    expect(open(KEYS, query(box, String(NOW / 1000 + Math.sign(seconds) * 299)), box, NOW).message).toBe(
      '{}',
    );
  });

  it.each([
    ['another key', sealed('{}', '', 'zyxwvutsrqponmlkjihgfedcba9876543210ABCDEFG')],
    ['no block', enciphered(Buffer.alloc(32, 1)).slice(0, 10)],
    ['nothing', ''],
    ['no base64', '你好，世界'],
    ['a cut end', sealed('规划'.repeat(40), '').slice(0, -24)],
    ['padding of zeros', enciphered(Buffer.concat([plain('{"a":1234}', ''), Buffer.alloc(2)]))],
    ['padding of 33', enciphered(Buffer.concat([plain('{"a":1234}', ''), Buffer.alloc(2, 33)]))],
    [
      'padding that is not all the same',
      enciphered(Buffer.concat([plain('{"a":1234}', ''), Buffer.from([1, 2])])),
    ],
    ['a length beyond its end', enciphered(padded(plain('{}', '', 4_000_000_000)))],
    [
      'bytes that are no UTF-8',
      enciphered(padded(Buffer.concat([plain('', '', 2), Buffer.from([0xff, 0xfe])]))),
    ],
  ])('refuses a ciphertext with %s, and says no more than that', (_, box) => {
    const refused = refusal(() => open(KEYS, query(box), box, NOW));
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request', message: '回调内容无法识别。' });
  });

  it('looks at the signature first, so that nobody learns what a ciphertext decrypts to', () => {
    const refused = refusal(() =>
      open(KEYS, { ...query('x'), msg_signature: '0'.repeat(40) }, 'broken', NOW),
    );
    expect(refused.code).toBe('invalid_signature');
  });
});

it('a reply is sealed as the platform opens it', () => {
  const {
    encrypt,
    msgsignature,
    timestamp: time,
    nonce,
  } = JSON.parse(sealedReply(KEYS, { 答: 1 }, '77', NOW));
  expect(unsealed(encrypt)).toEqual({ message: '{"答":1}', receiveId: '' });
  expect(msgsignature).toBe(signature(TOKEN, String(time), nonce, encrypt));
  expect([time, nonce]).toEqual([NOW / 1000, '77']);
});

describe('XML', () => {
  it('is read as flat texts, from CDATA as it stands', () => {
    expect(
      readXml('<xml><Content><![CDATA[a<b> & “c” &amp;]]></Content><MsgId>0123456789012345678</MsgId></xml>'),
    ).toEqual({ Content: 'a<b> & “c” &amp;', MsgId: '0123456789012345678' });
  });

  it.each([
    ['text', '不是 XML'],
    ['no end', '<xml><Encrypt>'],
    ['crossed elements', '<xml><a><b></a></b></xml>'],
    ['another root', '<html></html>'],
    ['two roots', '<a></a><xml></xml>'],
    [
      'a billion laughs',
      `<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">${Array.from('bcdefghij', (name, i) => `<!ENTITY ${name} "${`&${'abcdefghi'[i]};`.repeat(10)}">`).join('')}]><xml><Encrypt>&j;</Encrypt></xml>`,
    ],
    ['an outside entity', '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><Encrypt>x</Encrypt></xml>'],
  ])('refuses %s', (_, xml) => {
    expect(refusal(() => readXml(xml))).toMatchObject({ status: 400, message: '回调内容无法识别。' });
  });

  it('expands no entity, so that nothing grows', () => {
    expect(readXml('<xml><Content>&lt;&#20320;&a;</Content></xml>')).toEqual({ Content: '&lt;&#20320;&a;' });
  });

  it('does not fall over deep nesting', () => {
    const deep = `${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`;
    expect(refusal(() => readXml(`<xml>${deep}</xml>`)).status).toBe(400);
  });
});
