import { Token } from 'aws-cdk-lib';
import * as efs from 'aws-cdk-lib/aws-efs';
import type { Construct } from 'constructs';

import { checkWholeNumber } from '../../private/limits.ts';

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
const MAX_MOUNT_PATH = 160;
const MOUNT_PATH = /^\/mnt\/[A-Za-z0-9_.-]+$/; // as Lambda takes it

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

/** @throws Error when Lambda could not mount there */
export function checkMountPath(mountPath: string | undefined): void {
  if (mountPath === undefined || Token.isUnresolved(mountPath)) return;
  if (MOUNT_PATH.test(mountPath) && !/^\/mnt\/\.+$/.test(mountPath) && mountPath.length <= MAX_MOUNT_PATH) return;
  throw new Error(
    `mountPath must be "/mnt/" and one name of letters, digits, "_", "." and "-", at most ${MAX_MOUNT_PATH} characters ` +
      `long, got ${JSON.stringify(mountPath)}: leave it out for "/mnt/mcp"`,
  );
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
