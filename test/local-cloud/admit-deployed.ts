import { DescribeUsersCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';

import type { LocalCloud } from './local-cloud.ts';
import type { LocalElastiCache } from './local-elasticache.ts';

/**
 * Lets the user of a cache in, with the access string that was deployed. It exists only then, and servers do not need it to
 * be healthy: they connect at the first call.
 *
 * @param storeUrl the output of the stack
 */
export async function admitDeployed(cloud: LocalCloud, cache: LocalElastiCache, storeUrl: string): Promise<void> {
  const store = new URL(storeUrl);
  const elasticache = new ElastiCacheClient(cloud.clientConfig);
  const { Users } = await elasticache.send(new DescribeUsersCommand({ UserId: store.username }));
  elasticache.destroy();
  await cache.admit(store.username, Users?.[0]?.AccessString ?? '', store.searchParams.get('cache') ?? '');
}
