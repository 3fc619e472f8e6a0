/** A backend of FastMCP's guide, by the name that the command line and the constructs use. */
export type BackendName =
  'memory' | 'disk' | 'redis' | 'valkey' | 'dynamodb' | 'mongodb' | 'elasticsearch' | 'memcached' | 'rocksdb';

/** What decides about a backend before any taste does. */
export interface Backend {
  /** As people write it. */
  readonly title: string;
  /** Whether what is stored outlives the process that stored it. */
  readonly persistent: boolean;
  /**
   * Whether an acknowledged write can be lost: to a failover, since replication is asynchronous, or to eviction.
   * OAuth state must not be kept there unasked.
   */
  readonly losesWrites: 'never' | 'on failover' | 'by design';
  /** Whether it lives in a network of its own, so that a function must join that network to reach it. */
  readonly inNetwork: boolean;
  /** Largest entry, in KB; undefined where the memory of the machine is the limit. */
  readonly maxItemKb?: number;
  /** Typical time of one read in milliseconds, from compute in the same region. Orders of magnitude, not a promise. */
  readonly latencyMs: number;
  /** Typical time of one read where the files lie on EFS instead of on the machine. */
  readonly latencyOverNfsMs?: number;
}

/**
 * The nine backends, in the order of FastMCP's guide, Valkey next to Redis.
 *
 * Latencies: DynamoDB 2 to 4 ms, ElastiCache 0.2 to 0.5 ms in one zone; EFS, DocumentDB and OpenSearch are estimates.
 * Item sizes are the documented limits (DynamoDB 400 KB, Memcached's default 1 MB, DocumentDB 16 MB, OpenSearch's
 * smallest instances 10 MB per request, Redis strings 512 MB).
 */
export const BACKENDS: Readonly<Record<BackendName, Backend>> = {
  memory: { title: 'Memory', persistent: false, losesWrites: 'by design', inNetwork: false, latencyMs: 0.01 },
  disk: {
    title: 'Disk',
    persistent: true,
    losesWrites: 'never',
    inNetwork: true,
    latencyMs: 0.2,
    latencyOverNfsMs: 3,
  },
  redis: {
    title: 'Redis',
    persistent: true,
    losesWrites: 'on failover',
    inNetwork: true,
    maxItemKb: 524_288,
    latencyMs: 0.5,
  },
  valkey: {
    title: 'Valkey',
    persistent: true,
    losesWrites: 'on failover',
    inNetwork: true,
    maxItemKb: 524_288,
    latencyMs: 0.5,
  },
  dynamodb: {
    title: 'DynamoDB',
    persistent: true,
    losesWrites: 'never',
    inNetwork: false,
    maxItemKb: 400,
    latencyMs: 4,
  },
  mongodb: {
    title: 'MongoDB',
    persistent: true,
    losesWrites: 'never',
    inNetwork: true,
    maxItemKb: 16_384,
    latencyMs: 5,
  },
  elasticsearch: {
    title: 'Elasticsearch',
    persistent: true,
    losesWrites: 'never',
    inNetwork: true,
    maxItemKb: 10_240,
    latencyMs: 10,
  },
  memcached: {
    title: 'Memcached',
    persistent: false,
    losesWrites: 'by design',
    inNetwork: true,
    maxItemKb: 1024,
    latencyMs: 0.5,
  },
  rocksdb: { title: 'RocksDB', persistent: true, losesWrites: 'never', inNetwork: false, latencyMs: 0.1 },
};

/** All names, in the order in which ties are broken. */
export const BACKEND_NAMES = Object.keys(BACKENDS) as readonly BackendName[];

/** Titles for a sentence: `Valkey, DynamoDB`. */
export function titles(names: readonly BackendName[]): string {
  return names.map((name) => BACKENDS[name].title).join(', ');
}
