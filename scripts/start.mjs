// npm start: the whole kit on this machine, without AWS. `npm start -- --help` tells the options.
import { command, run, setUp } from './setup.mjs';

await command(async () =>
  run(await setUp(), ['--import', 'tsx', 'test/local-cloud/start.ts', ...process.argv.slice(2)]),
);
