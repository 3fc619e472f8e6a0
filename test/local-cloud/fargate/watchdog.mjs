// Ends what a LocalFargate has started when the pipe on stdin closes: because it was stopped, or because its process
// died, however that died. Lines say which processes there are: +PID and -PID.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
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
for (const pid of groups) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // has ended
  }
}
const run = (args) => spawnSync(podman.path, args, { env: podman.env, cwd: '/', encoding: 'utf8' });
for (let attempt = 0; podman && attempt < 10; attempt++) {
  run(['rm', '--all', '--force', '--volumes', '--time', '0']);
  if (run(['ps', '--all', '--quiet']).stdout === '') break;
  await sleep(200);
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
