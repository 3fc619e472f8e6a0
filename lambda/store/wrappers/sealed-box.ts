import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';

import type { Place } from '../local-store.ts';

/** A key of the ring with what is derived from it. */
export interface SealingKey {
  /** Not secret, and says nothing about the key. */
  readonly id: Buffer;
  /** The key of one collection. */
  of(collection: string): KeyObject;
}

/** What the bytes hold: the JSON as it is, or deflated. */
export type SealedForm = 1 | 2;

const ID_BYTES = 5;
/** Form and key id. */
const HEADER_BYTES = 1 + ID_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BODY = HEADER_BYTES + NONCE_BYTES;
/** What sealing adds. */
const SEALED_BYTES = BODY + TAG_BYTES;
/** Collections whose keys are kept; more begin anew. */
const MAX_COLLECTIONS = 1000;
const CIPHER = 'aes-256-gcm';

/**
 * Derives with HKDF-SHA256 a key for each collection, so that the number of random nonces that one key stands (2^32) counts
 * for each collection alone, and no key of the ring serves two ciphers.
 */
export function sealingKey(root: Uint8Array, context: string): SealingKey {
  // The info is part of the format: a change orphans everything that was ever sealed.
  const derive = (info: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', root, 'cdk-mcp-kit', `cdk-mcp-kit/v1/sealed/${info}`, bytes));
  const kept = new Map<string, KeyObject>();
  return {
    id: derive('kid', ID_BYTES),
    of(collection) {
      let key = kept.get(collection);
      if (!key) {
        if (kept.size === MAX_COLLECTIONS) kept.clear();
        key = createSecretKey(derive(`key/${context.length}:${context}${collection}`, 32));
        kept.set(collection, key);
      }
      return key;
    },
  };
}

/** Form, key id, nonce, ciphertext, tag. */
export function seal(key: SealingKey, context: string, place: Place, form: SealedForm, data: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(data.length + SEALED_BYTES);
  sealed[0] = form;
  sealed.set(key.id, 1);
  // Drawn anew each time, not from a pool: a pool in a frozen and copied process would give two rows one nonce.
  randomFillSync(sealed, HEADER_BYTES, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.of(place.collection), nonceOf(sealed));
  cipher.setAAD(bindingOf(sealed, context, place));
  sealed.set(cipher.update(data), BODY);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
}

/** Opens with this key; `undefined` when anything was changed, or it was sealed for another row or with another key. */
export function unseal(key: SealingKey, context: string, place: Place, sealed: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, key.of(place.collection), nonceOf(sealed), { authTagLength: TAG_BYTES });
  decipher.setAAD(bindingOf(sealed, context, place));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const data = decipher.update(sealed.subarray(BODY, -TAG_BYTES));
  try {
    decipher.final();
    return data;
  } catch {
    return undefined;
  }
}

/** Of the shortest box. */
export function isLongEnough(sealed: Buffer): boolean {
  return sealed.length >= SEALED_BYTES;
}

export function hasId(sealed: Buffer, key: SealingKey): boolean {
  return sealed.compare(key.id, 0, ID_BYTES, 1, HEADER_BYTES) === 0;
}

function nonceOf(sealed: Buffer): Buffer {
  return sealed.subarray(HEADER_BYTES, BODY);
}

/** What the tag covers besides the ciphertext. The lengths keep `a` + `b:c` apart from `a:b` + `c`. */
function bindingOf(sealed: Buffer, context: string, { collection, key }: Place): Buffer {
  const header = sealed.toString('latin1', 0, HEADER_BYTES);
  return Buffer.from(`${header}${context.length}:${context}${collection.length}:${collection}${key}`);
}
