import type { Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';

import { McpStorage } from '../../../lib/index.ts';
import { ServerNetwork } from '../../../lib/network/server-network.ts';

/** A task of an application that keeps its entries in RocksDB: compute of the kit has no such volume yet. */
export function addTask(stack: Stack): void {
  const task = new ecs.FargateTaskDefinition(stack, 'Task');
  const logGroup = new logs.LogGroup(stack, 'Logs');
  const container = task.addContainer('Server', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24'),
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'mcp', logGroup }),
  });
  const network = new ServerNetwork(stack, {});
  const storage = McpStorage.rocksDb().bind(stack, { serverName: 'weather', network });
  for (const mount of storage.mounts) mount.addToTask(task, container);
  storage.grants.readWrite(task.taskRole);
}
