import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';

import { bareBundle, bytesOf, environmentOf, kitBundle, SHAPE_NAMES } from '../bundles.ts';
import { coldStart } from '../processes.ts';
import type { Verdict } from '../report.ts';

/** Bytes of each shape, and whether its import loads undici: exact figures, the same in every run. */
export async function bundleBytes(): Promise<Verdict[]> {
  console.log('\nBundle bytes (code read at the start, of it the entry file gzipped, and code loaded on demand)');
  const rows = [
    { name: 'bare SDK', path: bareBundle('bare-lambda'), env: {} },
    ...SHAPE_NAMES.map((shape) => ({
      name: `kit, ${shape}`,
      path: kitBundle(shape, 'lambda'),
      env: environmentOf(shape),
    })),
  ];
  for (const { name, path, env } of rows) {
    const { start, onDemand } = bytesOf(path);
    const { undiciAtImport } = await coldStart(path, 'tools/list', env);
    console.log(
      `  ${name.padEnd(20)} ${start.toLocaleString('en').padStart(9)}  (gzip ${gzipSync(readFileSync(path)).length.toLocaleString('en')})` +
        `  on demand ${onDemand.toLocaleString('en').padStart(9)}  undici at import: ${undiciAtImport ? 'yes' : 'no'}`,
    );
  }
  return [];
}
