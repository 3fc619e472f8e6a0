import { randomBytes } from 'node:crypto';

import type { KeyPurpose, KeyRing } from './key-ring.ts';
import { KEY_BYTES } from './ring-document.ts';

/**
 * Random keys that live as long as the process: for a laptop, and for tests. Where several processes share a store, or
 * where data outlives the process, nobody could decrypt it.
 */
export function ephemeralKeyRing(): KeyRing {
  const made = new Map<KeyPurpose, readonly Uint8Array[]>();
  return {
    keys(purpose) {
      let keys = made.get(purpose);
      if (!keys) made.set(purpose, (keys = [new Uint8Array(randomBytes(KEY_BYTES))]));
      return Promise.resolve(keys.map((key) => key.slice()));
    },
  };
}
