import { gunzipSync, gzipSync } from 'node:zlib';

import { CorruptEntryError, ItemTooLargeError } from '../errors.ts';
import type { JsonObject, KeyValueStore } from '../key-value-store.ts';
import { dumpValue, loadValue } from '../managed-entry.ts';
import { dumpsCompact } from '../python-json.ts';
import { TransformedStore } from './transformed-store.ts';

export interface CompressionProps {
  /**
   * Bytes of JSON from which on a value is compressed.
   *
   * @default 1024
   */
  readonly minSizeToCompress?: number;
  /**
   * Largest JSON that a value may have when it is unpacked, in bytes. More is refused, on writing and on reading: a few
   * kilobytes can be made to unpack to gigabytes.
   *
   * @default - 16 MiB
   */
  readonly maxSize?: number;
}

const DATA = '__compressed_data__';
const ALGORITHM = '__compression_algorithm__';
const VERSION = '__compression_version__';

/**
 * Compresses values in the envelope of py-key-value's CompressionWrapper. Goes around encryption, so that it acts first:
 * `new Compression(new FernetEncryption(store, …))`. Ciphertext does not compress.
 */
export class Compression extends TransformedStore {
  readonly #minSize: number;
  readonly #maxSize: number;

  constructor(store: KeyValueStore, props: CompressionProps = {}) {
    super(store);
    this.#minSize = props.minSizeToCompress ?? 1024;
    this.#maxSize = props.maxSize ?? 16 * 2 ** 20;
  }

  protected override encode(value: JsonObject): JsonObject {
    // The size that decides is that of Python's default form, as there.
    const size = dumpValue(value).length;
    // A value that looks like an envelope is put into a real one, or readers would unpack it.
    const disguised = Object.hasOwn(value, DATA);
    if (size < this.#minSize && !disguised) return value;
    const json = dumpValue(value, dumpsCompact);
    if (json.length > this.#maxSize) throw new ItemTooLargeError(json.length, this.#maxSize, 'the compression wrapper');
    const packed = gzipSync(json, { level: 1 }).toString('base64');
    if (packed.length >= json.length && !disguised) return value;
    return { [DATA]: packed, [ALGORITHM]: 'gzip', [VERSION]: 1 };
  }

  protected override decode(stored: JsonObject): JsonObject {
    const { [DATA]: data } = stored;
    if (data === undefined) return stored;
    if (typeof data !== 'string' || stored[ALGORITHM] !== 'gzip' || stored[VERSION] !== 1) {
      throw new CorruptEntryError('it is compressed in a way that is not known here (known: gzip, version 1)');
    }
    return loadValue(this.#unpacked(Buffer.from(data, 'base64')).toString('utf8'));
  }

  #unpacked(data: Buffer): Buffer {
    try {
      return gunzipSync(data, { maxOutputLength: this.#maxSize });
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new CorruptEntryError(
        tooLarge ? `it unpacks to more than ${this.#maxSize} bytes` : 'it is not gzip, or cut',
      );
    }
  }
}
