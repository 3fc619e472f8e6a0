import { StoreAccessError, StoreError, StoreUnavailableError } from '../errors.ts';

/**
 * Keys of 32 bytes, the first of which encrypts while all decrypt; or where they come from, asked at every call: for
 * instance `() => ring.keys('storage')`.
 */
export type StorageKeys = readonly Uint8Array[] | (() => Promise<readonly Uint8Array[]>);

type KeySource = Exclude<StorageKeys, readonly Uint8Array[]>;

const KEY_BYTES = 32;

/** What is derived from each key of a ring, and derived again only when the ring has changed. */
export class DerivedKeys<T> {
  readonly #source: KeySource | undefined;
  readonly #derive: (key: Uint8Array) => T;
  #from: readonly Uint8Array[] | undefined;
  #derived: readonly T[] = [];

  /** @throws {RangeError} when a list has no keys, or one of another length */
  constructor(keys: StorageKeys, derive: (key: Uint8Array) => T) {
    this.#derive = derive;
    if (typeof keys === 'function') {
      this.#source = keys;
      return;
    }
    const problem = problemOf(keys);
    if (problem !== undefined) throw new RangeError(problem);
    this.#adopt(keys);
  }

  /**
   * The current key first.
   *
   * @throws {StoreUnavailableError} when the keys cannot be had now
   * @throws {StoreAccessError} when they cannot be had at all
   */
  get(): readonly T[] | Promise<readonly T[]> {
    return this.#source ? this.#current(this.#source) : this.#derived;
  }

  async #current(source: KeySource): Promise<readonly T[]> {
    const keys = await ask(source);
    if (!this.#from || !same(keys, this.#from)) {
      const problem = problemOf(keys);
      if (problem !== undefined) throw new StoreAccessError(problem);
      this.#adopt(keys);
    }
    return this.#derived;
  }

  #adopt(keys: readonly Uint8Array[]): void {
    this.#derived = keys.map(this.#derive);
    this.#from = keys.map((key) => Uint8Array.from(key)); // the caller may change its own
  }
}

async function ask(source: KeySource): Promise<readonly Uint8Array[]> {
  try {
    return await source();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const text = `no keys to encrypt or decrypt with: ${error instanceof Error ? error.message : 'their source failed'}`;
    const retryable = (error as { retryable?: unknown } | null)?.retryable === true;
    throw retryable ? new StoreUnavailableError(text) : new StoreAccessError(text);
  }
}

function problemOf(keys: readonly Uint8Array[]): string | undefined {
  if (keys.length === 0) return 'encryption needs at least one key of 32 bytes; there is none';
  const odd = keys.find((key) => key.length !== KEY_BYTES);
  return odd && `a key has ${odd.length} bytes; storage keys have ${KEY_BYTES}, raw, not as base64 text`;
}

function same(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return (
    left.length === right.length && left.every((key, index) => Buffer.compare(key, right[index] ?? key.slice(1)) === 0)
  );
}
