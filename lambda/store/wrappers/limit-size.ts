import { ItemTooLargeError, ItemTooSmallError, LengthMismatchError } from '../errors.ts';
import type { JsonObject, KeyValueStore, PutOptions, StoreCapabilities } from '../key-value-store.ts';
import { dumpValue } from '../managed-entry.ts';
import { WrappedStore } from './wrapped-store.ts';

export interface LimitSizeProps {
  /**
   * Smallest value that is stored, in bytes of JSON.
   *
   * @default - any
   */
  readonly minSize?: number;
  /**
   * Largest value that is stored, in bytes of JSON.
   *
   * @default - any
   */
  readonly maxSize?: number;
  /**
   * Whether a value that is too small is an error; otherwise it is silently not stored.
   *
   * @default false
   */
  readonly raiseOnTooSmall?: boolean;
  /**
   * Whether a value that is too large is an error; otherwise it is silently not stored.
   *
   * @default true
   */
  readonly raiseOnTooLarge?: boolean;
}

/**
 * Keeps values out that are too small or too large, as py-key-value's LimitSizeWrapper: the size is that of Python's
 * default JSON. What is silently not stored leaves an older value in place, and `putIfAbsent` and `compareAndSet` say that
 * they did not write. Values that are there already are read whatever their size.
 */
export class LimitSize extends WrappedStore {
  readonly #minSize: number;
  readonly #maxSize: number;
  readonly #raiseOnTooSmall: boolean;
  readonly #raiseOnTooLarge: boolean;

  /** @throws {RangeError} when no size lies between the limits */
  constructor(store: KeyValueStore, props: LimitSizeProps) {
    super(store);
    this.#minSize = props.minSize ?? 0;
    this.#maxSize = props.maxSize ?? Infinity;
    if (!(this.#minSize <= this.#maxSize)) {
      throw new RangeError(`minSize ${this.#minSize} must not be above maxSize ${this.#maxSize}`);
    }
    this.#raiseOnTooSmall = props.raiseOnTooSmall ?? false;
    this.#raiseOnTooLarge = props.raiseOnTooLarge ?? true;
  }

  /** Durable only when no write is dropped behind the back of its caller. */
  override get capabilities(): StoreCapabilities {
    const drops = (this.#minSize > 0 && !this.#raiseOnTooSmall) || (this.#maxSize < Infinity && !this.#raiseOnTooLarge);
    return drops ? { ...super.capabilities, durable: false } : super.capabilities;
  }

  override async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    if (this.#fits(value)) await super.put(key, value, options);
  }

  override async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    if (keys.length !== values.length) throw new LengthMismatchError(keys.length, values.length);
    const fits = values.map((value) => this.#fits(value));
    const within = <T>(list: readonly T[]): T[] => list.filter((_, index) => fits[index]);
    await super.putMany(within(keys), within(values), options);
  }

  override async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return this.#fits(value) && super.putIfAbsent(key, value, options);
  }

  override async compareAndSet(
    key: string,
    version: string,
    value: JsonObject,
    options?: PutOptions,
  ): Promise<boolean> {
    return this.#fits(value) && super.compareAndSet(key, version, value, options);
  }

  #fits(value: JsonObject): boolean {
    const size = dumpValue(value).length; // ASCII: characters are bytes
    if (size < this.#minSize) {
      if (this.#raiseOnTooSmall) throw new ItemTooSmallError(size, this.#minSize);
      return false;
    }
    if (size > this.#maxSize) {
      if (this.#raiseOnTooLarge) throw new ItemTooLargeError(size, this.#maxSize, 'the size limit');
      return false;
    }
    return true;
  }
}
