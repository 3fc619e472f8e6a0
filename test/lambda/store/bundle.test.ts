import { join, resolve } from 'node:path';

import { buildSync } from 'esbuild';

const store = resolve(__dirname, '../../../lambda/store');

/** What a bundle with one adapter holds: its packages, our own files, and its size in bytes. */
function bundle(adapter: string): { packages: Set<string>; inputs: string[]; own: string[]; bytes: number } {
  const { metafile, outputFiles } = buildSync({
    stdin: {
      contents: `export * from './adapters/${adapter}.ts'; export * from './open-store.ts';`,
      resolveDir: store,
    },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const inputs = Object.keys(metafile.inputs);
  const packages = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const own = inputs
    .filter((path) => path.includes('lambda/store/'))
    .map((path) => path.split('lambda/store/')[1] ?? '');
  return { packages: new Set(packages), inputs, own, bytes: outputFiles[0]!.contents.length };
}

test.each(['memory', 'disk', 'memcached', 'rocksdb'])(
  'a bundle with the %s adapter carries no package at all',
  (adapter) => {
    const { packages, own, bytes } = bundle(adapter);
    expect([...packages]).toEqual([]);
    expect(own.filter((path) => /^(dynamodb|adapters)\//.test(path))).toEqual([`adapters/${adapter}.ts`]);
    expect(bytes).toBeLessThan(30_000); // the protocol of memcached is our own code
  },
);

test('a bundle with the DynamoDB adapter carries one client, and neither disk nor memory', () => {
  const { packages, own } = bundle('dynamodb');
  const clients = [...packages].filter((name) => /^@aws-sdk\/(client|lib)-/.test(name));
  expect(clients).toEqual(['@aws-sdk/client-dynamodb']);
  expect(own.filter((path) => /^(disk|memory)\//.test(path))).toEqual([]);
});

test('a bundle with the OpenSearch adapter carries the transport of its client, and none of its hundreds of APIs', () => {
  const { packages, inputs } = bundle('opensearch');
  expect(packages).toContain('@opensearch-project/opensearch');
  expect([...packages].filter((name) => /^@aws-sdk\/client-/.test(name))).toEqual(['@aws-sdk/client-secrets-manager']);
  expect(inputs.filter((path) => path.includes('opensearch-project/opensearch/api/'))).toEqual([]);
});

test('the client of OpenSearch is loaded by the first call, not by opening the store', async () => {
  let loaded = false;
  jest.doMock('@opensearch-project/opensearch/lib/Transport.js', () => {
    loaded = true;
    return jest.requireActual<object>('@opensearch-project/opensearch/lib/Transport.js');
  });
  const { openSearchAdapter } = jest.requireActual<typeof import('../../../lambda/store/adapters/opensearch.ts')>(
    join(store, 'adapters/opensearch.ts'),
  );
  const opened = openSearchAdapter.open(new URL('opensearch+http://127.0.0.1:1/prefix'));
  expect(loaded).toBe(false);
  await expect(opened.get('k')).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  expect(loaded).toBe(true);
  await opened.close();
});

test('the SDK is loaded by the first call, not by opening the store', async () => {
  let loaded = false;
  jest.doMock('@aws-sdk/client-dynamodb', () => {
    loaded = true;
    return jest.requireActual<object>('@aws-sdk/client-dynamodb');
  });
  const { dynamoDbAdapter } = jest.requireActual<typeof import('../../../lambda/store/adapters/dynamodb.ts')>(
    join(store, 'adapters/dynamodb.ts'),
  );
  const opened = dynamoDbAdapter.open(new URL('dynamodb://table?region=us-east-1&endpoint=http://127.0.0.1:1'));
  expect(loaded).toBe(false);
  await expect(opened.get('k')).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  expect(loaded).toBe(true);
  await opened.close();
});
