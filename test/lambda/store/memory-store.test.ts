import { MemoryStore } from '../../../lambda/store/memory/memory-store.ts';
import { storeContract } from './contract.ts';

storeContract('memory', ({ now }) => new MemoryStore({ now }));

describe('the bound of the memory store', () => {
  test('the entry unused for longest makes room', async () => {
    const store = new MemoryStore({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) await store.put(key, { key });
    await store.get('a'); // now b is the one unused for longest
    await store.put('d', { key: 'd' });
    expect(await store.getMany(['a', 'b', 'c', 'd'])).toEqual([{ key: 'a' }, undefined, { key: 'c' }, { key: 'd' }]);
  });

  test('replacing an entry makes room for none', async () => {
    const store = new MemoryStore({ maxEntries: 2 });
    await store.putMany(['a', 'b'], [{ n: 1 }, { n: 2 }]);
    await store.put('a', { n: 3 });
    expect(await store.getMany(['a', 'b'])).toEqual([{ n: 3 }, { n: 2 }]);
  });

  test('an expired entry gives its place back when it is read', async () => {
    let clock = Date.now();
    const store = new MemoryStore({ maxEntries: 2, now: () => clock });
    await store.put('kept', { n: 1 });
    await store.put('short', { n: 2 }, { ttl: 1 });
    clock += 1000;
    expect(await store.get('short')).toBeUndefined();
    await store.put('new', { n: 3 });
    expect(await store.getMany(['kept', 'new'])).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('says what it cannot promise', () => {
    expect(new MemoryStore().capabilities).toMatchObject({ durable: false, shared: false, take: true });
  });

  test.each([0, -1, 1.5, Number.NaN])('a bound of %p is refused', (maxEntries) => {
    expect(() => new MemoryStore({ maxEntries })).toThrow(/maxEntries must be a whole number/);
  });
});
