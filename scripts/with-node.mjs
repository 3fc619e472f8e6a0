// npm run … for everything else: `node scripts/with-node.mjs FILE ARGS` runs a file of the project, or a program of
// node_modules/.bin, after the set-up and with Node 24 first in the PATH.
import { command, program, run, setUp, SetupError } from './setup.mjs';

await command(async () => {
  const [name, ...args] = process.argv.slice(2);
  const ready = await setUp();
  if (!name) throw new SetupError('usage: node scripts/with-node.mjs FILE|PROGRAM [ARGS]');
  if (/\.(ts|mjs|cjs|js)$/.test(name)) return run(ready, ['--import', 'tsx', name, ...args]);
  return run(ready, [program(name), ...args]);
});
