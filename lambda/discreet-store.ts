import type { Log } from './log/log.ts';
import {
  StoreAccessError,
  StoreError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from './store/errors.ts';
import type { KeyValueStore } from './store/key-value-store.ts';
import { type Call, WrappedStore } from './store/wrappers/wrapped-store.ts';

/**
 * The store as tools see it. What a tool throws becomes text for its client, so faults of the backend, which name hosts and
 * tables, go to the log; tools get an error of the same class that names none. Faults of the caller stay as they are.
 */
export class DiscreetStore extends WrappedStore {
  readonly #log: Log;

  constructor(store: KeyValueStore, log: Log) {
    super(store);
    this.#log = log;
  }

  protected override async around<T>({ verb }: Call, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const discreet = discreetly(error);
      if (discreet === undefined) throw error;
      const { name, message } = error as StoreError;
      this.#log.warn('store fault', { kind: name, verb, problem: message });
      throw discreet;
    }
  }
}

function discreetly(error: unknown): StoreError | undefined {
  if (error instanceof StoreThrottledError)
    return new StoreThrottledError('the storage is overloaded; try again later');
  if (error instanceof StoreUnavailableError) {
    return new StoreUnavailableError('the storage does not answer; try again later');
  }
  if (error instanceof StoreAccessError) return new StoreAccessError('the storage refuses this server; see its log');
  if (error instanceof StoreRejectedError) return new StoreRejectedError('the storage refuses the call; see the log');
  return undefined;
}
