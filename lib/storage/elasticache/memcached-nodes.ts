import { Token } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';
import { checkWholeNumber } from '../../private/limits.ts';
import { checkText, MEMCACHED_NODES, NODE_TYPE, PORTS, WEEKLY_WINDOW } from './cache-limits.ts';
import type { MemcachedBuildOptions } from './memcached-shape.ts';
import { subnetGroup } from './subnet-group.ts';

/** Properties of Memcached nodes. */
export interface MemcachedNodesProps {
  /**
   * Type of the nodes, such as `cache.m7g.large`.
   *
   * @default 'cache.t4g.small'
   */
  readonly nodeType?: string;
  /**
   * How many nodes the entries are spread over, 1 to 60. Each entry is on one of them.
   *
   * @default 2
   */
  readonly nodes?: number;
  /**
   * Whether the nodes are in several zones.
   *
   * @default - true with more than one node
   */
  readonly crossAz?: boolean;
  /**
   * Port that the nodes listen on, 1024 to 65535.
   *
   * @default 11211
   */
  readonly port?: number;
  /**
   * When nodes may be changed, UTC, such as `sun:23:00-mon:01:30`: an hour or more.
   *
   * @default - a time that ElastiCache chooses
   */
  readonly maintenanceWindow?: string;
  /**
   * Whether new minor versions are taken by themselves.
   *
   * @default true
   */
  readonly autoMinorVersionUpgrade?: boolean;
}

/** The port of Memcached, also of serverless caches. */
export const MEMCACHED_PORT = 11211;
const DEFAULT_NODES = 2;

/** @throws Error when a value is outside of the limits of ElastiCache */
export function checkMemcachedNodes(props: MemcachedNodesProps): void {
  checkWholeNumber('nodes', props.nodes, MEMCACHED_NODES);
  checkWholeNumber('port', props.port, PORTS);
  if (!Token.isUnresolved(props.nodeType)) checkText('nodeType', props.nodeType, NODE_TYPE, 'cache.m7g.large');
  checkText('maintenanceWindow', props.maintenanceWindow, WEEKLY_WINDOW, 'sun:23:00-mon:01:30');
  if (props.crossAz && props.nodes === 1) {
    throw new Error('crossAz needs nodes, 2 or more: one node is in one zone');
  }
}

/** Makes a cluster of nodes, with TLS. Memcached encrypts nothing at rest: it keeps nothing on disks. */
export function buildMemcachedNodes(
  cache: Construct,
  props: MemcachedNodesProps,
  options: MemcachedBuildOptions,
): string {
  if (options.encryptionKey) {
    throw new Error('nodes of Memcached keep nothing on disks, so there is nothing for encryptionKey: leave it out');
  }
  const nodes = props.nodes ?? DEFAULT_NODES;
  const port = props.port ?? MEMCACHED_PORT;
  const resource = new elasticache.CfnCacheCluster(cache, 'Resource', {
    clusterName: options.cacheName,
    engine: 'memcached',
    engineVersion: options.version.version,
    cacheNodeType: props.nodeType ?? 'cache.t4g.small',
    numCacheNodes: nodes,
    azMode: (props.crossAz ?? nodes > 1) ? 'cross-az' : 'single-az',
    port,
    cacheSubnetGroupName: subnetGroup(cache, options).ref,
    vpcSecurityGroupIds: [options.securityGroup.securityGroupId],
    transitEncryptionEnabled: true,
    preferredMaintenanceWindow: props.maintenanceWindow,
    autoMinorVersionUpgrade: props.autoMinorVersionUpgrade ?? true,
  });
  resource.applyRemovalPolicy(options.removalPolicy);
  if (port === MEMCACHED_PORT) {
    acknowledge(resource, {
      'AwsSolutions-AEC5': 'only the servers reach the port, and through TLS: another number hides nothing',
    });
  }
  return resource.attrConfigurationEndpointAddress;
}
