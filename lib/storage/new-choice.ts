import type { BackendName } from '../backend/backends.ts';
import type { Workload } from '../backend/workload.ts';
import { CacheShape } from './elasticache/cache-shape.ts';
import { MemcachedShape } from './elasticache/memcached-shape.ts';
import type { CacheStorageProps } from './elasticache/redis-storage.ts';
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
import type { StorageChoice } from './storage-choice.ts';
import { chooseStorage, recordChoice } from './storage-choice.ts';

type Chosen = Pick<StorageChoice, 'allowLostWrites' | 'nodes'>;

/** What makes each backend that the decision tree can end in, in the way that its cost was worked out for. */
const MAKERS: Readonly<Record<BackendName, (chosen: Chosen) => Binder>> = {
  memory: () => newMemory(),
  disk: () => newFileSystem({}),
  redis: (chosen) => newCache('redis', cacheOf(chosen)),
  valkey: (chosen) => newCache('valkey', cacheOf(chosen)),
  dynamodb: () => newTable({}),
  mongodb: () => newCluster({}),
  elasticsearch: () => newOpenSearch({}),
  memcached: ({ nodes }) =>
    newMemcached({ shape: nodes && MemcachedShape.nodes({ nodeType: nodes.type, nodes: nodes.count }) }),
  rocksdb: () => newRocksDb({}),
};

function cacheOf({ allowLostWrites, nodes }: Chosen): CacheStorageProps {
  const shape = nodes && CacheShape.nodes({ nodeType: nodes.type, replicas: nodes.count - 1 });
  return { allowLostWrites, shape };
}

/** The storage that suits a workload best, which the server then keeps a record of. */
export function newChoice(workload: Workload): Binder {
  const choice = chooseStorage(workload);
  const make = MAKERS[choice.backend](choice);
  return (server, options) => {
    if (workload.internet) options.network.needInternet(); // its price is in the choice
    const bound = make(server, options);
    recordChoice(server, choice);
    return bound;
  };
}
