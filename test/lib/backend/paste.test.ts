import { chooseBackend } from '../../../lib/backend/choose-backend.ts';
import { pasteFor } from '../../../lib/backend/paste.ts';
import { PROVISIONED } from '../../../lib/backend/provisioned.ts';
import type { Workload } from '../../../lib/backend/workload.ts';
import * as store from '../../../lambda/store/index.ts';
import { McpStorage } from '../../../lib/index.ts';

const paste = (workload: Workload) => pasteFor(chooseBackend(workload));

test('what is said to be provisioned, is', () => {
  for (const call of Object.values(PROVISIONED)) {
    const [, method] = /^McpStorage\.(\w+)\(\)$/.exec(call) ?? [];
    expect((McpStorage as unknown as Record<string, () => unknown>)[method!]!()).toBeInstanceOf(McpStorage);
  }
});

test('what is said to be an adapter, is one of the runtime', () => {
  for (const existing of [['disk'], ['dynamodb']]) {
    const [note] = paste({ platform: 'machine', existing }).notes;
    const [, url = '', adapter = ''] =
      /MCP_STORE_URL='?([^',]+)'?, and give the host the adapter (\w+)$/.exec(note!) ?? [];
    const { schemes } = (store as unknown as Record<string, store.StoreAdapter>)[adapter]!;
    expect(schemes).toContain(url.split(':')[0]);
  }
});

test.each<[string, Workload, string | undefined, string[]]>([
  ['a table', {}, 'storage: McpStorage.dynamoDb(),', []],
  ['memory', { environment: 'development' }, 'storage: McpStorage.memory(),', []],
  [
    'a table, for want of Valkey',
    { requestsPerSecond: 20 },
    'storage: McpStorage.dynamoDb(),',
    [
      'Valkey, Redis are ranked higher, but this version of the kit does not provision them: DynamoDB is the best that it does',
    ],
  ],
  [
    'a table that exists',
    { existing: ['dynamodb'] },
    "storage: McpStorage.fromTable(dynamodb.TableV2.fromTableName(this, 'Table', 'my-table')),",
    ['put the name of your table in place of my-table'],
  ],
  [
    'nothing of the kit',
    { latencyMs: 1 },
    undefined,
    [
      'this version of the kit provisions nothing that suits (Valkey, Redis, Memcached, RocksDB would): ' +
        'bring one, and the code that reaches it',
    ],
  ],
  [
    'a folder of a machine',
    { platform: 'machine', persistence: true },
    undefined,
    [
      'on a machine of your own nothing is provisioned: set MCP_STORE_URL=file:///var/lib/mcp, and give the host the adapter diskAdapter',
    ],
  ],
  [
    'Valkey for machines',
    { platform: 'machine', servers: 2 },
    undefined,
    ['this version of the kit has no adapter for Valkey: you must bring the store yourself'],
  ],
  [
    'nothing at all',
    { latencyMs: 0.001 },
    undefined,
    ['nothing can serve this workload: change what the refusals name'],
  ],
])('%s', (_name, workload, code, notes) => {
  expect(paste(workload)).toEqual({ code, notes });
});
