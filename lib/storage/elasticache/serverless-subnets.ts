import type * as ec2 from 'aws-cdk-lib/aws-ec2';

import { SERVERLESS_SUBNETS } from './cache-limits.ts';

/**
 * The subnets of a serverless cache: two or three, in different zones.
 *
 * @throws Error when there are fewer
 */
export function serverlessSubnets(subnets: readonly ec2.ISubnet[]): string[] {
  const { min, max } = SERVERLESS_SUBNETS;
  const chosen = subnets.length > max ? onePerZone(subnets).slice(0, max) : subnets;
  if (chosen.length < min) {
    throw new Error(
      `a serverless cache needs subnets in ${min} or ${max} availability zones, the network gives it ${chosen.length}: ` +
        "name others, new McpNetwork(this, 'Network', { vpc, vpcSubnets: … })",
    );
  }
  return chosen.map(({ subnetId }) => subnetId);
}

function onePerZone(subnets: readonly ec2.ISubnet[]): ec2.ISubnet[] {
  const byZone = new Map<string, ec2.ISubnet>();
  for (const subnet of subnets) {
    if (!byZone.has(subnet.availabilityZone)) byZone.set(subnet.availabilityZone, subnet);
  }
  return [...byZone.values()];
}
