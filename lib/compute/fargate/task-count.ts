import type { McpComputeBindOptions } from '../mcp-compute.ts';
import type { FargateComputeProps } from './fargate-compute-props.ts';

/** How many tasks run. */
export interface TaskCount {
  readonly min: number;
  readonly max: number;
}

const DEFAULT_SHARED: TaskCount = { min: 2, max: 10 };

/**
 * How many tasks run.
 *
 * @throws Error when more than one may run, and the storage is of one
 */
export function taskCountOf(
  { minTasks, maxTasks, deployment }: FargateComputeProps,
  { shared, singleTask }: McpComputeBindOptions,
): TaskCount {
  if (shared && !singleTask) {
    const min = minTasks ?? Math.min(DEFAULT_SHARED.min, maxTasks ?? DEFAULT_SHARED.min);
    return { min, max: maxTasks ?? Math.max(DEFAULT_SHARED.max, min) };
  }
  for (const [name, count] of Object.entries({ minTasks, maxTasks })) {
    if (count !== undefined && count > 1) {
      throw new Error(
        `${name} is ${count}, and this storage is of one task: the others would not see what it stores. Use ` +
          'storage: McpStorage.dynamoDb() or McpStorage.valkey(), or one task',
      );
    }
  }
  if (singleTask && deployment?._settings.twoGroups) {
    throw new Error(
      'this deployment starts new tasks beside the old one, and this storage is of one task at a time: use ' +
        'FargateDeployment.rolling(), which then stops the old one first',
    );
  }
  return { min: 1, max: 1 };
}
