import { memcachedAdapter } from '../../../lambda/store/adapters/memcached.ts';
import { UnfitStoreError } from '../../../lambda/store/errors.ts';
import type { KeyValueStore, StoreCapabilities } from '../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../lambda/store/memory/memory-store.ts';
import { requireStateStore } from '../../../lambda/store/require-state-store.ts';

const all: StoreCapabilities = { putIfAbsent: true, take: true, compareAndSet: true, durable: true, shared: true };
const storeWith = (capabilities: Partial<StoreCapabilities>): KeyValueStore =>
  Object.defineProperty(new MemoryStore(), 'capabilities', { value: { ...all, ...capabilities } });
const refusal = (store: KeyValueStore, options = {}): UnfitStoreError => {
  try {
    requireStateStore(store, options);
  } catch (error) {
    if (error instanceof UnfitStoreError) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

test('a store that promises everything is handed back', () => {
  const store = storeWith({});
  expect(requireStateStore(store)).toBe(store);
});

test.each(['putIfAbsent', 'take', 'compareAndSet'] as const)('without %s nothing helps', (name) => {
  const store = storeWith({ [name]: false });
  for (const options of [{}, { allowLostWrites: true, singleInstance: true }]) {
    const { message, missing, retryable } = refusal(store, options);
    expect(missing).toEqual([name]);
    expect(message).toContain(`it lacks: ${name} (`);
    expect(message).toContain('Use DynamoDB');
    expect(message).not.toContain('accepts');
    expect(retryable).toBe(false);
  }
});

test('a store that may lose writes needs an opt-in, which its error names', () => {
  const store = storeWith({ durable: false });
  expect(refusal(store).message).toContain('allowLostWrites');
  expect(refusal(store, { singleInstance: true }).missing).toEqual(['durable']);
  expect(requireStateStore(store, { allowLostWrites: true })).toBe(store);
});

test('a store of one instance needs another', () => {
  const store = storeWith({ shared: false });
  expect(refusal(store, { allowLostWrites: true }).message).toContain('singleInstance');
  expect(requireStateStore(store, { singleInstance: true })).toBe(store);
});

test('everything that is missing is named at once', () => {
  const none = storeWith({ putIfAbsent: false, take: false, compareAndSet: false, durable: false, shared: false });
  expect(refusal(none).missing).toEqual(['putIfAbsent', 'take', 'compareAndSet', 'durable', 'shared']);
  expect(refusal(new MemoryStore()).missing).toEqual(['durable', 'shared']);
  const memory = new MemoryStore();
  expect(requireStateStore(memory, { allowLostWrites: true, singleInstance: true })).toBe(memory);
});

test('a store that evicts is a cache, and no opt-in makes it more', () => {
  const memcached = memcachedAdapter.open(new URL('memcached://127.0.0.1:1')); // connects at the first use
  for (const options of [{}, { allowLostWrites: true, singleInstance: true }]) {
    const { message, missing } = refusal(memcached, options);
    expect(missing).toEqual(['evicts']);
    expect(message).toContain('Keep it for the cache, and use DynamoDB');
  }
});
