import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

/** A folder of the storage that the compute of a server must mount. */
export abstract class StorageMount {
  /** Where the code finds it, such as `/mnt/mcp`. */
  abstract readonly path: string;

  /**
   * The folder as a function mounts it.
   *
   * @throws Error when a function cannot have it; it says what to use instead
   */
  abstract lambdaFileSystem(): lambda.FileSystem;

  /** Adds the volume to a task, and the mount point to the container that runs the server. */
  abstract addToTask(task: ecs.TaskDefinition, container: ecs.ContainerDefinition): void;
}
