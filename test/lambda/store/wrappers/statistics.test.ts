import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { Statistics } from '../../../../lambda/store/wrappers/statistics.ts';

const none = { count: 0, hit: 0, miss: 0 };

test('counts keys, hits and misses of each collection', async () => {
  const store = new Statistics(new MemoryStore());
  await store.put('a', { n: 1 });
  await store.putMany(['b', 'c'], [{ n: 2 }, { n: 3 }]);
  await store.get('a');
  await store.get('x');
  await store.getMany(['a', 'b', 'x']);
  const { version } = (await store.getVersioned('a'))!;
  await store.ttl('a');
  await store.ttlMany(['x', 'y']);
  await store.compareAndSet('a', version, { n: 4 });
  await store.compareAndSet('a', version, { n: 5 });
  await store.putIfAbsent('a', { n: 6 });
  await store.putIfAbsent('d', { n: 6 });
  await store.take('d');
  await store.take('d');
  await store.delete('a');
  await store.deleteMany(['a', 'b', 'c']);
  await store.get('a', { collection: '__proto__' });
  expect(store.statistics().get('default_collection')).toEqual({
    get: { count: 6, hit: 4, miss: 2 },
    ttl: { count: 3, hit: 1, miss: 2 },
    put: { count: 3 },
    delete: { count: 4, hit: 3, miss: 1 },
    take: { count: 2, hit: 1, miss: 1 },
    putIfAbsent: { count: 2, hit: 1, miss: 1 },
    compareAndSet: { count: 2, hit: 1, miss: 1 },
  });
  expect(store.statistics().get('__proto__')).toEqual({
    get: { count: 1, hit: 0, miss: 1 },
    ttl: none,
    put: { count: 0 },
    delete: none,
    take: none,
    putIfAbsent: none,
    compareAndSet: none,
  });
});

test('what failed is not counted, and the figures handed out stay as they are', async () => {
  const store = new Statistics(new MemoryStore());
  await store.get('k');
  const before = store.statistics();
  await expect(store.get('')).rejects.toThrow();
  await store.get('k');
  expect(before.get('default_collection')?.get.count).toBe(1);
  expect(store.statistics().get('default_collection')?.get.count).toBe(2);
});
