import { createServer } from 'node:net';

import { UsageError } from '../usage-error.ts';

/**
 * Whether a server can listen there. Somebody may still take the port before it does: then the host says so.
 *
 * @throws {UsageError} that names the flag
 */
export async function checkPort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') {
        reject(new UsageError(`--port ${port} is in use on 127.0.0.1: stop what uses it, or give another`));
      } else if (code === 'EACCES') {
        reject(new UsageError(`--port ${port} needs privileges: give one from 1024 on`));
      } else resolve(); // the host has its own words
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
