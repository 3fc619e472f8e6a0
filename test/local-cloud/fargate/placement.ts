import { randomInt } from 'node:crypto';

import { freePort, isFree } from '../../support/servers/free-port.ts';

/** Where a task listens. On Fargate each has an address of its own; here an address of loopback. */
export interface Placement {
  readonly address: string;
  readonly port: number;
}

/** An address of loopback whose port is free. Where there is but one, tasks differ by their ports. */
export async function place(port: number): Promise<Placement> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const address = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
    if (await isFree(port, address)) return { address, port };
  }
  return { address: '127.0.0.1', port: await freePort() };
}
