import { CorruptEntryError, DecryptionError } from '../errors.ts';
import type { JsonObject, KeyValueStore } from '../key-value-store.ts';
import { dumpValue, loadValue } from '../managed-entry.ts';
import { dumpsCompact } from '../python-json.ts';
import { fernetDecrypt, fernetEncrypt, type FernetKey, fernetKey } from './fernet-token.ts';
import { DerivedKeys, type StorageKeys } from './storage-keys.ts';
import { TransformedStore } from './transformed-store.ts';

export interface FernetEncryptionProps {
  /** Keys of 32 bytes, as Python's `Fernet` takes them in base64. The first encrypts, all decrypt. */
  readonly keys: StorageKeys;
  /**
   * Whether what cannot be decrypted is an error. Otherwise it is a miss: for caches, never for state.
   *
   * @default true
   */
  readonly raiseOnDecryptionError?: boolean;
  /**
   * Whether entries that are not encrypted are read as they are, which py-key-value always does. Only while a store is
   * being migrated: whoever can write to the store can then plant entries.
   *
   * @default false
   */
  readonly allowPlaintext?: boolean;
}

const DATA = '__encrypted_data__';
const VERSION = '__encryption_version__';
const NEWEST = 1;

/**
 * Encrypts values in the envelope of py-key-value's FernetEncryptionWrapper, so that Python servers with the same keys read
 * them. Values only: keys, collections and lifetimes stay readable, and whoever can write to the store can put one row's
 * value into another row. `SealedEncryption` prevents that, for rows that Python need not read.
 */
export class FernetEncryption extends TransformedStore {
  readonly #keys: DerivedKeys<FernetKey>;
  readonly #raise: boolean;
  readonly #allowPlaintext: boolean;

  /** @throws {RangeError} when `keys` is a list without keys, or with one that has not 32 bytes */
  constructor(store: KeyValueStore, props: FernetEncryptionProps) {
    super(store);
    this.#keys = new DerivedKeys(props.keys, fernetKey);
    this.#raise = props.raiseOnDecryptionError ?? true;
    this.#allowPlaintext = props.allowPlaintext ?? false;
  }

  protected override async encode(value: JsonObject): Promise<JsonObject> {
    const data = Buffer.from(dumpValue(value, dumpsCompact), 'latin1'); // it is ASCII
    const [key] = (await this.#keys.get()) as [FernetKey];
    return { [DATA]: Buffer.from(fernetEncrypt(key, data), 'latin1').toString('base64'), [VERSION]: NEWEST };
  }

  protected override async decode(stored: JsonObject): Promise<JsonObject | undefined> {
    if (this.#allowPlaintext && !Object.hasOwn(stored, DATA)) return stored;
    const keys = await this.#keys.get(); // that there are none now is no property of the entry: always an error
    try {
      return open(stored, keys);
    } catch (error) {
      if (!this.#raise && (error instanceof DecryptionError || error instanceof CorruptEntryError)) return undefined;
      throw error;
    }
  }
}

function open(stored: JsonObject, keys: readonly FernetKey[]): JsonObject {
  const { [DATA]: data, [VERSION]: version } = stored;
  if (data === undefined) throw new DecryptionError('it is not encrypted, and plaintext is not taken here');
  if (typeof data !== 'string' || !Number.isInteger(version)) {
    throw new DecryptionError(`its envelope has not a text and a whole number as ${DATA} and ${VERSION}`);
  }
  if ((version as number) > NEWEST)
    throw new DecryptionError(`its version is newer than ${NEWEST}, the newest known here`);
  const token = Buffer.from(data, 'base64');
  const text = token.toString('base64') === data ? fernetDecrypt(keys, token.toString('latin1')) : undefined;
  if (!text) throw new DecryptionError('it was changed, or encrypted with a key that is not in the ring');
  return loadValue(text.toString('utf8'));
}
