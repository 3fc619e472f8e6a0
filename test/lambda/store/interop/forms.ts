import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { Compression } from '../../../../lambda/store/wrappers/compression.ts';
import { FernetEncryption } from '../../../../lambda/store/wrappers/fernet-encryption.ts';
import { PrefixCollections } from '../../../../lambda/store/wrappers/prefix-collections.ts';

/** One way to wrap a store on both sides. */
export interface Form {
  readonly name: string;
  ours(inner: KeyValueStore): KeyValueStore;
  /** A Python expression made of `inner`, after the statements of `setup`. */
  readonly theirs: string;
  readonly setup?: string;
  /**
   * What is below the compression on our side.
   *
   * @default - it compresses nothing
   */
  readonly compressed?: (inner: KeyValueStore) => KeyValueStore;
}

/** Bytes of JSON from which on both sides compress. */
const FROM = 60;

/** Of one ring: the first encrypts on both sides. */
const KEYS = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
const fernet = (key: Uint8Array | undefined): string => `Fernet(${JSON.stringify(base64(key))})`;

const SETUP = `
from cryptography.fernet import Fernet, MultiFernet
from key_value.aio.wrappers.compression import CompressionWrapper
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper
from key_value.aio.wrappers.prefix_collections import PrefixCollectionsWrapper
one = ${fernet(KEYS[0])}
ring = MultiFernet([${KEYS.map(fernet).join(', ')}])`;

export const PLAIN: Form = { name: 'plain', ours: (inner) => inner, theirs: 'inner' };

export const PREFIXED: Form = {
  name: 'prefixed',
  ours: (inner) => new PrefixCollections(inner, { prefix: 'notes' }),
  setup: SETUP,
  theirs: 'PrefixCollectionsWrapper(inner, prefix="notes")',
};

export const ENCRYPTED: Form = {
  name: 'encrypted',
  ours: (inner) => new FernetEncryption(inner, { keys: KEYS.slice(0, 1) }),
  setup: SETUP,
  theirs: 'FernetEncryptionWrapper(inner, fernet=one)',
};

/** Python encrypts with the first key of its ring, we with the last of it: each reads what is not its own first key. */
export const ROTATING: Form = {
  name: 'encrypted-while-keys-rotate',
  ours: (inner) => new FernetEncryption(inner, { keys: () => Promise.resolve([...KEYS].reverse()) }),
  setup: SETUP,
  theirs: 'FernetEncryptionWrapper(inner, fernet=ring)',
};

export const COMPRESSED: Form = {
  name: 'compressed',
  ours: (inner) => new Compression(inner, { minSizeToCompress: FROM }),
  compressed: (inner) => inner,
  setup: SETUP,
  theirs: `CompressionWrapper(inner, min_size_to_compress=${FROM})`,
};

const sealed = (inner: KeyValueStore): KeyValueStore =>
  new FernetEncryption(new PrefixCollections(inner, { prefix: 'notes' }), { keys: KEYS });

/** As two servers would share a store in earnest. */
export const TOGETHER: Form = {
  name: 'compressed-encrypted-prefixed',
  ours: (inner) => new Compression(sealed(inner), { minSizeToCompress: FROM }),
  compressed: sealed,
  setup: SETUP,
  theirs: `CompressionWrapper(FernetEncryptionWrapper(PrefixCollectionsWrapper(inner, prefix="notes"), fernet=ring), min_size_to_compress=${FROM})`,
};

function base64(key: Uint8Array | undefined): string {
  return Buffer.from(key ?? [])
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
