import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The file system that a function sees, made of the machine's: everything can only be read, the code is in /var/task, its
 * Python in /var/lang, and /tmp is a folder of the environment's own. Arguments: the three folders, and the command.
 */
const SCRIPT = `set -e
mount -t tmpfs tmpfs /var
mkdir /var/task /var/lang
mount --bind "$1" /var/task
mount -o remount,bind,ro /var/task
mount --bind "$2" /var/lang
mount -o remount,bind,ro /var/lang
mount --bind "$3" /tmp
mount -o remount,bind,ro /
shift 3
cd /var/task
exec "$@"`;

/** How a command is run with the file system of a function. */
export interface Sandbox {
  /** Where the function finds its code. */
  readonly taskRoot: string;
  /** Where it finds `python`. */
  readonly programs: string;
  readonly command: readonly string[];
}

let isPossible: boolean | undefined;

/** Whether this machine lets us give a process a file system of its own: Linux does to root, and often to others. */
export function canSandbox(): boolean {
  const probe = (): boolean => {
    if (process.platform !== 'linux') return false;
    const [file = '', ...args] = wrap('/usr', '/usr', '/usr', ['true']);
    return spawnSync(file, args).status === 0;
  };
  return (isPossible ??= probe());
}

/**
 * @param codeFolder outside of /tmp or in it
 * @param python folder with `bin/python`; it may be in /tmp too
 * @param scratch becomes /tmp
 */
export function sandbox(codeFolder: string, python: string, scratch: string, handler: string): Sandbox {
  if (!canSandbox()) {
    return { taskRoot: codeFolder, programs: join(python, 'bin'), command: [`${codeFolder}/${handler}`] };
  }
  // What the layer's /opt/bootstrap does.
  const command = wrap(codeFolder, python, scratch, [`/var/task/${handler}`]);
  return { taskRoot: '/var/task', programs: '/var/lang/bin', command };
}

function wrap(codeFolder: string, python: string, scratch: string, command: readonly string[]): string[] {
  const asOther = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...asOther, '--mount', 'sh', '-c', SCRIPT, 'sandbox', codeFolder, python, scratch, ...command];
}
