import * as iam from 'aws-cdk-lib/aws-iam';

import { RuntimePart } from '../../code/runtime-part.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import { BoundStorage } from '../bound-storage.ts';
import { checkMountPath, DEFAULT_MOUNT_PATH } from '../mount-path.ts';
import type { StorageMount } from '../storage-mount.ts';
import { TaskVolumeMount } from './task-volume-mount.ts';

/** Properties of `McpStorage.rocksDb()`. */
export interface RocksDbStorageProps {
  /**
   * Where the server finds the database: `/mnt/NAME`.
   *
   * @default '/mnt/mcp'
   */
  readonly mountPath?: string;
}

/**
 * A database in the volume of a single task.
 *
 * @internal
 */
export class RocksDbStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.ROCKSDB_STORE];
  override readonly mounts: StorageMount[];
  /** It outlives the process, but not the task. */
  override readonly durable = false;
  override readonly shared = false;
  override readonly singleTask = true;
  override readonly grants: IStorageGrants = {
    readWrite: (grantee) => iam.Grant.drop(grantee, 'nothing outside the task to grant'),
  };

  constructor({ mountPath = DEFAULT_MOUNT_PATH }: RocksDbStorageProps) {
    super();
    checkMountPath(mountPath);
    this.url = `rocksdb://${mountPath}`;
    this.mounts = [new TaskVolumeMount(mountPath)];
  }

  override connectFrom(): void {
    // In no network.
  }
}
