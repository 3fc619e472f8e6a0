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
