import { DiscreetStore } from '../../lambda/discreet-store.ts';
import {
  InvalidKeyError,
  StoreAccessError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../../lambda/store/errors.ts';
import type { KeyValueStore } from '../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../lambda/store/memory/memory-store.ts';
import { faultOf } from '../support/fault-of.ts';
import { recordingLog } from '../support/recording-log.ts';

const failing = (error: unknown): KeyValueStore =>
  Object.assign(new MemoryStore(), {
    get: () => Promise.reject(error as Error),
    take: () => Promise.reject(error as Error),
  });
const SECRET_PLACE = 'cache.internal.example:6379';

test.each([
  [StoreThrottledError, true],
  [StoreUnavailableError, true],
  [StoreAccessError, false],
  [StoreRejectedError, false],
])('%p reaches the tool without what names a host, and the log with it', async (Kind, retryable) => {
  const log = recordingLog();
  const store = new DiscreetStore(failing(new Kind(`Redis at ${SECRET_PLACE} failed`)), log);
  for (const verb of ['get', 'take'] as const) {
    const fault = await faultOf(store[verb]('k'));
    expect(fault).toBeInstanceOf(Kind);
    expect(fault.retryable).toBe(retryable);
    expect(`${fault.message} ${String(fault.stack)}`).not.toContain(SECRET_PLACE);
    expect(fault.cause).toBeUndefined();
    const fields = { kind: fault.name, verb, problem: `Redis at ${SECRET_PLACE} failed` };
    expect(log.lines.pop()).toEqual({ level: 'warn', message: 'store fault', fields });
  }
});

test('faults of the caller stay as they are, and answers pass', async () => {
  const log = recordingLog();
  const fault = new InvalidKeyError('a key must not be empty');
  expect(await faultOf(new DiscreetStore(failing(fault), log).get(''))).toBe(fault);
  const store = new DiscreetStore(new MemoryStore(), log);
  await store.put('k', { n: 1 });
  expect(await store.get('k')).toEqual({ n: 1 });
  expect(log.lines).toEqual([]);
});
