import { Token } from 'aws-cdk-lib';
import * as efs from 'aws-cdk-lib/aws-efs';
import type { Construct } from 'constructs';

import { checkWholeNumber } from '../../private/limits.ts';
import { checkMountPath } from '../mount-path.ts';

/** The folder of a server in a file system. */
export interface ServerFolderProps {
  /**
   * Where the server finds its folder: `/mnt/NAME`.
   *
   * @default '/mnt/mcp'
   */
  readonly mountPath?: string;
  /**
   * POSIX user that owns the folder and makes every access, whoever the process is: 1 to 4294967295.
   *
   * @default 1000
   */
  readonly uid?: number;
  /**
   * POSIX group of the folder and of every access: 1 to 4294967295.
   *
   * @default 1000
   */
  readonly gid?: number;
  /**
   * Permissions of the folder when it is made, in octal. Its owner must have all of them.
   *
   * @default '0750'
   */
  readonly permissions?: string;
}

const DEFAULT_ID = 1000;
const ID = { min: 1, max: 4_294_967_295, unit: 'POSIX ids (0 is root)' };

/** @throws Error when the path or the owner is one that AWS would refuse, or root */
export function validateServerFolder(props: ServerFolderProps): void {
  checkMountPath(props.mountPath);
  checkWholeNumber('uid', props.uid, ID);
  checkWholeNumber('gid', props.gid, ID);
  const { permissions } = props;
  if (permissions !== undefined && !Token.isUnresolved(permissions) && !/^0?7[0-7]{2}$/.test(permissions)) {
    throw new Error(
      `permissions must be octal and leave the owner everything, such as "0750", got ${JSON.stringify(permissions)}`,
    );
  }
}

/**
 * The access point through which a server sees a folder of its own as the root of the file system, and nothing else of it.
 * EFS makes the folder when it is mounted for the first time.
 */
export function accessPointOf(
  server: Construct,
  fileSystem: efs.IFileSystem,
  serverName: string,
  { uid = DEFAULT_ID, gid = DEFAULT_ID, permissions = '0750' }: ServerFolderProps,
): efs.IAccessPoint {
  const owner = { uid: String(uid), gid: String(gid) };
  return new efs.AccessPoint(server, 'StorageFolder', {
    fileSystem,
    path: `/${serverName}`,
    posixUser: owner,
    createAcl: { ownerUid: owner.uid, ownerGid: owner.gid, permissions },
  });
}
