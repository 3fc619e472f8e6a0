import { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import { isRetained } from '../../private/removal.ts';

interface SubnetGroupOptions {
  readonly subnets: readonly ec2.ISubnet[];
  readonly removalPolicy: RemovalPolicy;
}

/** The subnets of nodes. A cache that is retained keeps it. */
export function subnetGroup(cache: Construct, options: SubnetGroupOptions): elasticache.CfnSubnetGroup {
  const group = new elasticache.CfnSubnetGroup(cache, 'Subnets', {
    description: `Subnets of ${cache.node.path}`,
    subnetIds: options.subnets.map(({ subnetId }) => subnetId),
  });
  if (isRetained(options.removalPolicy)) group.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return group;
}
