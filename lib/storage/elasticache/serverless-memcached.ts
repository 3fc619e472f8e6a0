import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import { generatedName } from './cache-names.ts';
import type { MemcachedBuildOptions } from './memcached-shape.ts';
import { serverlessSubnets } from './serverless-subnets.ts';
import type { ServerlessUsage } from './usage-limits.ts';
import { usageLimits } from './usage-limits.ts';

/** Makes a serverless Memcached cache. Without snapshots: what may be lost at any time need not be restored. */
export function buildServerlessMemcached(
  cache: Construct,
  usage: ServerlessUsage,
  options: MemcachedBuildOptions,
): string {
  const resource = new elasticache.CfnServerlessCache(cache, 'Resource', {
    serverlessCacheName: options.cacheName ?? generatedName(cache),
    description: options.description,
    engine: 'memcached',
    majorEngineVersion: options.version.majorVersion,
    cacheUsageLimits: usageLimits(usage),
    subnetIds: serverlessSubnets(options.subnets),
    securityGroupIds: [options.securityGroup.securityGroupId],
    kmsKeyId: options.encryptionKey?.keyArn,
  });
  resource.applyRemovalPolicy(options.removalPolicy);
  return resource.attrEndpointAddress;
}
