import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import type { Construct } from 'constructs';

import { RuntimePart } from '../../code/runtime-part.ts';
import { withoutSnapshot } from '../../private/removal.ts';
import { BoundStorage } from '../bound-storage.ts';
import { joinNetwork } from '../join-network.ts';
import type { McpStorageBindOptions } from '../mcp-storage.ts';
import { checkMountPath, DEFAULT_MOUNT_PATH } from '../mount-path.ts';
import { claimNamespace } from '../namespaces.ts';
import type { StorageMount } from '../storage-mount.ts';
import { AccessPointGrants } from './access-point-grants.ts';
import { EfsMount } from './efs-mount.ts';
import type { FileSystemOptions } from './mcp-file-system.ts';
import { McpFileSystem } from './mcp-file-system.ts';
import type { ServerFolderProps } from './server-folder.ts';
import { accessPointOf, validateServerFolder } from './server-folder.ts';

/** Properties of `McpStorage.disk()`: the file system, and the folder of the server in it. */
export interface DiskStorageProps extends FileSystemOptions, ServerFolderProps {}

/** Properties of `McpStorage.fromAccessPoint()`. */
export interface AccessPointStorageProps {
  /**
   * Where the server finds the folder: `/mnt/NAME`.
   *
   * @default '/mnt/mcp'
   */
  readonly mountPath?: string;
}

/** @internal */
export function bindNewFileSystem(
  server: Construct,
  props: DiskStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  validateServerFolder(props);
  const { fileSystem } = new McpFileSystem(server, 'Storage', {
    ...props,
    network: options.network.obtain(),
    removalPolicy: props.removalPolicy ?? withoutSnapshot(options.removalPolicy),
  });
  return bindFolder(server, fileSystem, props, options);
}

/** @internal */
export function bindFileSystem(
  server: Construct,
  fileSystem: efs.IFileSystem,
  props: ServerFolderProps,
  options: McpStorageBindOptions,
): BoundStorage {
  validateServerFolder(props);
  joinNetwork(server, options.network, fileSystem, 'file system');
  return bindFolder(server, fileSystem, props, options);
}

/** @internal */
export function bindAccessPoint(
  server: Construct,
  accessPoint: efs.IAccessPoint,
  { mountPath }: AccessPointStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  checkMountPath(mountPath);
  joinNetwork(server, options.network, fileSystemOf(accessPoint), 'access point');
  claimNamespace(
    server,
    { resource: accessPoint, arn: accessPoint.accessPointArn, what: 'access point', whole: true },
    options.serverName,
  );
  return new DiskStorage(accessPoint, mountPath);
}

function bindFolder(
  server: Construct,
  fileSystem: efs.IFileSystem,
  props: ServerFolderProps,
  { serverName }: McpStorageBindOptions,
): BoundStorage {
  claimNamespace(server, { resource: fileSystem, arn: fileSystem.fileSystemArn, what: 'file system' }, serverName);
  return new DiskStorage(accessPointOf(server, fileSystem, serverName, props), props.mountPath);
}

class DiskStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.DISK_STORE];
  override readonly mounts: StorageMount[];
  override readonly durable = true;
  override readonly shared = true;
  override readonly grants: AccessPointGrants;
  private readonly fileSystem: efs.IFileSystem;

  constructor(accessPoint: efs.IAccessPoint, mountPath = DEFAULT_MOUNT_PATH) {
    super();
    this.fileSystem = fileSystemOf(accessPoint);
    this.url = `file://${mountPath}`;
    this.mounts = [new EfsMount(mountPath, accessPoint)];
    this.grants = new AccessPointGrants(accessPoint);
  }

  /** The adapter's rename and link are atomic there; what a client of NFS has looked up is trusted for seconds. */
  override get unfitForState(): string {
    return 'is a network file system, whose clients may see for seconds what another instance has taken or changed already';
  }

  override connectFrom(client: ec2.IConnectable): void {
    client.connections.allowTo(this.fileSystem, ec2.Port.tcp(efs.FileSystem.DEFAULT_PORT), 'files');
  }
}

function fileSystemOf(accessPoint: efs.IAccessPoint): efs.IFileSystem {
  try {
    return accessPoint.fileSystem;
  } catch (error) {
    throw new Error(
      `the access point ${JSON.stringify(accessPoint.node.path)} does not say which file system it is of: import it by ` +
        'efs.AccessPoint.fromAccessPointAttributes(…) with its fileSystem, which knows the security group to pass',
      { cause: error },
    );
  }
}
