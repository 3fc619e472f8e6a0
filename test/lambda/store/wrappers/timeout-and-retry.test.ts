import { StoreAccessError, StoreThrottledError, StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { pauseOf, Retry } from '../../../../lambda/store/wrappers/retry.ts';
import { Timeout } from '../../../../lambda/store/wrappers/timeout.ts';
import { FailingStore, type Fate } from './failing-store.ts';

const unavailable = new StoreUnavailableError('gone');
const throttled = new StoreThrottledError('busy');
const at = (fault: Error): Fate => ({ before: fault });

const VERBS: [string, (store: KeyValueStore) => Promise<unknown>][] = [
  ['get', (store) => store.get('k')],
  ['ttl', (store) => store.ttl('k')],
  ['getMany', (store) => store.getMany(['k'])],
  ['ttlMany', (store) => store.ttlMany(['k'])],
  ['getVersioned', (store) => store.getVersioned('k')],
  ['put', (store) => store.put('k', { n: 1 })],
  ['putMany', (store) => store.putMany(['k'], [{ n: 1 }])],
  ['delete', (store) => store.delete('k')],
  ['deleteMany', (store) => store.deleteMany(['k'])],
  ['putIfAbsent', (store) => store.putIfAbsent('k', { n: 1 })],
  ['take', (store) => store.take('k')],
  ['compareAndSet', (store) => store.compareAndSet('k', 'v', { n: 1 })],
];
const ATOMIC = ['putIfAbsent', 'take', 'compareAndSet'];

describe('the timeout', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test.each(VERBS)('%s that is not answered rejects when the time is up, not before', async (verb, call) => {
    const inner = new FailingStore();
    inner.fates = ['hung'];
    let error: unknown;
    const waiting = call(new Timeout(inner)).catch((fault: unknown) => (error = fault));
    await jest.advanceTimersByTimeAsync(4999);
    expect(error).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await waiting;
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).message).toBe(`no answer to ${verb} within 5 s`);
  });

  test('answers and faults come through, and leave no timer behind', async () => {
    const inner = new FailingStore();
    const store = new Timeout(inner, { timeout: 0.5 });
    await store.put('k', { n: 1 });
    expect(await store.get('k')).toEqual({ n: 1 });
    inner.fates = [at(new StoreAccessError('denied'))];
    await expect(store.get('k')).rejects.toThrow('denied');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a fault that comes too late is nobody’s unhandled rejection', async () => {
    const inner = new FailingStore();
    let fail: (fault: Error) => void = () => undefined;
    inner.meanwhile = () => new Promise((_, reject) => (fail = reject));
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const waiting = expect(new Timeout(inner, { timeout: 1 }).get('k')).rejects.toThrow('within 1 s');
    await jest.advanceTimersByTimeAsync(1000);
    await waiting;
    fail(unavailable);
    jest.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test.each([0, -1, Number.NaN, Infinity, 3e6])('%p seconds are refused', (timeout) => {
    expect(() => new Timeout(new FailingStore(), { timeout })).toThrow(RangeError);
  });
});

describe('retry', () => {
  const over = (inner: FailingStore, more = {}): Retry => new Retry(inner, { initialDelay: 0, ...more });

  test.each(VERBS.filter(([verb]) => !ATOMIC.includes(verb)))('%s is repeated three times', async (verb, call) => {
    const inner = new FailingStore();
    inner.fates = [at(unavailable), at(throttled), { after: unavailable }, undefined];
    await call(over(inner));
    expect(inner.calls).toEqual([verb, verb, verb, verb]);
    inner.calls.length = 0;
    inner.fates = Array.from({ length: 9 }, () => at(unavailable));
    await expect(call(over(inner))).rejects.toBe(unavailable);
    expect(inner.calls).toHaveLength(4);
  });

  test.each(VERBS.filter(([verb]) => ATOMIC.includes(verb)))('%s goes through once', async (verb, call) => {
    for (const fate of [at(unavailable), at(throttled), { after: unavailable }]) {
      const inner = new FailingStore();
      inner.fates = [fate];
      await expect(call(over(inner))).rejects.toMatchObject({ retryable: true });
      expect(inner.calls).toEqual([verb]);
    }
  });

  test.each(VERBS)('%s is not repeated after a fault for good', async (verb, call) => {
    for (const fault of [new StoreAccessError('denied'), new Error('a bug')]) {
      const inner = new FailingStore();
      inner.fates = [at(fault)];
      await expect(call(over(inner))).rejects.toBe(fault);
      expect(inner.calls).toEqual([verb]);
    }
  });

  test('the number of repetitions is a property, 0 too', async () => {
    for (const maxRetries of [0, 1, 7]) {
      const inner = new FailingStore();
      inner.fates = Array.from({ length: 20 }, () => at(unavailable));
      await expect(over(inner, { maxRetries }).get('k')).rejects.toBe(unavailable);
      expect(inner.calls).toHaveLength(maxRetries + 1);
    }
  });

  test('pauses grow to their limit, and jitter says where in them', () => {
    const props = { initialDelay: 0.1, maxDelay: 1, exponentialBase: 2 };
    const pauses = (jitter: () => number): number[] => [0, 1, 2, 3, 4, 50].map((n) => pauseOf(n, { ...props, jitter }));
    expect(pauses(() => 1)).toEqual([0.1, 0.2, 0.4, 0.8, 1, 1]);
    expect(pauses(() => 0.5)).toEqual([0.05, 0.1, 0.2, 0.4, 0.5, 0.5]);
    expect(pauses(() => 0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('waits for those pauses', async () => {
    const inner = new FailingStore();
    inner.fates = [at(unavailable), at(unavailable)];
    const asked: number[] = [];
    const store = new Retry(inner, { initialDelay: 1e-3, jitter: () => asked.push(0) && 1 });
    expect(await store.get('k')).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  test.each([
    { maxRetries: -1 },
    { maxRetries: 1.5 },
    { initialDelay: -1 },
    { maxDelay: Number.NaN },
    { exponentialBase: Infinity },
  ])('%p is refused', (props) => {
    expect(() => new Retry(new FailingStore(), props)).toThrow(RangeError);
  });
});
