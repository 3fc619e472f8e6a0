import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { bundle } from '../../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../../lib/code/runtime-part.ts';
import { writeBundle } from '../../../lib/code/write-bundle.ts';
import { mongoDbAdapter } from '../../../lambda/store/adapters/mongodb.ts';
import { type MongoProgram, type MongoServer, startMongo } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';

const LAMBDA = resolve(__dirname, '../../../lambda');
const NODE = resolve(__dirname, '../../../node_modules/.bin/node');

test('the driver is loaded by the first call, not by opening the store', async () => {
  let loaded = false;
  jest.doMock('mongodb', () => {
    loaded = true;
    return jest.requireActual<object>('mongodb');
  });
  const store = mongoDbAdapter.open(new URL('mongodb://127.0.0.1:1/nowhere'));
  expect(loaded).toBe(false);
  const call = store.get('k');
  await expect(call).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  expect(loaded).toBe(true);
  await store.close();
});

describeWith<MongoProgram>('mongodb', 'the bundle of a server with the MongoDB store', (program) => {
  let server: MongoServer;
  let folder: string;
  beforeAll(async () => {
    server = await startMongo(program);
    folder = mkdtempSync(join(tmpdir(), 'mongodb-bundle-'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('runs where no package is installed, and loads the driver on demand', () => {
    const entry = join(folder, 'server.ts');
    writeFileSync(
      entry,
      `import { mongoDbAdapter } from ${JSON.stringify(join(LAMBDA, 'store/adapters/mongodb.ts'))};
       import { serve } from ${JSON.stringify(join(LAMBDA, 'serve.ts'))};
       const store = mongoDbAdapter.open(new URL(process.env.STORE));
       await store.put('k', { n: 1, big: 2 ** 40 }, { ttl: 60 });
       console.log(JSON.stringify([await store.take('k'), (await store.take('k')) ?? null]));
       await store.close();
       process.exit(); // before the host looks for Lambda
       export default serve(() => { throw new Error('not asked'); });`,
    );
    const made = bundle({ entry, host: RuntimeHost.LAMBDA, parts: [RuntimePart.MONGODB_STORE], settings: {} });
    const out = join(folder, 'out');
    writeBundle(made, out);
    const output = execFileSync(NODE, [join(out, 'index.mjs')], {
      cwd: out,
      env: { PATH: process.env.PATH, STORE: `${server.url}/bundle` },
      encoding: 'utf8',
    });
    expect(output.trim().split('\n').at(-1)).toBe('[{"big":1099511627776,"n":1},null]');
    const main = Buffer.from(made.files.get('index.mjs') ?? []).toString();
    expect(main).not.toContain('MongoServerSelectionError('); // the driver is in a file of its own
    expect(main).not.toContain('BEGIN CERTIFICATE');
  }, 60_000);
});
