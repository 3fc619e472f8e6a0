import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as efs from 'aws-cdk-lib/aws-efs';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import { StorageMount } from '../storage-mount.ts';

const VOLUME = 'mcp';

/**
 * A folder of a file system, mounted through its access point.
 *
 * @internal
 */
export class EfsMount extends StorageMount {
  override readonly path: string;
  private readonly accessPoint: efs.IAccessPoint;

  constructor(path: string, accessPoint: efs.IAccessPoint) {
    super();
    this.path = path;
    this.accessPoint = accessPoint;
  }

  override lambdaFileSystem(): lambda.FileSystem {
    return new GrantedFileSystem(this.path, this.accessPoint);
  }

  override addToTask(task: ecs.TaskDefinition, container: ecs.ContainerDefinition): void {
    const { fileSystem, accessPointId } = this.accessPoint;
    task.addVolume({
      name: VOLUME,
      efsVolumeConfiguration: {
        fileSystemId: fileSystem.fileSystemId,
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId, iam: 'ENABLED' },
      },
    });
    container.addMountPoints({ containerPath: this.path, sourceVolume: VOLUME, readOnly: false });
    // A task that cannot mount counts as failed: the rules that let it in are children of the groups.
    task.node.addDependency(fileSystem.mountTargetsAvailable, ...fileSystem.connections.securityGroups);
  }
}

/**
 * The CDK's own lets a function write to the whole file system and mount whatever has the access point: here nothing is
 * granted with the mount, because the server grants what it needs.
 */
class GrantedFileSystem extends lambda.FileSystem {
  constructor(localMountPath: string, { accessPointArn, fileSystem }: efs.IAccessPoint) {
    super({
      localMountPath,
      arn: accessPointArn,
      dependency: [fileSystem.mountTargetsAvailable],
      connections: fileSystem.connections,
    });
  }
}
