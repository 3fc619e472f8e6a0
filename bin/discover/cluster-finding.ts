import type { CacheCluster } from '@aws-sdk/client-elasticache';

import { clusterCode } from './cache-code.ts';
import type { Cluster } from './caches.ts';
import type { Cli } from './cli.ts';
import { engineTitle, isMemcached, MEMCACHED_LOSES, OPEN_MEMCACHED, REPLICATION_LOSES, statusLack } from './engine.ts';
import type { Finding, Lack } from './finding.ts';

/** A cluster outside of replication groups: Memcached, or a single node of the others. */
export function judgeCluster(found: Cluster, cli: Cli): Finding {
  const { cluster } = found;
  const { CacheClusterId: name = '', Engine: engine = 'redis' } = cluster;
  const memcached = isMemcached(cluster);
  return {
    kind: `${engineTitle(engine)} ${memcached ? 'cluster' : 'node'}`,
    name,
    lacks: memcached
      ? [...statusLack(cluster.CacheClusterStatus), ...encryption(cluster), MEMCACHED_LOSES]
      : [...statusLack(cluster.CacheClusterStatus), ungrouped(name, cli), REPLICATION_LOSES],
    unknown: [],
    advice: memcached ? [OPEN_MEMCACHED] : [],
    code: memcached && cluster.TransitEncryptionEnabled ? clusterCode(found) : undefined,
  };
}

function encryption({ TransitEncryptionEnabled }: CacheCluster): Lack[] {
  return TransitEncryptionEnabled === true
    ? []
    : [
        {
          what: 'no TLS',
          remedy: ['make another one with TLS, which needs Memcached 1.6.12 or later: it cannot be turned on'],
        },
      ];
}

/** Users and groups belong to replication groups; a single node can be made one. */
function ungrouped(name: string, cli: Cli): Lack {
  const group = cli(
    `elasticache create-replication-group --replication-group-id ${name}-group ` +
      `--replication-group-description mcp --primary-cluster-id ${name}`,
  );
  return { what: 'no IAM user: a node outside of a replication group has none', remedy: [group] };
}
