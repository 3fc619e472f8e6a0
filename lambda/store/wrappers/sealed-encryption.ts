import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { CorruptEntryError, DecryptionError } from '../errors.ts';
import type { JsonObject, KeyValueStore } from '../key-value-store.ts';
import type { Place } from '../local-store.ts';
import { dumpValue, loadValue } from '../managed-entry.ts';
import { dumpsShort } from '../python-json.ts';
import { fromDenseText, toDenseText } from './dense-text.ts';
import { hasId, isLongEnough, seal, type SealedForm, type SealingKey, sealingKey, unseal } from './sealed-box.ts';
import { DerivedKeys, type StorageKeys } from './storage-keys.ts';
import { TransformedStore } from './transformed-store.ts';

export interface SealedEncryptionProps {
  /** Keys of 32 bytes. The first seals, all open. */
  readonly keys: StorageKeys;
  /**
   * What the rows belong to besides their collection and key: the table, the server, the role. Rows sealed for another one
   * are refused. Part of the format: give a name that stays when the data moves, also to a restored table.
   */
  readonly context: string;
  /**
   * Values of at least so many bytes of JSON are deflated before they are sealed, when that makes them smaller. Not where
   * strangers choose a part of a value whose other parts are secret and can also see how large it is stored.
   *
   * @default - nothing is compressed
   */
  readonly compressFrom?: number;
  /**
   * Whether what cannot be opened is an error. Otherwise it is a miss: for caches, never for state.
   *
   * @default true
   */
  readonly raiseOnDecryptionError?: boolean;
  /**
   * Whether entries that are not sealed are read as they are. Only while a store is being migrated: whoever can write to
   * the store can then plant entries.
   *
   * @default false
   */
  readonly allowPlaintext?: boolean;
}

/** zlib clears what it reserves, which for a small value takes longer than to deflate it. */
const SMALL = { level: 6, memLevel: 6, windowBits: 12, chunkSize: 4096 };
const SMALL_BYTES = 4096;
const LARGE = { level: 1, chunkSize: 65_536 };

const MEMBER = 'sealed';
const PLAIN: SealedForm = 1;
const DEFLATED: SealedForm = 2;

/**
 * Encrypts values of our own rows with AES-256-GCM and binds each to its place: `{"sealed": "…"}` opens only in the
 * context, collection and key that it was sealed for. Smaller and quicker than `FernetEncryption`, but not for Python.
 */
export class SealedEncryption extends TransformedStore {
  readonly #keys: DerivedKeys<SealingKey>;
  readonly #context: string;
  readonly #compressFrom: number;
  readonly #raise: boolean;
  readonly #allowPlaintext: boolean;

  /** @throws {RangeError} when a key has not 32 bytes, there is none, or the context is empty */
  constructor(store: KeyValueStore, props: SealedEncryptionProps) {
    super(store);
    const { context } = props;
    if (context === '') throw new RangeError('context must not be empty; name the table and the server');
    this.#keys = new DerivedKeys(props.keys, (key) => sealingKey(key, context));
    this.#context = context;
    this.#compressFrom = props.compressFrom ?? Infinity;
    this.#raise = props.raiseOnDecryptionError ?? true;
    this.#allowPlaintext = props.allowPlaintext ?? false;
  }

  protected override async encode(value: JsonObject, place: Place): Promise<JsonObject> {
    const json = Buffer.from(dumpValue(value, dumpsShort));
    const [key] = (await this.#keys.get()) as [SealingKey];
    const deflated = json.length >= this.#compressFrom ? deflate(json) : json;
    const [form, data] = deflated.length < json.length ? [DEFLATED, deflated] : [PLAIN, json];
    return { [MEMBER]: toDenseText(seal(key, this.#context, place, form, data)) };
  }

  protected override async decode(stored: JsonObject, place: Place): Promise<JsonObject | undefined> {
    if (this.#allowPlaintext && !Object.hasOwn(stored, MEMBER)) return stored;
    const keys = await this.#keys.get(); // that there are none now is no property of the row: always an error
    try {
      return this.#open(stored, place, keys);
    } catch (error) {
      if (!this.#raise && (error instanceof DecryptionError || error instanceof CorruptEntryError)) return undefined;
      throw error;
    }
  }

  #open(stored: JsonObject, place: Place, keys: readonly SealingKey[]): JsonObject {
    const text = stored[MEMBER];
    if (typeof text !== 'string' || Object.keys(stored).length !== 1) {
      throw new DecryptionError('it is not sealed, and plaintext is not taken here');
    }
    const sealed = fromDenseText(text);
    if (!sealed || !isLongEnough(sealed)) throw new DecryptionError('it was cut or changed');
    const candidates = keys.filter((key) => hasId(sealed, key));
    if (candidates.length === 0) throw new DecryptionError('it was sealed with a key that is not in the ring');
    for (const key of candidates) {
      const data = unseal(key, this.#context, place, sealed);
      if (data) return loadValue((sealed[0] === DEFLATED ? inflateRawSync(data) : data).toString('utf8'));
    }
    throw new DecryptionError('it was changed, or sealed for another row');
  }
}

function deflate(json: Buffer): Buffer {
  return deflateRawSync(json, json.length <= SMALL_BYTES ? SMALL : LARGE);
}
