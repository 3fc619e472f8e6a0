import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';

import type { Look } from './look.ts';

/** Tells the VPC of a group of subnets; undefined where it could not be looked at. */
export type VpcOf = (subnetGroup: string | undefined) => Promise<string | undefined>;

/** Asks for each group once, however many caches are in it. */
export function vpcLookup(client: ElastiCacheClient, look: Look): VpcOf {
  const asked = new Map<string, Promise<string | undefined>>();
  return async (subnetGroup) => {
    if (subnetGroup === undefined) return undefined;
    const answer = asked.get(subnetGroup) ?? ask(client, look, subnetGroup);
    asked.set(subnetGroup, answer);
    return answer;
  };
}

async function ask(client: ElastiCacheClient, look: Look, CacheSubnetGroupName: string): Promise<string | undefined> {
  const { DescribeCacheSubnetGroupsCommand } = await import('@aws-sdk/client-elasticache');
  const answer = await look.ask('elasticache:DescribeCacheSubnetGroups', CacheSubnetGroupName, (options) =>
    client.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName }), options),
  );
  return answer?.CacheSubnetGroups?.[0]?.VpcId;
}
