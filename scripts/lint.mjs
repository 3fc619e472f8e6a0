// npm run lint: ESLint, then Prettier. `npm run lint -- --fix` repairs what can be repaired.
import { command, program, run, setUp } from './setup.mjs';

await command(async () => {
  const ready = await setUp();
  const fix = process.argv.includes('--fix');
  const eslint = await run(ready, [program('eslint'), '.', ...(fix ? ['--fix'] : [])]);
  const prettier = await run(ready, [program('prettier'), fix ? '--write' : '--check', '--log-level', 'warn', '.']);
  return eslint || prettier;
});
