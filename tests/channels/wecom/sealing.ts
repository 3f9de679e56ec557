/**
 * The platform's side of the cryptography, written from its description and sharing nothing with ours:
 * base64(AES-256-CBC(key, iv = first 16 bytes of the key, 16 random bytes + length + message + receiver, padded to 32)),
 * and a SHA-1 over token, time, nonce and ciphertext in alphabetical order.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export const TOKEN = 'a-token-of-ours';
export const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
export const CORP_ID = 'ww1234567890abcdef';

const keyOf = (encodingAesKey: string) => Buffer.from(`${encodingAesKey}=`, 'base64');

/** What stands before encryption, unpadded. */
export function plain(message: string, receiveId: string, length = Buffer.byteLength(message)): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return Buffer.concat([randomBytes(16), size, Buffer.from(message), Buffer.from(receiveId)]);
}

/** PKCS#7 to a multiple of 32. */
export function padded(bytes: Buffer): Buffer {
  const missing = 32 - (bytes.length % 32);
  return Buffer.concat([bytes, Buffer.alloc(missing, missing)]);
}

/** AES over bytes that are whole blocks already. */
export function enciphered(bytes: Buffer, encodingAesKey = AES_KEY): string {
  const key = keyOf(encodingAesKey);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]).toString('base64');
}

export function sealed(message: string, receiveId: string, encodingAesKey = AES_KEY): string {
  return enciphered(padded(plain(message, receiveId)), encodingAesKey);
}

export function unsealed(
  ciphertext: string,
  encodingAesKey = AES_KEY,
): { message: string; receiveId: string } {
  const key = keyOf(encodingAesKey);
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const bytes = Buffer.concat([decipher.update(ciphertext, 'base64'), decipher.final()]);
  const padding = bytes.at(-1) ?? 0;
  if (padding < 1 || padding > 32) throw new Error('wrong padding');
  const content = bytes.subarray(0, -padding);
  const length = content.readUInt32BE(16);
  return {
    message: content.subarray(20, 20 + length).toString(),
    receiveId: content.subarray(20 + length).toString(),
  };
}

export function signature(token: string, timestamp: string, nonce: string, ciphertext: string): string {
  const parts = [token, timestamp, nonce, ciphertext].sort((a, b) => (a < b ? -1 : 1));
  return createHash('sha1').update(parts.join('')).digest('hex');
}
