// npm run build: what is published. The constructs as CommonJS (dist/lib, with dist/lambda for `require`), the runtime as
// ES modules (dist/runtime), which is what bundles are made of, and its Python half as it is. `npm pack` runs it, right after a
// clone, too.
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { command, program, ROOT, run, setUp } from './setup.mjs';

await command(async () => {
  // Not on stdout, where `npm pack --json` answers.
  const ready = await setUp((line) => process.stderr.write(`${line}\n`));
  const dist = join(ROOT, 'dist');
  rmSync(dist, { recursive: true, force: true });
  for (const project of ['tsconfig.build.json', 'tsconfig.runtime.json']) {
    const code = await run(ready, [program('tsc'), '-p', project]);
    if (code !== 0) return code;
  }
  writeFileSync(join(dist, 'runtime', 'package.json'), '{ "type": "module" }\n');
  cpSync(join(ROOT, 'lambda', 'fastmcp'), join(dist, 'runtime', 'fastmcp'), {
    recursive: true,
    filter: (path) => !/^(__pycache__|\..*)$|\.pyc$/.test(basename(path)),
  });
  return 0;
});
