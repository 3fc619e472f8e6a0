// npm run e2e: deploys to the local cloud and talks to what was deployed. Arguments go to jest.
import { command, program, run, setUp } from './setup.mjs';

await command(async () =>
  run(await setUp(), [program('jest'), '--selectProjects', 'e2e', '--verbose', ...process.argv.slice(2)]),
);
