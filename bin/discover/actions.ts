/** Every call that is made, by the name of its permission. All of them only read; the policy in docs/discover.md allows exactly these. */
export const DISCOVER_ACTIONS = [
  'dynamodb:ListTables',
  'dynamodb:DescribeTable',
  'dynamodb:DescribeTimeToLive',
  'dynamodb:DescribeContinuousBackups',
  'elasticache:DescribeServerlessCaches',
  'elasticache:DescribeReplicationGroups',
  'elasticache:DescribeCacheClusters',
  'elasticache:DescribeCacheSubnetGroups',
  'elasticache:DescribeCacheParameters',
  'elasticache:DescribeUsers',
] as const;

export type DiscoverAction = (typeof DISCOVER_ACTIONS)[number];
