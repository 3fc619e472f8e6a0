import { InvalidKeyError } from '../errors.ts';
import type { KeyValueStore, PutOptions, StoreOptions } from '../key-value-store.ts';
import { DEFAULT_COLLECTION } from '../names.ts';
import { WrappedStore } from './wrapped-store.ts';

export interface PrefixCollectionsProps {
  /** Goes in front of every collection, with `__` between. */
  readonly prefix: string;
  /**
   * Collection of calls that name none. It is prefixed too.
   *
   * @default - `default_collection`
   */
  readonly defaultCollection?: string;
}

/**
 * Gives one user of a shared store collections of its own: `{prefix}__{collection}`, as py-key-value's
 * PrefixCollectionsWrapper. The IAM condition on leading keys rests on the same prefix.
 */
export class PrefixCollections extends WrappedStore {
  readonly #prefix: string;
  readonly #defaultCollection: string;

  constructor(store: KeyValueStore, props: PrefixCollectionsProps) {
    if (props.prefix === '') throw new InvalidKeyError('the prefix of collections must not be empty');
    super(store);
    this.#prefix = props.prefix;
    this.#defaultCollection = props.defaultCollection ?? DEFAULT_COLLECTION;
  }

  protected override reading(options: StoreOptions | undefined): StoreOptions {
    return { ...options, collection: this.#prefixed(options) };
  }

  protected override writing(options: PutOptions | undefined): PutOptions {
    return { ...options, collection: this.#prefixed(options) };
  }

  #prefixed(options: StoreOptions | undefined): string {
    const collection = options?.collection ?? this.#defaultCollection;
    // With the prefix it would no longer be empty, and pass.
    if (collection === '') throw new InvalidKeyError('a collection must not be empty');
    return `${this.#prefix}__${collection}`;
  }
}
