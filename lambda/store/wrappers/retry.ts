import { setTimeout as sleep } from 'node:timers/promises';

import { StoreError } from '../errors.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { type Call, type Verb, WrappedStore } from './wrapped-store.ts';

/** Times in seconds. */
export interface RetryProps {
  /**
   * Repetitions after the first attempt.
   *
   * @default 3
   */
  readonly maxRetries?: number;
  /**
   * Longest pause before the first repetition.
   *
   * @default 0.1
   */
  readonly initialDelay?: number;
  /**
   * Longest pause of all.
   *
   * @default 10
   */
  readonly maxDelay?: number;
  /**
   * By how much the longest pause grows with each repetition.
   *
   * @default 2
   */
  readonly exponentialBase?: number;
  /**
   * Where in the pause a repetition comes: 0 at once, 1 at its end.
   *
   * @default - `Math.random`, so that many callers do not come back at the same moment
   */
  readonly jitter?: () => number;
}

/**
 * Whose repetition may do something else than the first attempt, of which nobody knows whether it was applied: a second
 * `take` finds nothing, a second `putIfAbsent` finds the entry of the first one, a second `compareAndSet` its version.
 */
const ONCE: ReadonlySet<Verb> = new Set<Verb>(['putIfAbsent', 'take', 'compareAndSet']);

/**
 * Repeats what failed with a `retryable` fault, after random pauses that grow, as py-key-value's RetryWrapper.
 *
 * `putIfAbsent`, `take` and `compareAndSet` go through once: only the adapter can tell whether its lost attempt was applied.
 * A repeated `put` may overwrite what came in between, and a repeated `delete` may say that nothing was there.
 * The adapters of this kit repeat on their own, and know their marks: around them this adds waiting, not certainty.
 */
export class Retry extends WrappedStore {
  readonly #props: Required<RetryProps>;

  /** @throws {RangeError} when `maxRetries` is not a whole number, or a time or factor is negative */
  constructor(store: KeyValueStore, props: RetryProps = {}) {
    super(store);
    const { maxRetries = 3, initialDelay = 0.1, maxDelay = 10, exponentialBase = 2, jitter = Math.random } = props;
    if (!Number.isInteger(maxRetries) || maxRetries < 0) {
      throw new RangeError(`maxRetries must be a whole number of 0 or more, not ${maxRetries}`);
    }
    for (const [name, value] of Object.entries({ initialDelay, maxDelay, exponentialBase })) {
      if (!(value >= 0 && value < Infinity))
        throw new RangeError(`${name} must be a number of 0 or more, not ${value}`);
    }
    this.#props = { maxRetries, initialDelay, maxDelay, exponentialBase, jitter };
  }

  protected override async around<T>({ verb }: Call, run: () => Promise<T>): Promise<T> {
    const retries = ONCE.has(verb) ? 0 : this.#props.maxRetries;
    for (let attempt = 0; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (attempt >= retries || !(error instanceof StoreError) || !error.retryable) throw error;
        await sleep(pauseOf(attempt, this.#props) * 1000);
      }
    }
  }
}

/** Seconds to wait after the attempt with this number, the first one being 0. */
export function pauseOf(attempt: number, props: Required<Omit<RetryProps, 'maxRetries'>>): number {
  const longest = Math.min(props.maxDelay, props.initialDelay * props.exponentialBase ** attempt);
  return props.jitter() * longest;
}
