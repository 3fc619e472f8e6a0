import { createServer } from 'node:net';

import { UsageError } from '../usage-error.ts';
import type { DevFlags } from './flags.ts';

/**
 * Whether a server can listen there. Somebody may still take the port before it does: then the host says so.
 *
 * @throws {UsageError} that names the flag or the variable
 */
export async function checkPort({ port, portFrom, host }: Pick<DevFlags, 'port' | 'portFrom' | 'host'>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') {
        reject(new UsageError(`${portFrom} ${port} is in use on ${host}: stop what uses it, or give another`));
      } else if (code === 'EACCES') {
        reject(new UsageError(`${portFrom} ${port} needs privileges: give one from 1024 on`));
      } else resolve(); // the host has its own words
    });
    probe.listen(port, host, () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
