import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

import { requireOptional } from '../private/require-resource.ts';

/** Properties that every compute has. */
interface ComputeInput {
  readonly architecture?: lambda.Architecture;
  readonly vpc?: ec2.IVpc;
}

/** @throws Error when a property is something of another kind, as callers in JavaScript may have written it */
export function checkComputeInput({ architecture, vpc }: ComputeInput): void {
  requireOptional('architecture', 'lambda.Architecture.ARM_64 or X86_64', 'dockerPlatform', architecture);
  requireOptional('vpc', 'a network, such as ec2.Vpc.fromLookup(…)', 'vpcId', vpc);
}

/** @throws Error when it is no duration, such as a number */
export function checkDuration(name: string, duration: Duration | undefined): void {
  requireOptional(name, 'a duration, such as Duration.seconds(60)', 'toSeconds', duration);
}
