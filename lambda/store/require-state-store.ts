import { UnfitStoreError } from './errors.ts';
import type { KeyValueStore, StoreCapabilities } from './key-value-store.ts';

export interface StateStoreOptions {
  /**
   * Accepts a store that may lose an acknowledged write when its server fails, such as Redis with asynchronous
   * replication. Users then have to sign in again, and a code may be used twice.
   *
   * @default false
   */
  readonly allowLostWrites?: boolean;
  /**
   * Accepts a store that other instances do not see: only where there is no other instance, as on a laptop.
   *
   * @default false
   */
  readonly singleInstance?: boolean;
}

/** What each capability is for, in the words of who has to choose another store. */
const NEEDED_FOR: Readonly<Record<Exclude<keyof StoreCapabilities, 'evicts'>, string>> = {
  putIfAbsent: 'putIfAbsent (a name is given out once)',
  take: 'take (a code is redeemed once)',
  compareAndSet: 'compareAndSet (of two refreshes one wins)',
  durable: 'durable (an acknowledged write is not lost)',
  shared: 'shared (every instance sees it)',
};

/**
 * The store, if it may hold OAuth state.
 *
 * @throws {UnfitStoreError} when it does not promise what that needs; the message says what, and what to use instead
 */
export function requireStateStore(store: KeyValueStore, options: StateStoreOptions = {}): KeyValueStore {
  const waived: Partial<StoreCapabilities> = { durable: options.allowLostWrites, shared: options.singleInstance };
  const needed = Object.keys(NEEDED_FOR) as (keyof typeof NEEDED_FOR)[];
  if (store.capabilities.evicts === true) {
    throw new UnfitStoreError(
      'this store cannot hold OAuth state: when its memory is short it drops entries that somebody still needs. ' +
        'Keep it for the cache, and use DynamoDB (dynamodb://TABLE)',
      ['evicts'],
    );
  }
  const missing = needed.filter((name) => !store.capabilities[name] && waived[name] !== true);
  if (missing.length === 0) return store;
  const remedies = [
    'Use DynamoDB (dynamodb://TABLE), MongoDB, or a Redis or Valkey that keeps every write (durable=true in its URL)',
    ...(missing.includes('durable') ? ['allowLostWrites accepts that writes may get lost'] : []),
    ...(missing.includes('shared') ? ['singleInstance accepts that there is one instance only'] : []),
  ];
  const lacks = missing.map((name) => NEEDED_FOR[name]).join(', ');
  throw new UnfitStoreError(`this store cannot hold OAuth state, it lacks: ${lacks}. ${remedies.join('; ')}`, missing);
}
