// npm run lint: ESLint, then Prettier. `npm run lint -- --fix` repairs what can be repaired.
import { command, program, run, setUp } from './setup.mjs';

await command(async () => {
  const ready = await setUp();
  const fix = process.argv.includes('--fix');
  console.log('ESLint, about a minute …');
  const eslint = await run(ready, [program('eslint'), '.', ...(fix ? ['--fix'] : [])]);
  console.log('Prettier …');
  const prettier = await run(ready, [program('prettier'), fix ? '--write' : '--check', '--log-level', 'warn', '.']);
  if (!eslint && !prettier) console.log('Nothing to complain about.');
  return eslint || prettier;
});
