/**
 * What a store rejects with. Messages name what was wrong, lengths and limits; never a key, a collection or a value,
 * since keys of OAuth state are as good as the tokens behind them and messages end up in logs.
 */
export abstract class StoreError extends Error {
  /** Whether the same call may succeed later. OAuth answers 503 with `Retry-After` then, a cache counts a miss. */
  readonly retryable: boolean;

  protected constructor(name: string, message: string, retryable = false) {
    super(message);
    this.name = name;
    this.retryable = retryable;
  }
}

/** A key or a collection that some backend could not hold: empty, too long, or not well-formed Unicode. */
export class InvalidKeyError extends StoreError {
  constructor(problem: string) {
    super('InvalidKeyError', problem);
  }
}

/** A lifetime that is not a positive number of seconds ending before the year 10000. */
export class InvalidTtlError extends StoreError {
  constructor(ttl: unknown, problem: string) {
    super('InvalidTtlError', `ttl ${describe(ttl)} ${problem}; give seconds, or leave it out for an entry that stays`);
  }
}

/** A value that JSON cannot carry to Python and back. */
export class InvalidValueError extends StoreError {
  constructor(problem: string) {
    super('InvalidValueError', problem);
  }
}

/** `putMany` was given lists of different lengths. */
export class LengthMismatchError extends StoreError {
  constructor(keys: number, values: number) {
    super('LengthMismatchError', `putMany needs one value for each key: ${keys} keys, ${values} values`);
  }
}

/** The entry is larger than the backend takes. Nothing was written. */
export class ItemTooLargeError extends StoreError {
  /** Size of the item, in bytes. */
  readonly size: number;
  /** Largest size that the backend takes, in bytes. */
  readonly limit: number;

  constructor(size: number, limit: number, backend: string) {
    super('ItemTooLargeError', `the item would be ${size} bytes; ${backend} takes ${limit}. Store less, or in parts`);
    this.size = size;
    this.limit = limit;
  }
}

/** The entry is smaller than `LimitSize` was told to take. Nothing was written. */
export class ItemTooSmallError extends StoreError {
  /** Size of the value, in bytes of JSON. */
  readonly size: number;
  /** Smallest size that is taken, in bytes. */
  readonly limit: number;

  constructor(size: number, limit: number) {
    super('ItemTooSmallError', `the value has ${size} bytes of JSON; at least ${limit} are taken`);
    this.size = size;
    this.limit = limit;
  }
}

/**
 * What is stored cannot be decrypted: by a key that is not in the ring, changed, moved from another row, or plaintext
 * where only ciphertext is taken. A cache takes it as a miss; OAuth state does not.
 */
export class DecryptionError extends StoreError {
  constructor(problem: string) {
    super('DecryptionError', `a stored entry cannot be decrypted: ${problem}`);
  }
}

/** The store does not promise what its user needs. */
export class UnfitStoreError extends StoreError {
  /** Names of the capabilities that it lacks, or that are in the way. */
  readonly missing: readonly string[];

  constructor(problem: string, missing: readonly string[]) {
    super('UnfitStoreError', problem);
    this.missing = missing;
  }
}

/** What is stored is not an entry of py-key-value. A cache takes it as a miss; OAuth state does not. */
export class CorruptEntryError extends StoreError {
  constructor(problem: string) {
    super('CorruptEntryError', `a stored entry is not readable: ${problem}`);
  }
}

/** The backend refused because of load, and went on refusing while we backed off. */
export class StoreThrottledError extends StoreError {
  constructor(message: string) {
    super('StoreThrottledError', message, true);
  }
}

/** The backend did not answer, or with a fault of its own. Whether a write was applied is not known. */
export class StoreUnavailableError extends StoreError {
  constructor(message: string) {
    super('StoreUnavailableError', message, true);
  }
}

/** The backend answered that the credentials or permissions do not suffice. */
export class StoreAccessError extends StoreError {
  constructor(message: string) {
    super('StoreAccessError', message);
  }
}

/** The backend understood the call and rejected it for good: no such table, a wrong key schema, a full disk quota. */
export class StoreRejectedError extends StoreError {
  constructor(message: string) {
    super('StoreRejectedError', message);
  }
}

/** The store was used after `close()`. */
export class StoreClosedError extends StoreError {
  constructor() {
    super('StoreClosedError', 'the store was closed; open it again');
  }
}

/** A store URL that no adapter of this bundle can open. */
export class StoreUrlError extends StoreError {
  /** What is wrong with it. */
  readonly problem: string;
  /** A URL that would do. */
  readonly example: string;

  constructor(problem: string, example: string) {
    super('StoreUrlError', `${problem}. Example: ${example}`);
    this.problem = problem;
    this.example = example;
  }
}

function describe(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `of type ${typeof value}`;
}
