import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { Compression } from '../../../../lambda/store/wrappers/compression.ts';
import { FernetEncryption } from '../../../../lambda/store/wrappers/fernet-encryption.ts';
import { LimitSize } from '../../../../lambda/store/wrappers/limit-size.ts';
import { PassthroughCache } from '../../../../lambda/store/wrappers/passthrough-cache.ts';
import { PrefixCollections } from '../../../../lambda/store/wrappers/prefix-collections.ts';
import { Retry } from '../../../../lambda/store/wrappers/retry.ts';
import { SealedEncryption } from '../../../../lambda/store/wrappers/sealed-encryption.ts';
import { Statistics } from '../../../../lambda/store/wrappers/statistics.ts';
import { Timeout } from '../../../../lambda/store/wrappers/timeout.ts';
import { TtlClamp } from '../../../../lambda/store/wrappers/ttl-clamp.ts';
import { storeContract } from '../contract.ts';

const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const provider = (): Promise<Uint8Array[]> => Promise.resolve(keys.map((key) => key.slice()));
const limits = { minTtl: 0, maxTtl: 1e9 };

const WRAPPERS: Readonly<Record<string, (inner: KeyValueStore, now: () => number) => KeyValueStore>> = {
  'Fernet encryption': (inner) => new FernetEncryption(inner, { keys }),
  'Fernet encryption, keys from a provider': (inner) => new FernetEncryption(inner, { keys: provider }),
  'sealed encryption': (inner) => new SealedEncryption(inner, { keys, context: 'test' }),
  'sealed encryption, deflated': (inner) =>
    new SealedEncryption(inner, { keys: provider, context: 't', compressFrom: 0 }),
  compression: (inner) => new Compression(inner, { minSizeToCompress: 0 }),
  'size limit': (inner) => new LimitSize(inner, { minSize: 1, maxSize: 1e6 }),
  'lifetime clamp': (inner) => new TtlClamp(inner, limits),
  statistics: (inner) => new Statistics(inner),
  timeout: (inner) => new Timeout(inner),
  retry: (inner) => new Retry(inner),
  'passthrough cache': (inner, now) => new PassthroughCache(inner, new MemoryStore({ now })),
  'passthrough cache, the cache always at fault': (inner) => {
    const cache = new MemoryStore();
    void cache.close();
    return new PassthroughCache(inner, cache);
  },
  'compressed, then encrypted for Python': (inner) => new Compression(new FernetEncryption(inner, { keys })),
  'the stack of OAuth state': (inner) =>
    new Timeout(
      new SealedEncryption(new Retry(new PrefixCollections(inner, { prefix: 'weather' })), { keys, context: 'oauth' }),
    ),
  'the stack of a shared cache': (inner, now) => {
    const shared = new PrefixCollections(new Retry(inner), { prefix: 'weather' });
    const encoded = new Compression(new FernetEncryption(shared, { keys }), { minSizeToCompress: 100 });
    const limited = new TtlClamp(new LimitSize(encoded, { maxSize: 1e6 }), limits);
    return new Statistics(new Timeout(new PassthroughCache(limited, new MemoryStore({ now }))));
  },
};

for (const [name, wrap] of Object.entries(WRAPPERS)) {
  storeContract(`${name}, over memory`, ({ now }) => wrap(new MemoryStore({ now }), now));

  test(`${name}: promises what the store below promises`, () => {
    const inner = new MemoryStore();
    for (const durable of [true, false]) {
      const capabilities = { ...inner.capabilities, take: false, durable };
      Object.defineProperty(inner, 'capabilities', { value: capabilities, configurable: true });
      const promised = { ...capabilities, durable: name === 'size limit' ? false : durable };
      expect(wrap(inner, Date.now).capabilities).toEqual(promised);
    }
  });
}
