// Ends what a LocalFargate has started when the pipe on stdin closes: because it was stopped, or because its process
// died, however that died. Lines say which processes there are: +PID and -PID.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** @type {{ folder: string, podman?: { path: string, env: Record<string, string> } }} */
const { folder, podman } = JSON.parse(process.argv[2] ?? '{}');
const groups = new Set();

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) groups.add(pid);
  else groups.delete(pid);
}

const run = (args) => spawnSync(podman.path, args, { env: podman.env, cwd: '/', encoding: 'utf8' });
for (let attempt = 0; podman && attempt < 10; attempt++) {
  run(['rm', '--all', '--force', '--volumes', '--time', '0']);
  if (run(['ps', '--all', '--quiet']).stdout === '') break;
  await sleep(100);
}
for (const pid of groups) kill(-pid);
// What cleans up behind a container, or is about to start one, ends too: it would write its state once more.
for (let attempt = 0; attempt < 40 && users().length > 0; attempt++) {
  if (attempt > 20) users().forEach(kill);
  await sleep(50);
}
for (let attempt = 0; existsSync(folder) && attempt < 20; attempt++) {
  if (attempt > 0) await sleep(100);
  for (const mount of mounts()) spawnSync('umount', ['--lazy', mount]);
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (attempt === 19) throw error;
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // has ended
  }
}

/** Programs that use the folder, as the system tells. */
function users() {
  if (!existsSync('/proc')) return [];
  const ids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  return ids.map(Number).filter((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) return true;
      if (rootOf(pid).includes(`${folder}/`)) return true; // in a container that podman has forgotten
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`);
    } catch {
      return false; // has ended
    }
  });
}

/** What a process sees as /: of a container the layers, by their paths. */
function rootOf(pid) {
  const points = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
  return points.find((point) => point.split(' ')[4] === '/') ?? '';
}

/** File systems that are mounted in the folder, the innermost first. */
function mounts() {
  if (!existsSync('/proc/self/mountinfo')) return [];
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}
