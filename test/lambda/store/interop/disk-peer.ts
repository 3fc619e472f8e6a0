import type { PythonPeer } from '../../../support/python-peer.ts';

/** py-key-value's store of the same files. */
export function fileTree(directory: string): PythonPeer {
  return {
    args: [directory],
    setup: `
from pathlib import Path
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy as C, FileTreeV1KeySanitizationStrategy as K
where = Path(args[0])
inner = FileTreeStore(data_directory=where, key_sanitization_strategy=K(where), collection_sanitization_strategy=C(where))`,
  };
}
