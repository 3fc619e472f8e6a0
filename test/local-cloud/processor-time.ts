import { readFileSync } from 'node:fs';

import { processesOfGroup } from './listeners.ts';

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;

/**
 * Milliseconds of CPU, user and system, that a process group has used, with the children that have ended.
 *
 * @returns `undefined` on other systems than Linux
 */
export function processorTimeOf(group: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let ticks = 0;
  for (const pid of processesOfGroup(group)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // proc_pid_stat(5): utime, stime, cutime and cstime, counted from the third field on
      ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    } catch {
      continue; // ended meanwhile
    }
  }
  return ticks * MS_PER_TICK;
}
