import { readFileSync } from 'node:fs';

import { startTurnProxy } from '../../test/support/turn-proxy.ts';
import type { CallCounter } from './backend.ts';

/** Counts how often a client and the server behind this port take turns. @param urlOf the store URL, of a port */
export async function countTurns(port: number, urlOf: (port: number) => string): Promise<CallCounter> {
  const proxy = await startTurnProxy(port);
  return {
    url: urlOf(proxy.port),
    calls: () => proxy.turns.length,
    reset: () => {
      proxy.reset();
    },
    stop: () => proxy.stop(),
  };
}

/** Linux counts in hundredths of a second. */
const TICK_US = 10_000;

/** Microseconds of the processor that a process has used; NaN where /proc does not tell. */
export function cpuOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return NaN;
  }
}
