import type { BackendName } from '../backend/backends.ts';
import type { Workload } from '../backend/workload.ts';
import type { CacheStorageOptions } from './elasticache/redis-storage.ts';
import type { Binder } from './new-storage.ts';
import {
  newCache,
  newCluster,
  newFileSystem,
  newMemcached,
  newMemory,
  newOpenSearch,
  newRocksDb,
  newTable,
} from './new-storage.ts';
import { chooseStorage, recordChoice } from './storage-choice.ts';

/** What makes each backend that the decision tree can end in, with what the workload accepts. */
const MAKERS: Readonly<Record<BackendName, (accepted: CacheStorageOptions) => Binder>> = {
  memory: () => newMemory(),
  disk: () => newFileSystem({}),
  redis: (accepted) => newCache('redis', accepted),
  valkey: (accepted) => newCache('valkey', accepted),
  dynamodb: () => newTable({}),
  mongodb: () => newCluster({}),
  elasticsearch: () => newOpenSearch({}),
  memcached: () => newMemcached({}),
  rocksdb: () => newRocksDb({}),
};

/** The storage that suits a workload best, which the server then keeps a record of. */
export function newChoice(workload: Workload): Binder {
  const choice = chooseStorage(workload);
  const make = MAKERS[choice.backend]({ allowLostWrites: choice.allowLostWrites });
  return (server, options) => {
    const bound = make(server, options);
    recordChoice(server, choice);
    return bound;
  };
}
