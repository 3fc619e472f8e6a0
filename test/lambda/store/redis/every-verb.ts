import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';

/** Uses every verb of a store, in every way that sends something else. */
export async function everyVerb(store: KeyValueStore): Promise<void> {
  await store.put('verbs', { n: 1 }, { ttl: 60 });
  expect(await store.get('verbs')).toEqual({ n: 1 });
  expect((await store.ttl('verbs'))?.ttl).toBeGreaterThan(50);
  await store.putMany(['verbs-a', 'verbs-b'], [{ n: 1 }, { n: 2 }]);
  expect(await store.getMany(['verbs-a', 'verbs-b'])).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await store.ttlMany(['verbs-a', 'verbs-c'])).toEqual([{ value: { n: 1 }, ttl: undefined }, undefined]);
  expect(await store.putIfAbsent('verbs', { n: 2 })).toBe(false);
  const read = await store.getVersioned('verbs');
  expect(await store.compareAndSet('verbs', read?.version ?? '', { n: 3 }, { ttl: 60 })).toBe(true);
  expect(await store.take('verbs')).toEqual({ n: 3 });
  expect(await store.putIfAbsent('verbs', { n: 4 }, { ttl: 60 })).toBe(true);
  expect(await store.delete('verbs')).toBe(true);
  expect(await store.deleteMany(['verbs-a', 'verbs-b', 'verbs-c'])).toBe(2);
}
