import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/**
 * The addresses that the processes of a group listen on, as `127.0.0.1:4566`, from Linux's /proc.
 *
 * @returns `undefined` on other systems
 */
export function listenersOfGroup(group: number): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const sockets = new Set(processesOfGroup(group).flatMap(socketsOf));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN && sockets.has(fields[9] ?? ''))
      .map((fields) => readable(fields[1] ?? '')),
  );
}

/** Ids of the processes that belong to a group. */
export function processesOfGroup(group: number): number[] {
  return processesWhere('stat', (stat) => {
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(processGroup) === group && state !== 'Z';
  });
}

/** Ids of the emulators that were started for an address; empty where the system does not tell. */
export function cloudsAt(endpoint: string): number[] {
  if (process.platform !== 'linux') return [];
  const flag = `--port\0${new URL(endpoint).port}\0`;
  return processesWhere('cmdline', (command) => command.includes('cloud.py') && command.includes(flag));
}

/** Ids of the processes of which a file of /proc says something. */
function processesWhere(file: string, says: (text: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return says(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
      } catch {
        return false; // ended meanwhile
      }
    });
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** `0100007F:1F90` is `127.0.0.1:8080`: words of four bytes in the order of the machine. */
function readable(address: string): string {
  const [host = '', port = ''] = address.split(':');
  const words = host.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  const name =
    bytes.length === 4
      ? bytes.map((byte) => parseInt(byte, 16)).join('.')
      : `[${(bytes.join('').match(/.{4}/g) ?? []).join(':')}]`;
  return `${name}:${parseInt(port, 16)}`;
}
