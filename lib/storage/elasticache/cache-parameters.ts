import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import type { CacheEngine } from './cache-engine.ts';

interface Wanted {
  readonly engine: CacheEngine;
  readonly clusterMode: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The name of a parameter group: one of ElastiCache's own where nothing in it is to be changed. */
export function parametersOf(cache: Construct, { engine, clusterMode, parameters }: Wanted): string {
  const family = engine._parameterFamily;
  if (Object.keys(parameters).length === 0) return `default.${family}${clusterMode ? '.cluster.on' : ''}`;
  return new elasticache.CfnParameterGroup(cache, 'Parameters', {
    cacheParameterGroupFamily: family,
    description: `Parameters of ${cache.node.path}`,
    properties: { ...(clusterMode && { 'cluster-enabled': 'yes' }), ...parameters },
  }).ref;
}
