import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

import { strictBase64 } from './base64.ts';

/** The two halves of a Fernet key. */
export interface FernetKey {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

const VERSION = 0x80;
/** Version, seconds since 1970 in 8 bytes, initialization vector. */
const HEADER_BYTES = 1 + 8 + 16;
const BLOCK_BYTES = 16;
const MAC_BYTES = 32;

/** @param key 32 bytes: the first half signs, the second encrypts */
export function fernetKey(key: Uint8Array): FernetKey {
  return { signing: createSecretKey(key.slice(0, 16)), encryption: createSecretKey(key.slice(16)) };
}

/**
 * A token of the Fernet specification: AES-128-CBC, then HMAC-SHA256 over everything before it, in base64url with padding.
 *
 * @param time milliseconds since 1970; stands in the token in clear
 */
export function fernetEncrypt(
  { signing, encryption }: FernetKey,
  data: Uint8Array,
  time = Date.now(),
  iv: Uint8Array = randomBytes(BLOCK_BYTES),
): string {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  header.writeBigUInt64BE(BigInt(Math.floor(time / 1000)), 1);
  header.set(iv, 9);
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const body = Buffer.concat([header, cipher.update(data), cipher.final()]);
  return padded(Buffer.concat([body, macOf(signing, body)]));
}

/** What the token holds, by the first key whose MAC fits; `undefined` when there is none or the text is no token. */
export function fernetDecrypt(keys: readonly FernetKey[], token: string): Buffer | undefined {
  const bytes = strictBase64(token.replace(/={1,2}$/, ''), 'base64url');
  if (!bytes || padded(bytes) !== token) return undefined;
  const cipherBytes = bytes.length - HEADER_BYTES - MAC_BYTES;
  if (bytes[0] !== VERSION || cipherBytes < BLOCK_BYTES || cipherBytes % BLOCK_BYTES !== 0) return undefined;
  const body = bytes.subarray(0, -MAC_BYTES);
  const mac = bytes.subarray(-MAC_BYTES);
  const key = keys.find(({ signing }) => timingSafeEqual(macOf(signing, body), mac));
  if (!key) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, body.subarray(9, HEADER_BYTES));
  try {
    return Buffer.concat([decipher.update(body.subarray(HEADER_BYTES)), decipher.final()]);
  } catch {
    return undefined; // signed, but with another padding than the specification's
  }
}

function macOf(signing: KeyObject, body: Uint8Array): Buffer {
  return createHmac('sha256', signing).update(body).digest();
}

function padded(bytes: Buffer): string {
  const text = bytes.toString('base64url');
  return text + '='.repeat(-text.length & 3);
}
