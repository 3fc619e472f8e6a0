import { codeOf, diskFault } from '../disk/files.ts';
import { StoreAccessError, StoreError, StoreRejectedError, StoreUnavailableError } from '../errors.ts';

/** A fault of RocksDB or of the file system, as a `StoreError`. Messages of RocksDB name paths: they are not repeated. */
export function rocksFault(error: unknown): Error {
  if (error instanceof StoreError) return error;
  if (codeOf(error) !== undefined) return diskFault(error) as Error;
  const text = textOf(error);
  if (/lock/i.test(text) && /(?:unavailable|hold|held|lock file)/i.test(text)) {
    return new StoreRejectedError(
      'the folder of the rocksdb store is open already; RocksDB is for one process at a time, and one store in it',
    );
  }
  if (/No space left|Quota exceeded|File too large/i.test(text)) {
    return new StoreRejectedError('the disk of the rocksdb store is full; free some of it');
  }
  if (/Permission denied|Read-only file system|Operation not permitted/i.test(text)) {
    return new StoreAccessError('the folder of the rocksdb store is not writable or readable; check its owner');
  }
  if (/compression (?:method|type)/i.test(text)) {
    return new StoreRejectedError(
      'the folder of the rocksdb store holds files that are compressed in a way which this RocksDB cannot read, as Snappy; ' +
        'have the other program write with Zstandard, or without compression',
    );
  }
  if (/comparator/i.test(text)) {
    return new StoreRejectedError('the folder of the rocksdb store holds a database of another kind; give it its own');
  }
  if (/Corruption|checksum/i.test(text)) {
    return new StoreRejectedError('the files of the rocksdb store are damaged; restore them, or remove the folder');
  }
  const kind = /(?:IO error|Busy|TimedOut|Aborted|Incomplete|Shutdown in progress)/i.exec(text)?.[0];
  return new StoreUnavailableError(`the rocksdb store failed: ${kind ?? 'unknown fault'}`);
}

/** Whether RocksDB refused to open what Python made. */
export function isPythons(error: unknown): boolean {
  return textOf(error).includes('does not match existing comparator rocksdict');
}

/** Native code makes errors of its own realm, which are not `instanceof` ours everywhere. */
function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { message, cause } = error as { readonly message?: unknown; readonly cause?: unknown };
  return `${typeof message === 'string' ? message : ''} ${textOf(cause)}`;
}
