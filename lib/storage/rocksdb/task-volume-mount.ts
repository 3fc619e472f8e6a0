import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

import { StorageMount } from '../storage-mount.ts';

const VOLUME = 'mcp';

/**
 * A volume of one task, on its ephemeral storage: it comes with the task, empty, and is gone with it.
 *
 * The volumes of EBS that ECS attaches to the tasks of a service end with the task as well, and cost more.
 *
 * @internal
 */
export class TaskVolumeMount extends StorageMount {
  override readonly path: string;

  constructor(path: string) {
    super();
    this.path = path;
  }

  override lambdaFileSystem(): lambda.FileSystem {
    throw new Error(
      'RocksDB needs the volume of a single task, which a Lambda function does not have: use McpStorage.disk() for ' +
        "files, or McpStorage.dynamoDb(). McpStorage.choose() is told by platform: 'lambda'",
    );
  }

  override addToTask(task: ecs.TaskDefinition, container: ecs.ContainerDefinition): void {
    task.addVolume({ name: VOLUME });
    container.addMountPoints({ containerPath: this.path, sourceVolume: VOLUME, readOnly: false });
  }
}
