/**
 * What WeCom's callbacks are sealed with: a signature over token, time, nonce and ciphertext, and AES with the
 * receiver's id inside (developer.work.weixin.qq.com, 加解密方案说明). `@wecom/crypto` computes; this verifies.
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';

/** How far a callback's time may be from ours, in milliseconds. */
export const WINDOW_MS = 5 * 60_000;

/** The token and the EncodingAESKey set in WeCom's console. */
export interface SealKeys {
  readonly token: string;
  /** 43 letters and digits. */
  readonly encodingAesKey: string;
}

/** A callback's query as it came. */
export interface SealQuery {
  readonly msg_signature?: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp?: string | undefined;
  readonly nonce?: string | undefined;
}

/** What was sealed, and for whom. */
export interface Opened {
  readonly message: string;
  /** The corp id for a self-built app's callback; empty for an intelligent bot's. */
  readonly receiveId: string;
}

/** A callback that is turned away. The message is for whoever called; `reason`, with the remedy, is for the log. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: 400 | 401 | 403;
  readonly code: string;
  readonly reason: string;
  constructor(status: 400 | 401 | 403, code: string, message: string, reason: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

/** A callback that holds nothing that can be read; why is told to the log only. */
export const unreadable = (reason: string) =>
  new Refused(400, 'invalid_request', '回调内容无法识别。', reason);

/**
 * Checks the signature, then the time, then decrypts.
 * @throws Refused; nothing is decrypted before the signature is known to be right
 */
export function open(keys: SealKeys, query: SealQuery, sealed: string, now: number): Opened {
  const { msg_signature: given, timestamp, nonce } = query;
  if (!given || !timestamp || !nonce) throw unreadable('缺少 msg_signature、timestamp 或 nonce');
  const right = getSignature(keys.token, timestamp, nonce, sealed);
  if (!sameText(given, right)) {
    throw new Refused(401, 'invalid_signature', '签名不正确。', '签名不对，WECOM_TOKEN 与后台的一致吗');
  }
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp) * 1000) > WINDOW_MS) {
    throw new Refused(
      401,
      'expired_timestamp',
      '请求已过期。',
      `时间戳 ${timestamp} 差得太多，服务器的时钟准吗`,
    );
  }
  return decryptStrictly(keys.encodingAesKey, sealed);
}

/** A reply as an intelligent bot's callback wants it: JSON, sealed for an empty receiver. */
export function sealedReply(keys: SealKeys, message: unknown, nonce: string, now: number): string {
  const sealed = encrypt(keys.encodingAesKey, JSON.stringify(message), '');
  const timestamp = Math.floor(now / 1000);
  return JSON.stringify({
    encrypt: sealed,
    msgsignature: getSignature(keys.token, timestamp.toString(), nonce, sealed),
    timestamp,
    nonce,
  });
}

/**
 * `decrypt` takes any padding and any length for granted. The initialisation vector is part of the key, so that
 * encrypting what came out must give back what went in, unless something about it was wrong.
 */
function decryptStrictly(key: string, sealed: string): Opened {
  try {
    const { message, id, random } = decrypt(key, sealed);
    if (encrypt(key, message, id, random) === sealed) return { message, receiveId: id };
  } catch {
    // Told as any other ciphertext that does not open.
  }
  throw unreadable('密文解不开，WECOM_ENCODING_AES_KEY 与后台的一致吗');
}

/** Compares in a time that tells nothing of where two texts differ. */
function sameText(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
