import { Token } from 'aws-cdk-lib';

import { requireOptional } from '../../private/require-resource.ts';
import { checkComputeInput, checkDuration } from '../compute-input.ts';
import type { FargateComputeProps } from './fargate-compute-props.ts';

const TASKS = ['minTasks', 'maxTasks'] as const;

/**
 * Callers in JavaScript have no compiler to tell them, nor have those whose TypeScript is run without a check.
 *
 * @throws Error when a property is something of another kind, or not known where it must be
 */
export function checkFargateInput(props: FargateComputeProps): void {
  checkComputeInput(props);
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
  for (const name of ['idleTimeout', 'stopTimeout'] as const) checkDuration(name, props[name]);
  for (const name of ['interval', 'timeout', 'gracePeriod'] as const) {
    checkDuration(`healthCheck.${name}`, props.healthCheck?.[name]);
  }
  requireOptional('cluster', 'a cluster, such as new ecs.Cluster(…)', 'clusterArn', props.cluster);
  for (const name of TASKS) {
    if (props[name] === undefined || !Token.isUnresolved(props[name])) continue;
    throw new Error(
      `${name} must be known at synth, since deployment and scaling are made for it: write it as a number, or read it from the context`,
    );
  }
}
