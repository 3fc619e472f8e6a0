import { StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { CacheSide } from '../../../../lambda/store/wrappers/cache-side.ts';
import { PassthroughCache, type PassthroughCacheProps } from '../../../../lambda/store/wrappers/passthrough-cache.ts';
import { FailingStore } from './failing-store.ts';

const gone = { before: new StoreUnavailableError('gone') };
const lost = { after: new StoreUnavailableError('lost') };

function setUp(props: PassthroughCacheProps = {}): {
  primary: FailingStore;
  cache: FailingStore;
  store: PassthroughCache;
  later: (seconds: number) => void;
} {
  let clock = Date.now();
  const now = (): number => clock;
  const primary = new FailingStore(new MemoryStore({ now }));
  const cache = new FailingStore(new MemoryStore({ now }));
  const store = new PassthroughCache(primary, cache, props);
  return { primary, cache, store, later: (seconds) => (clock += seconds * 1000) };
}

describe('reading', () => {
  test('the second time it is the cache that answers', async () => {
    const { primary, store } = setUp();
    await primary.memory.put('k', { n: 1 }, { collection: 'c' });
    expect(await store.get('k', { collection: 'c' })).toEqual({ n: 1 });
    expect(await store.get('k', { collection: 'c' })).toEqual({ n: 1 });
    expect(primary.calls).toEqual(['ttl']);
    expect(await store.get('k')).toBeUndefined();
  });

  test('of a list only what the cache lacks is asked for', async () => {
    const { primary, store } = setUp();
    await primary.memory.putMany(['a', 'b', 'c'], [{ n: 1 }, {}, { n: 3 }]);
    await store.get('b');
    const asked = jest.spyOn(primary.memory, 'ttlMany');
    expect(await store.getMany(['a', 'b', 'x', 'c'])).toEqual([{ n: 1 }, {}, undefined, { n: 3 }]);
    expect(asked.mock.calls.map(([keys]) => keys)).toEqual([['a', 'x', 'c']]);
    primary.calls.length = 0;
    expect(await store.getMany(['c', 'b', 'a'])).toEqual([{ n: 3 }, {}, { n: 1 }]);
    expect(primary.calls).toEqual([]);
  });

  test('an entry stays in the cache for the shorter of its rest and the limit', async () => {
    const { primary, cache, store } = setUp({ maximumTtl: 100, missingTtl: 50 });
    await primary.memory.put('short', {}, { ttl: 10 });
    await primary.memory.put('long', {}, { ttl: 1000 });
    await primary.memory.put('endless', {});
    await store.getMany(['short', 'long', 'endless']);
    const left = await cache.memory.ttlMany(['short', 'long', 'endless']);
    expect(left.map((entry) => entry?.ttl)).toEqual([10, 100, 50]);
  });

  test('another instance sees what was replaced until then, and not longer', async () => {
    const { primary, store, later } = setUp({ maximumTtl: 30, missingTtl: 30 });
    await primary.memory.put('k', { n: 1 });
    await store.get('k');
    await primary.memory.put('k', { n: 2 }); // by another instance
    later(29);
    expect(await store.get('k')).toEqual({ n: 1 });
    expect(await store.ttl('k')).toEqual({ value: { n: 2 }, ttl: undefined });
    later(1);
    expect(await store.get('k')).toEqual({ n: 2 });
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

const CHANGES: [string, (store: KeyValueStore) => Promise<unknown>, object | undefined][] = [
  ['put', (store) => store.put('k', { n: 2 }), { n: 2 }],
  ['putMany', (store) => store.putMany(['l', 'k'], [{}, { n: 2 }]), { n: 2 }],
  ['delete', (store) => store.delete('k'), undefined],
  ['deleteMany', (store) => store.deleteMany(['k', 'l']), undefined],
  ['take', (store) => store.take('k'), undefined],
  [
    'compareAndSet',
    async (store) => store.compareAndSet('k', (await store.getVersioned('k'))!.version, { n: 2 }),
    { n: 2 },
  ],
];

describe.each(CHANGES)('after %s', (name, change, after) => {
  const filled = async (): Promise<ReturnType<typeof setUp>> => {
    const made = setUp();
    await made.store.put('k', { n: 1 });
    await made.store.get('k');
    return made;
  };

  test('nobody reads what was there before', async () => {
    const { store } = await filled();
    await change(store);
    expect(await store.get('k')).toEqual(after);
    expect(await store.getMany(['k'])).toEqual([after]);
  });

  test('also when the answer of the primary was lost', async () => {
    const { primary, store } = await filled();
    primary.fates = name === 'compareAndSet' ? [undefined, lost] : [lost];
    await expect(change(store)).rejects.toBe(lost.after);
    expect(await store.get('k')).toEqual(after);
  });

  test('also when a read of it was under way and ends later', async () => {
    const { primary, cache, store } = await filled();
    await cache.memory.delete('k');
    const answered = deferred();
    const write = deferred();
    const ttl = primary.memory.ttl.bind(primary.memory);
    jest.spyOn(primary.memory, 'ttl').mockImplementationOnce(async (...args) => {
      const old = await ttl(...args);
      answered.resolve();
      await write.promise; // the read has its answer, and before that can be stored comes a write
      return old;
    });
    const reading = store.get('k');
    await answered.promise;
    await change(store);
    write.resolve();
    expect(await reading).toEqual({ n: 1 });
    expect(await cache.peek('k')).toBeUndefined();
    expect(await store.get('k')).toEqual(after);
  });

  test('also when the cache could not be told, and until it could be', async () => {
    const { cache, store } = await filled();
    cache.fates = Array.from({ length: 20 }, () => gone);
    await change(store);
    cache.fates = [];
    expect(await cache.peek('k')).toEqual({ n: 1 }); // still there
    expect(await store.get('k')).toEqual(after);
    expect(await store.getMany(['x', 'k'])).toEqual([undefined, after]);
    await store.put('k', { n: 3 });
    expect(await store.get('k')).toEqual({ n: 3 });
    expect(await store.get('k')).toEqual({ n: 3 });
    expect(await cache.peek('k')).toEqual({ n: 3 });
  });
});

describe('a put into the cache that arrives late', () => {
  test('does not bring back what was written after it', async () => {
    const { primary, cache, store } = setUp({ cacheTimeout: 0.02 });
    await primary.memory.put('k', { n: 1 });
    let arrive: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (arrive = resolve));
    cache.meanwhile = (verb) => (verb === 'put' ? held : undefined);
    expect(await store.get('k')).toEqual({ n: 1 }); // and its put into the cache hangs
    await store.put('k', { n: 2 });
    arrive();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await cache.peek('k')).toEqual({ n: 1 });
    expect(await store.get('k')).toEqual({ n: 2 });
  });

  test('is forgotten a minute later, when the cache holds something newer', async () => {
    const { primary, cache, store } = setUp();
    await primary.memory.put('k', { n: 1 });
    cache.fates = [undefined, gone];
    await store.get('k');
    primary.calls.length = 0;
    await store.get('k');
    await store.get('k');
    expect(primary.calls).toEqual(['ttl', 'ttl']);
    const time = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => time + 61_000);
    await store.get('k');
    await store.get('k');
    expect(primary.calls).toEqual(['ttl', 'ttl', 'ttl']);
    jest.restoreAllMocks();
  });
});

test('a cache that is away for long costs no memory without end: then nothing of it is believed for its longest time', async () => {
  const { primary, cache, store } = setUp({ maximumTtl: 100, missingTtl: 100 });
  const side = new CacheSide(cache, { longestTtl: 100, onFault: () => undefined });
  await cache.memory.put('old', { n: 1 });
  const broken = jest.spyOn(cache, 'delete').mockRejectedValue(new StoreUnavailableError('gone'));
  const time = performance.now();
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => time);
  await side.forget(
    Array.from({ length: 100_001 }, (_, n) => String(n)),
    undefined,
  );
  broken.mockRestore();
  expect(await side.get(['old', 'never'], undefined)).toEqual([undefined, undefined]);
  clock.mockImplementation(() => time + 100_001);
  expect(await side.get(['old', 'never'], undefined)).toEqual([{ n: 1 }, undefined]);
  clock.mockRestore();
  await Promise.all([primary.close(), store.close()]);
});

describe('the atomic verbs', () => {
  test('ask the primary, whatever the cache holds', async () => {
    const { primary, cache, store } = setUp();
    await cache.memory.put('k', { stale: true });
    expect(await store.take('k')).toBeUndefined();
    await cache.memory.put('k', { stale: true });
    expect(await store.getVersioned('k')).toBeUndefined();
    expect(await store.putIfAbsent('k', { n: 1 })).toBe(true);
    expect(await store.putIfAbsent('k', { n: 2 })).toBe(false);
    expect(await store.take('k')).toEqual({ n: 1 });
    expect(primary.calls).toEqual(['take', 'getVersioned', 'putIfAbsent', 'putIfAbsent', 'take']);
  });
});

describe('faults', () => {
  test('of the cache never surface, and somebody may be told', async () => {
    const faults: unknown[] = [];
    const { cache, store } = setUp({ onCacheFault: (error) => faults.push(error) });
    cache.fates = Array.from({ length: 100 }, () => gone);
    await store.put('k', { n: 1 });
    expect(await store.get('k')).toEqual({ n: 1 });
    expect(await store.getMany(['k', 'x'])).toEqual([{ n: 1 }, undefined]);
    expect(await store.delete('k')).toBe(true);
    expect(faults.length).toBeGreaterThan(5);
    expect(new Set(faults)).toEqual(new Set([gone.before]));
  });

  test('a cache that hangs is a miss after its time', async () => {
    const { primary, cache, store } = setUp({ cacheTimeout: 0.02 });
    await primary.memory.put('k', { n: 1 });
    cache.fates = ['hung', 'hung'];
    expect(await store.get('k')).toEqual({ n: 1 });
    expect(cache.calls).toEqual(['get', 'put']);
  });

  test('of the primary do surface, and nothing is made up', async () => {
    const { primary, store } = setUp();
    primary.fates = [gone, gone, gone];
    await expect(store.get('k')).rejects.toBe(gone.before);
    await expect(store.put('k', { n: 1 })).rejects.toBe(gone.before);
    await expect(store.take('k')).rejects.toBe(gone.before);
    expect(await store.get('k')).toBeUndefined();
  });

  test('closing closes both, whatever the cache says', async () => {
    const { primary, cache, store } = setUp();
    jest.spyOn(cache.memory, 'close').mockRejectedValue(gone.before);
    const closed = jest.spyOn(primary.memory, 'close');
    await store.close();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});
