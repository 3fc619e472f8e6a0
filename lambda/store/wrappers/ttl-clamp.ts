import type { KeyValueStore, PutOptions } from '../key-value-store.ts';
import { expiryOf } from '../ttl.ts';
import { WrappedStore } from './wrapped-store.ts';

/** Lifetimes in seconds. */
export interface TtlClampProps {
  /** Shortest lifetime; shorter ones become this. 0 for any. */
  readonly minTtl: number;
  /** Longest lifetime; longer ones become this. */
  readonly maxTtl: number;
  /**
   * Lifetime of entries that are put without one. Not clamped.
   *
   * @default - they never expire
   */
  readonly missingTtl?: number;
}

/** Keeps lifetimes within limits, as py-key-value's TTLClampWrapper. Acts on writes; what is stored stays as it is. */
export class TtlClamp extends WrappedStore {
  readonly #minTtl: number;
  readonly #maxTtl: number;
  readonly #missingTtl: number | undefined;

  /** @throws {RangeError} when the limits leave no lifetime */
  constructor(store: KeyValueStore, { minTtl, maxTtl, missingTtl }: TtlClampProps) {
    super(store);
    if (!(minTtl >= 0 && maxTtl > 0 && minTtl <= maxTtl)) {
      throw new RangeError(
        `lifetimes need 0 <= minTtl <= maxTtl and maxTtl > 0, in seconds; not ${minTtl} and ${maxTtl}`,
      );
    }
    if (missingTtl !== undefined && !(missingTtl > 0)) {
      throw new RangeError(`missingTtl must be more than 0 seconds, not ${missingTtl}`);
    }
    this.#minTtl = minTtl;
    this.#maxTtl = maxTtl;
    this.#missingTtl = missingTtl;
  }

  protected override writing(options: PutOptions | undefined): PutOptions | undefined {
    const ttl = options?.ttl;
    if (ttl === undefined) return this.#missingTtl === undefined ? options : { ...options, ttl: this.#missingTtl };
    expiryOf(ttl, Date.now()); // throws: what is no lifetime at all does not become one by clamping
    return { ...options, ttl: Math.min(Math.max(ttl, this.#minTtl), this.#maxTtl) };
  }
}
