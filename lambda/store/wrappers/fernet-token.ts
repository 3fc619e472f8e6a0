import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';

/** The two halves of a Fernet key. */
export interface FernetKey {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

const VERSION = 0x80;
/** Version, seconds since 1970 in 8 bytes, initialization vector. */
const HEADER_BYTES = 1 + 8 + 16;
const IV_AT = 9;
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
  iv?: Uint8Array,
): string {
  const cipherBytes = data.length - (data.length % BLOCK_BYTES) + BLOCK_BYTES;
  const token = Buffer.alloc(HEADER_BYTES + cipherBytes + MAC_BYTES);
  token[0] = VERSION;
  token.writeUIntBE(Math.floor(time / 1000), 3, 6);
  if (iv) token.set(iv, IV_AT);
  else randomFillSync(token, IV_AT, BLOCK_BYTES);
  const cipher = createCipheriv('aes-128-cbc', encryption, token.subarray(IV_AT, HEADER_BYTES));
  const body = token.subarray(0, -MAC_BYTES);
  const start = cipher.update(data);
  body.set(start, HEADER_BYTES);
  body.set(cipher.final(), HEADER_BYTES + start.length);
  token.set(macOf(signing, body), body.length);
  return padded(token);
}

/** What the token holds, by the first key whose MAC fits; `undefined` when there is none or the text is no token. */
export function fernetDecrypt(keys: readonly FernetKey[], token: string): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (padded(bytes) !== token) return undefined; // Buffer skips what it does not know: one token would have many texts
  const cipherBytes = bytes.length - HEADER_BYTES - MAC_BYTES;
  if (bytes[0] !== VERSION || cipherBytes < BLOCK_BYTES || cipherBytes % BLOCK_BYTES !== 0) return undefined;
  const body = bytes.subarray(0, -MAC_BYTES);
  const mac = bytes.subarray(-MAC_BYTES);
  const key = keys.find(({ signing }) => timingSafeEqual(macOf(signing, body), mac));
  if (!key) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, body.subarray(IV_AT, HEADER_BYTES));
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
