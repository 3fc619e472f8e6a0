import { Token } from 'aws-cdk-lib';

import { requireOptional } from '../../private/require-resource.ts';
import type { FargateComputeProps } from './fargate-compute-props.ts';

const DURATION = 'a duration, such as Duration.seconds(60)';
const ARCHITECTURE = 'lambda.Architecture.ARM_64 or X86_64';
const TASKS = ['minTasks', 'maxTasks'] as const;

/**
 * Callers in JavaScript have no compiler to tell them, nor have those whose TypeScript is run without a check.
 *
 * @throws Error when a property is something of another kind, or not known where it must be
 */
export function checkFargateInput(props: FargateComputeProps): void {
  requireOptional(
    'listener',
    'a choice of McpListener, such as McpListener.internalHttp()',
    '_settings',
    props.listener,
  );
  requireOptional(
    'deployment',
    'a choice of FargateDeployment, such as FargateDeployment.rolling()',
    '_settings',
    props.deployment,
  );
  requireOptional('architecture', ARCHITECTURE, 'dockerPlatform', props.architecture);
  requireOptional('idleTimeout', DURATION, 'toSeconds', props.idleTimeout);
  requireOptional('stopTimeout', DURATION, 'toSeconds', props.stopTimeout);
  for (const name of ['interval', 'timeout', 'gracePeriod'] as const) {
    requireOptional(`healthCheck.${name}`, DURATION, 'toSeconds', props.healthCheck?.[name]);
  }
  requireOptional('vpc', 'a network, such as ec2.Vpc.fromLookup(…)', 'vpcId', props.vpc);
  requireOptional('cluster', 'a cluster, such as new ecs.Cluster(…)', 'clusterArn', props.cluster);
  for (const name of TASKS) {
    if (props[name] === undefined || !Token.isUnresolved(props[name])) continue;
    throw new Error(
      `${name} must be known at synth, since deployment and scaling are made for it: write it as a number, or read it from the context`,
    );
  }
}
