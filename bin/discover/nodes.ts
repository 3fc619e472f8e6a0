import type { CacheCluster, ElastiCacheClient, ReplicationGroup } from '@aws-sdk/client-elasticache';

import { mapLimit } from '../../lambda/store/map-limit.ts';
import type { Look } from './look.ts';
import type { VpcOf } from './vpcs.ts';

/** A replication group, and what only its nodes tell. */
export interface Nodes {
  readonly group: ReplicationGroup;
  /** Its first node; undefined: could not be looked at. */
  readonly node?: CacheCluster;
  /** Undefined: could not be looked at. */
  readonly vpcId?: string;
  /** What it does when memory is full; undefined: could not be looked at, or does not matter. */
  readonly evictionPolicy?: string;
}

const PARALLEL = 3;
const POLICY = 'maxmemory-policy';

/** Asks for the version, the network and, where writes are durable, the parameters of replication groups. */
export async function lookAtNodes(
  client: ElastiCacheClient,
  look: Look,
  { groups, vpcOf }: { readonly groups: readonly ReplicationGroup[]; readonly vpcOf: VpcOf },
): Promise<Nodes[]> {
  return mapLimit(groups, PARALLEL, async (group) => {
    const node = await firstNode(client, look, group);
    const { CacheSubnetGroupName: subnets, CacheParameterGroup: parameters } = node ?? {};
    const durable = group.EffectiveDurability === 'sync';
    const named = parameters?.CacheParameterGroupName;
    return {
      group,
      node,
      vpcId: await vpcOf(subnets),
      evictionPolicy: durable && named !== undefined ? await evictionPolicy(client, look, named) : undefined,
    };
  });
}

async function firstNode(
  client: ElastiCacheClient,
  look: Look,
  { MemberClusters: [CacheClusterId] = [] }: ReplicationGroup,
): Promise<CacheCluster | undefined> {
  if (CacheClusterId === undefined) return undefined;
  const { DescribeCacheClustersCommand } = await import('@aws-sdk/client-elasticache');
  const answer = await look.ask('elasticache:DescribeCacheClusters', CacheClusterId, (options) =>
    client.send(new DescribeCacheClustersCommand({ CacheClusterId }), options),
  );
  return answer?.CacheClusters?.[0];
}

async function evictionPolicy(
  client: ElastiCacheClient,
  look: Look,
  CacheParameterGroupName: string,
): Promise<string | undefined> {
  const { DescribeCacheParametersCommand } = await import('@aws-sdk/client-elasticache');
  let Marker: string | undefined;
  for (let pages = 0; pages < PAGES; pages++) {
    const input = { CacheParameterGroupName, Marker };
    const answer = await look.ask('elasticache:DescribeCacheParameters', CacheParameterGroupName, (options) =>
      client.send(new DescribeCacheParametersCommand(input), options),
    );
    const policy = answer?.Parameters?.find(({ ParameterName }) => ParameterName === POLICY)?.ParameterValue;
    Marker = answer?.Marker;
    if (policy !== undefined || Marker === undefined) return policy;
  }
  return undefined;
}

/** Pages of parameters, of which there are some hundred. */
const PAGES = 10;
