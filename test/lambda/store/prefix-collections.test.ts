import { InvalidKeyError } from '../../../lambda/store/errors.ts';
import { MemoryStore } from '../../../lambda/store/memory/memory-store.ts';
import { PrefixCollections } from '../../../lambda/store/wrappers/prefix-collections.ts';
import { storeContract } from './contract.ts';

storeContract(
  'collections with a prefix, in memory',
  ({ now }) => new PrefixCollections(new MemoryStore({ now }), { prefix: 'weather' }),
);

describe('the prefix', () => {
  test('goes before every collection, the default one too', async () => {
    const inner = new MemoryStore();
    const store = new PrefixCollections(inner, { prefix: 'weather' });
    await store.put('k', { n: 1 });
    await store.put('k', { n: 2 }, { collection: 'places' });
    expect(await inner.get('k', { collection: 'weather__default_collection' })).toEqual({ n: 1 });
    expect(await inner.get('k', { collection: 'weather__places' })).toEqual({ n: 2 });
    expect(await inner.get('k')).toBeUndefined();
  });

  test('a default collection of its own is prefixed as well', async () => {
    const inner = new MemoryStore();
    await new PrefixCollections(inner, { prefix: 'weather', defaultCollection: 'state' }).put('k', { n: 1 });
    expect(await inner.get('k', { collection: 'weather__state' })).toEqual({ n: 1 });
  });

  test('two servers on one store do not see each other', async () => {
    const inner = new MemoryStore();
    const weather = new PrefixCollections(inner, { prefix: 'weather' });
    const notes = new PrefixCollections(inner, { prefix: 'notes' });
    await weather.put('k', { of: 'weather' }, { collection: 'c' });
    expect(await notes.get('k', { collection: 'c' })).toBeUndefined();
    expect(await notes.take('k', { collection: 'c' })).toBeUndefined();
    expect(await notes.delete('k', { collection: 'c' })).toBe(false);
    expect(await notes.putIfAbsent('k', { of: 'notes' }, { collection: 'c' })).toBe(true);
    expect(await weather.get('k', { collection: 'c' })).toEqual({ of: 'weather' });
  });

  test('promises what the store below promises', () => {
    const inner = new MemoryStore();
    expect(new PrefixCollections(inner, { prefix: 'weather' }).capabilities).toEqual(inner.capabilities);
  });

  test('an empty one is refused', () => {
    expect(() => new PrefixCollections(new MemoryStore(), { prefix: '' })).toThrow(InvalidKeyError);
  });
});
