import { StoreUnavailableError } from '../errors.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { type Call, WrappedStore } from './wrapped-store.ts';

export interface TimeoutProps {
  /**
   * Seconds for one call, fractions allowed.
   *
   * @default 5
   */
  readonly timeout?: number;
}

/** Of setTimeout, which takes anything longer as no time at all. */
const MAX_SECONDS = 2 ** 31 / 1000 - 1;

/**
 * Gives up waiting for the store below, as py-key-value's TimeoutWrapper: a call then rejects with `StoreUnavailableError`.
 * What was sent is not called back. A write may still be applied, and a `take` may still consume its entry.
 */
export class Timeout extends WrappedStore {
  readonly #seconds: number;

  /** @throws {RangeError} when the time is not above zero, or more than 24 days */
  constructor(store: KeyValueStore, props: TimeoutProps = {}) {
    super(store);
    this.#seconds = props.timeout ?? 5;
    if (!(this.#seconds > 0 && this.#seconds <= MAX_SECONDS)) {
      throw new RangeError(`timeout must be more than 0 and at most ${MAX_SECONDS} seconds, not ${this.#seconds}`);
    }
  }

  protected override around<T>({ verb }: Call, run: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StoreUnavailableError(`no answer to ${verb} within ${this.#seconds} s`));
      }, this.#seconds * 1000);
      // A late answer or fault settles nothing any more, and is nobody's unhandled rejection.
      void run()
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
        });
    });
  }
}
