import type { Endpoint, ServerlessCache } from '@aws-sdk/client-elasticache';

import type { Cluster } from './caches.ts';
import type { Nodes } from './nodes.ts';

/** Where the user that the remedy makes is not there yet, the line is for that one. */
const NEW_USER = 'mcp';
const REDIS_PORT = 6379;
const MEMCACHED_PORT = 11211;
/** Put in place of what AWS did not tell. */
const VPC = 'vpc-OF-ITS-SUBNETS';

/** The line for a serverless cache. Its own description has subnets, but not their VPC. */
export function serverlessCode(cache: ServerlessCache, user = NEW_USER): string | undefined {
  if (cache.Endpoint?.Address === undefined) return undefined; // it is in the making
  return cacheCode('fromServerlessCacheAttributes', user, [
    `cacheName: '${cache.ServerlessCacheName ?? ''}'`,
    `engine: ${engineCode(cache.Engine, cache.FullEngineVersion ?? cache.MajorEngineVersion)}`,
    ...endpointCode(cache.Endpoint),
    networkCode(undefined),
    ...securityGroupCode(cache.SecurityGroupIds?.[0]),
  ]);
}

/** The line for a replication group. */
export function nodesCode({ group, node, vpcId }: Nodes, durable: boolean, user = NEW_USER): string | undefined {
  const endpoint = group.ClusterEnabled ? group.ConfigurationEndpoint : group.NodeGroups?.[0]?.PrimaryEndpoint;
  if (endpoint?.Address === undefined) return undefined;
  return cacheCode('fromReplicationGroupAttributes', user, [
    `replicationGroupId: '${group.ReplicationGroupId ?? ''}'`,
    `engine: ${engineCode(group.Engine, node?.EngineVersion)}`,
    ...endpointCode(endpoint),
    ...(group.ClusterEnabled ? ['clusterMode: true'] : []),
    ...(durable ? ['durable: true'] : []),
    networkCode(vpcId),
    ...securityGroupCode(node?.SecurityGroups?.[0]?.SecurityGroupId),
  ]);
}

/** The line for a serverless cache of Memcached. */
export function serverlessMemcachedCode({ Endpoint: endpoint, SecurityGroupIds }: ServerlessCache): string | undefined {
  return memcachedCode(endpoint, undefined, SecurityGroupIds?.[0]);
}

/** The line for nodes of Memcached. */
export function clusterCode({ cluster, vpcId }: Cluster): string | undefined {
  return memcachedCode(cluster.ConfigurationEndpoint, vpcId, cluster.SecurityGroups?.[0]?.SecurityGroupId);
}

function memcachedCode(endpoint: Endpoint | undefined, vpcId?: string, securityGroup?: string): string | undefined {
  if (endpoint?.Address === undefined) return undefined;
  return [
    'storage: McpStorage.fromMemcached(',
    "  McpMemcached.fromMemcachedAttributes(this, 'Cache', {",
    ...[...endpointCode(endpoint, MEMCACHED_PORT), networkCode(vpcId), ...securityGroupCode(securityGroup)].map(
      (attribute) => `    ${attribute},`,
    ),
    '  }),',
    '),',
  ].join('\n');
}

function cacheCode(factory: string, user: string, attributes: readonly string[]): string {
  return [
    'storage: McpStorage.fromCache(',
    `  McpCache.${factory}(this, 'Cache', {`,
    ...attributes.map((attribute) => `    ${attribute},`),
    '  }),',
    `  { user: CacheUser.iam('${user}') },`,
    '),',
  ].join('\n');
}

/** The oldest version with IAM users where the version is not known; nothing that the line does depends on it. */
function engineCode(engine: string | undefined, version: string | undefined): string {
  const name = engine === 'valkey' ? 'valkey' : 'redis';
  const [major = '7', minor = name === 'valkey' && major === '7' ? '2' : '0'] = version?.split('.') ?? [];
  return `CacheEngine.${name}('${major}.${minor}')`;
}

function endpointCode({ Address = '', Port }: Endpoint, usual = REDIS_PORT): string[] {
  return [`endpointAddress: '${Address}'`, ...(Port === undefined || Port === usual ? [] : [`port: ${Port}`])];
}

function networkCode(vpcId = VPC): string {
  return `network: new McpNetwork(this, 'Network', { vpc: ec2.Vpc.fromLookup(this, 'Vpc', { vpcId: '${vpcId}' }) })`;
}

function securityGroupCode(id: string | undefined): string[] {
  return id === undefined ? [] : [`securityGroup: ec2.SecurityGroup.fromSecurityGroupId(this, 'CacheGroup', '${id}')`];
}
