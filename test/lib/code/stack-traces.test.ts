import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundle } from '../../../lib/code/bundle.ts';
import type { BundleRequest } from '../../../lib/code/bundle.ts';
import { RuntimePart } from '../../../lib/code/runtime-part.ts';
import { writeBundle } from '../../../lib/code/write-bundle.ts';
import { folderWith, NODE, request } from './fixtures.ts';

const { MEMORY_STORE } = RuntimePart;

describe('stack traces', () => {
  const SOURCE = [
    `import { call } from 'cjs';`,
    `const joined = call((path) => path.join('a', 'b'));`,
    `if (joined !== 'a/b') throw new Error(joined);`,
    `function broken(): never {`,
    `  throw new TypeError('on line 5');`,
    `}`,
    `const show = (action: () => void) => { try { action(); } catch (error) { console.log((error as Error).stack); } };`,
    `show(broken);`,
    `show(() => call(broken));`,
    `const odd = new Error('odd');`,
    `Object.defineProperty(odd, 'message', { get() { throw new Error('no message'); } });`,
    `console.log(odd.stack);`,
    `export default { factory: () => undefined, options: {} };`,
  ].join('\n');

  function tracesWith(
    change: (folder: string) => void = () => undefined,
    settings: BundleRequest['settings'] = {},
  ): string {
    const folder = folderWith({
      'server.ts': SOURCE,
      'node_modules/cjs/package.json': '{"name":"cjs","main":"index.js"}',
      'node_modules/cjs/index.js': `exports.call = (action) => action(require('path'));`,
    });
    const made = bundle({ ...request([MEMORY_STORE], join(folder, 'server.ts')), settings });
    writeBundle(made, folder);
    change(folder);
    const script = `import(process.argv[1]).catch(() => {})`;
    return execFileSync(NODE, ['--input-type=module', '-e', script, join(folder, 'index.mjs')], { env: {} }).toString();
  }

  test('name the lines of the source, also below a CommonJS dependency that loads a built-in module', () => {
    const traces = tracesWith();
    expect(traces).toMatch(/TypeError: on line 5\n    at broken \(server\.ts:5:9\)\n    at .*\(server\.ts:7:/);
    expect(traces).toMatch(/    at .*node_modules\/cjs\/index\.js:1:\d+/); // the frame of the dependency
    expect(traces).toMatch(/^Error\n    at server\.ts:10:13/m);
  });

  test('survive a map that is missing or broken', () => {
    for (const change of [
      (folder: string) => {
        rmSync(join(folder, 'index.mjs.map'));
      },
      (folder: string) => {
        writeFileSync(join(folder, 'index.mjs.map'), '{');
      },
    ]) {
      expect(tracesWith(change)).toMatch(/TypeError: on line 5\n    at .*index\.mjs:\d+:\d+/);
    }
  });

  test('are those of the bundle when the author wants no maps', () => {
    expect(tracesWith(undefined, { sourcemap: false })).toMatch(/TypeError: on line 5\n    at .*index\.mjs:\d+:\d+/);
  });
});
