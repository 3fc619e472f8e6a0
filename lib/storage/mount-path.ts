import { Token } from 'aws-cdk-lib';

/** Where servers find their folder unless something else is said. */
export const DEFAULT_MOUNT_PATH = '/mnt/mcp';

const MAX_LENGTH = 160;
const MOUNT_PATH = /^\/mnt\/[A-Za-z0-9_.-]+$/; // as Lambda takes it

/** @throws Error when Lambda could not mount there */
export function checkMountPath(mountPath: string | undefined): void {
  if (mountPath === undefined || Token.isUnresolved(mountPath)) return;
  if (MOUNT_PATH.test(mountPath) && !/^\/mnt\/\.+$/.test(mountPath) && mountPath.length <= MAX_LENGTH) return;
  throw new Error(
    `mountPath must be "/mnt/" and one name of letters, digits, "_", "." and "-", at most ${MAX_LENGTH} characters ` +
      `long, got ${JSON.stringify(mountPath)}: leave it out for ${JSON.stringify(DEFAULT_MOUNT_PATH)}`,
  );
}
