import type { CacheCluster, ElastiCacheClient, ServerlessCache, User } from '@aws-sdk/client-elasticache';

import { mapLimit } from '../../lambda/store/map-limit.ts';
import { isMemcached } from './engine.ts';
import type { Listed, Look } from './look.ts';
import { lookAtNodes, type Nodes } from './nodes.ts';
import { vpcLookup } from './vpcs.ts';

/** What AWS told of the caches of an account and region. */
export interface Caches {
  readonly serverless: readonly ServerlessCache[];
  readonly replicationGroups: readonly Nodes[];
  /** Clusters outside of replication groups: Memcached, and single nodes. */
  readonly clusters: readonly Cluster[];
  /** Who may sign in; asked for only when a cache has a user group. */
  readonly users: Listed<User>;
}

/** A cluster, and where it is. */
export interface Cluster {
  readonly cluster: CacheCluster;
  /** Undefined: could not be looked at, or does not matter. */
  readonly vpcId?: string;
}

/** Caches asked about at a time. */
const PARALLEL = 3;
/** The largest pages of the lists, and the smallest of those with a marker. */
const SERVERLESS_PAGE = 50;
const PAGE = 100;
const SMALLEST_PAGE = 20;

export async function lookAtCaches(client: ElastiCacheClient, look: Look): Promise<Caches> {
  const sdk = await import('@aws-sdk/client-elasticache');
  const MaxRecords = Math.max(SMALLEST_PAGE, Math.min(PAGE, look.limit));
  const [serverless, replicationGroups, clusters] = await Promise.all([
    look.list('elasticache:DescribeServerlessCaches', 'serverless caches', async (NextToken, options) => {
      const input = { MaxResults: Math.min(SERVERLESS_PAGE, look.limit), NextToken };
      const answer = await client.send(new sdk.DescribeServerlessCachesCommand(input), options);
      return { items: answer.ServerlessCaches ?? [], next: answer.NextToken };
    }),
    look.list('elasticache:DescribeReplicationGroups', 'replication groups', async (Marker, options) => {
      const answer = await client.send(new sdk.DescribeReplicationGroupsCommand({ MaxRecords, Marker }), options);
      return { items: answer.ReplicationGroups ?? [], next: answer.Marker };
    }),
    look.list('elasticache:DescribeCacheClusters', 'cache clusters', async (Marker, options) => {
      const input = { MaxRecords, Marker, ShowCacheClustersNotInReplicationGroups: true };
      const answer = await client.send(new sdk.DescribeCacheClustersCommand(input), options);
      const items = (answer.CacheClusters ?? []).filter(({ ReplicationGroupId }) => !ReplicationGroupId);
      return { items, next: answer.Marker };
    }),
  ]);
  const grouped =
    serverless.items.some(({ UserGroupId }) => UserGroupId) ||
    replicationGroups.items.some(({ UserGroupIds }) => UserGroupIds && UserGroupIds.length > 0);
  const vpcOf = vpcLookup(client, look);
  const [nodes, alone, users] = await Promise.all([
    lookAtNodes(client, look, { groups: replicationGroups.items, vpcOf }),
    mapLimit(clusters.items, PARALLEL, async (cluster) => ({
      cluster,
      vpcId: isMemcached(cluster) ? await vpcOf(cluster.CacheSubnetGroupName) : undefined,
    })),
    grouped ? lookAtUsers(client, look, MaxRecords) : { items: [], complete: true },
  ]);
  return {
    serverless: serverless.items,
    replicationGroups: nodes,
    clusters: alone,
    users,
  };
}

async function lookAtUsers(client: ElastiCacheClient, look: Look, MaxRecords: number): Promise<Listed<User>> {
  const { DescribeUsersCommand } = await import('@aws-sdk/client-elasticache');
  return look.list('elasticache:DescribeUsers', 'users', async (Marker, options) => {
    const answer = await client.send(new DescribeUsersCommand({ MaxRecords, Marker }), options);
    return { items: answer.Users ?? [], next: answer.Marker };
  });
}
