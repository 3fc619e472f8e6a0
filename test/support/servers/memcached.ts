import { once } from 'node:events';
import { connect } from 'node:net';

import type { Certificates } from './certificates.ts';
import type { InstalledProgram } from './debian.ts';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface MemcachedOptions {
  /** Speaks TLS with these. @default - plain text */
  readonly certificates?: Certificates;
  /** More arguments, as `-M`. */
  readonly args?: readonly string[];
  /** @default - a free one */
  readonly port?: number;
}

/** A memcached of loopback, empty. */
export async function startMemcached(
  program: InstalledProgram,
  { certificates, args = [], port }: MemcachedOptions = {},
): Promise<ServerProcess> {
  const listen = port ?? (await freePort());
  const tls = certificates ? ['-Z', '-o', `ssl_chain_cert=${certificates.cert},ssl_key=${certificates.key}`] : [];
  return startServer({
    command: program.path,
    args: ['-l', '127.0.0.1', '-p', String(listen), '-U', '0', '-u', 'root', '-t', '2', ...tls, ...args],
    env: program.env,
    port: listen,
  });
}

/** What the server answers to one command, without our client between. */
export async function memcachedSays(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${command}\r\n`);
  let answer = '';
  while (!/(?:^|\r\n)(?:END|OK|STORED|HD[^\r]*|[A-Z_]*ERROR[^\r]*)\r\n$/.test(answer)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer += chunk.toString('utf8');
  }
  socket.destroy();
  return answer;
}
