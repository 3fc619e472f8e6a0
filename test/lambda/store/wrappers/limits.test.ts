import {
  InvalidTtlError,
  ItemTooLargeError,
  ItemTooSmallError,
  LengthMismatchError,
} from '../../../../lambda/store/errors.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { LimitSize } from '../../../../lambda/store/wrappers/limit-size.ts';
import { TtlClamp, type TtlClampProps } from '../../../../lambda/store/wrappers/ttl-clamp.ts';

describe('the size limit', () => {
  const sized = (size: number): { a: string } => ({ a: 'x'.repeat(size - '{"a": ""}'.length) });

  test('counts the bytes of Python’s default JSON, escapes included', async () => {
    const inner = new MemoryStore();
    const store = new LimitSize(inner, { maxSize: 15 });
    await store.put('k', { a: 'é' }); // {"a": "\u00e9"}
    await expect(store.put('k', { a: 'éx' })).rejects.toThrow(new ItemTooLargeError(16, 15, 'the size limit').message);
    expect(await inner.get('k')).toEqual({ a: 'é' });
  });

  test('too large is an error, too small is silently not stored', async () => {
    const inner = new MemoryStore();
    const store = new LimitSize(inner, { minSize: 20, maxSize: 30 });
    await inner.put('k', { was: 'here' });
    await store.put('k', sized(19));
    expect(await store.get('k')).toEqual({ was: 'here' });
    await expect(store.put('k', sized(31))).rejects.toBeInstanceOf(ItemTooLargeError);
    await store.put('k', sized(20));
    await store.put('l', sized(30));
    expect(await store.getMany(['k', 'l'])).toEqual([sized(20), sized(30)]);
  });

  test('of a list what fits is stored, or nothing when one is an error', async () => {
    const inner = new MemoryStore();
    const quiet = new LimitSize(inner, { minSize: 20, maxSize: 30, raiseOnTooLarge: false });
    await quiet.putMany(['a', 'b', 'c'], [sized(19), sized(25), sized(31)]);
    expect(await inner.getMany(['a', 'b', 'c'])).toEqual([undefined, sized(25), undefined]);
    const strict = new LimitSize(inner, { minSize: 20, raiseOnTooSmall: true });
    await expect(strict.putMany(['d', 'e'], [sized(25), sized(10)])).rejects.toBeInstanceOf(ItemTooSmallError);
    expect(await inner.get('d')).toBeUndefined();
    await expect(quiet.putMany(['d'], [])).rejects.toBeInstanceOf(LengthMismatchError);
  });

  test('the atomic verbs say that they did not write', async () => {
    const inner = new MemoryStore();
    const store = new LimitSize(inner, { maxSize: 30, raiseOnTooLarge: false });
    expect(await store.putIfAbsent('k', sized(31))).toBe(false);
    expect(await store.putIfAbsent('k', sized(30))).toBe(true);
    const { version } = (await store.getVersioned('k'))!;
    expect(await store.compareAndSet('k', version, sized(31))).toBe(false);
    expect(await store.compareAndSet('k', version, sized(29))).toBe(true);
    expect(await store.take('k')).toEqual(sized(29));
  });

  test('does not promise durability while it drops writes silently', () => {
    const durable = Object.defineProperty(new MemoryStore(), 'capabilities', { value: { durable: true, take: true } });
    const of = (props: object): object => new LimitSize(durable, props).capabilities;
    expect(of({ maxSize: 1 })).toEqual({ durable: true, take: true });
    expect(of({ maxSize: 1, raiseOnTooLarge: false })).toEqual({ durable: false, take: true });
    expect(of({ minSize: 1 })).toEqual({ durable: false, take: true });
    expect(of({ minSize: 1, raiseOnTooSmall: true })).toEqual({ durable: true, take: true });
    expect(of({ raiseOnTooLarge: false })).toEqual({ durable: true, take: true });
  });

  test('limits the wrong way round are refused', () => {
    expect(() => new LimitSize(new MemoryStore(), { minSize: 2, maxSize: 1 })).toThrow(RangeError);
    expect(() => new LimitSize(new MemoryStore(), { maxSize: Number.NaN })).toThrow(RangeError);
  });
});

describe('the lifetime clamp', () => {
  const start = Date.now();
  const stored = async (props: TtlClampProps, ttl?: number): Promise<number | undefined> => {
    const inner = new MemoryStore({ now: () => start });
    const store = new TtlClamp(inner, props);
    await store.put('k', {}, { ttl });
    const { ttl: left } = (await inner.ttl('k'))!;
    await store.putMany(['l'], [{}], { ttl });
    expect((await inner.ttl('l'))!.ttl).toBe(left);
    await store.putIfAbsent('m', {}, { ttl });
    expect((await inner.ttl('m'))!.ttl).toBe(left);
    await inner.put('n', {});
    await store.compareAndSet('n', (await inner.getVersioned('n'))!.version, {}, { ttl });
    expect((await inner.ttl('n'))!.ttl).toBe(left);
    return left;
  };

  test.each([
    [5, 10],
    [10, 10],
    [15.5, 15.5],
    [60, 60],
    [61, 60],
    [undefined, undefined],
  ])('%p seconds become %p between 10 and 60', async (given, kept) => {
    expect(await stored({ minTtl: 10, maxTtl: 60 }, given)).toBe(kept);
  });

  test('an entry without a lifetime gets the one for those, unclamped as in Python', async () => {
    expect(await stored({ minTtl: 10, maxTtl: 60, missingTtl: 100 })).toBe(100);
    expect(await stored({ minTtl: 10, maxTtl: 60, missingTtl: 100 }, 20)).toBe(20);
  });

  test.each([0, -1, Number.NaN, Infinity, 1e12, true, '60', null])('%p does not become a lifetime', async (ttl) => {
    const store = new TtlClamp(new MemoryStore(), { minTtl: 10, maxTtl: 60 });
    await expect(store.put('k', {}, { ttl: ttl as number })).rejects.toBeInstanceOf(InvalidTtlError);
    expect(await store.get('k')).toBeUndefined();
  });

  test.each<TtlClampProps>([
    { minTtl: 2, maxTtl: 1 },
    { minTtl: -1, maxTtl: 1 },
    { minTtl: 0, maxTtl: 0 },
    { minTtl: 0, maxTtl: Number.NaN },
    { minTtl: 0, maxTtl: 1, missingTtl: 0 },
  ])('%p is refused', (props) => {
    expect(() => new TtlClamp(new MemoryStore(), props)).toThrow(RangeError);
  });
});
