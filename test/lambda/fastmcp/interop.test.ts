import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskStore } from '../../../lambda/store/disk/disk-store.ts';
import { DynamoDbStore } from '../../../lambda/store/dynamodb/dynamodb-store.ts';
import { overClient } from '../../../lambda/store/dynamodb/sdk-calls.ts';
import { MemcachedStore } from '../../../lambda/store/memcached/memcached-store.ts';
import { overClient as overMongo } from '../../../lambda/store/mongodb/driver.ts';
import { MongoDbStore } from '../../../lambda/store/mongodb/mongodb-store.ts';
import { openWire } from '../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore } from '../../../lambda/store/opensearch/opensearch-store.ts';
import { RocksDbStore } from '../../../lambda/store/rocksdb/rocksdb-store.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';
import { sharedKey, sharedValue } from '../../support/json-arbitraries.ts';
import { runningMongo } from '../../support/running-mongo.ts';
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts';
import { type ElasticsearchProgram, startElasticsearch } from '../../support/servers/elasticsearch.ts';
import { startMemcached } from '../../support/servers/memcached.ts';
import type { MongoProgram } from '../../support/servers/mongodb.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../support/servers/opensearch.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';
import type { SearchServer } from '../../support/servers/search-node.ts';
import type { ServerProcess } from '../../support/servers/server-process.ts';
import { openRedis } from '../store/redis/opening.ts';
import { PLAIN, TOGETHER } from '../store/interop/forms.ts';
import { interopSuite } from '../store/interop/interop-suite.ts';
import { kitStore } from './kit-python.ts';

const NUL_IN_A_NAME = /"(?:[^"\\]|\\.)*\\u0000(?:[^"\\]|\\.)*":/;
const values = sharedValue.filter((value) => !NUL_IN_A_NAME.test(JSON.stringify(value)));

/** The bare entries and the deepest nesting: the forms between are py-key-value's own wrappers, whatever the store. */
const forms = [PLAIN, TOGETHER];

describeWith('redis', 'the stores of mcp_kit: Redis', (program) => {
  let certificates: Certificates;
  let server: RedisServer;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startRedis(program, { certificates });
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });
  const url = (): string => `rediss://${server.address}?ca=${certificates.ca}`;
  interopSuite({ forms, name: 'mcp_kit on redis', open: () => openRedis(url()), peer: () => kitStore(url()) });
});

describe('the stores of mcp_kit: DynamoDB', () => {
  let db: LocalDynamoDb;
  beforeAll(async () => {
    db = await startDynalite();
    await db.createTable('kit');
  });
  afterAll(() => db.stop());
  interopSuite({
    forms,
    name: 'mcp_kit on dynamodb',
    largest: 200_000,
    open: () => new DynamoDbStore({ table: 'kit', connect: () => overClient(db.client) }),
    peer: () => kitStore(`dynamodb://kit?region=us-east-1&endpoint=${db.endpoint}`),
  });
});

describeWith('memcached', 'the stores of mcp_kit: Memcached', (program) => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startMemcached(program);
  });
  afterAll(() => server.stop());
  interopSuite({
    forms,
    name: 'mcp_kit on memcached',
    open: () =>
      new MemcachedStore({ address: () => Promise.resolve({ host: '127.0.0.1', port: server.port }), keys: 'fit' }),
    peer: () => kitStore(`memcached://127.0.0.1:${server.port}`),
  });
});

describeWith<MongoProgram>('mongodb', 'the stores of mcp_kit: MongoDB', (program) => {
  const mongo = runningMongo(program);
  interopSuite({
    forms,
    name: 'mcp_kit on mongodb',
    values,
    open: () => new MongoDbStore({ database: 'kit', connect: () => overMongo(mongo.client, 'kit') }),
    peer: () => kitStore(`${mongo.server.url.replace(/\/$/, '')}/kit`),
  });
});

describeWith<OpenSearchProgram>('opensearch', 'the stores of mcp_kit: OpenSearch', (program) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startOpenSearch(program);
  }, 90_000);
  afterAll(() => server.stop());
  interopSuite({
    forms,
    name: 'mcp_kit on opensearch',
    open: () =>
      new OpenSearchStore({
        product: 'OpenSearch',
        indexPrefix: 'kit',
        connect: () => openWire({ node: server.url, ca: undefined, auth: { kind: 'none' } }),
      }),
    peer: () => kitStore(`${server.url.replace(/^http/, 'opensearch+http').replace(/\/$/, '')}/kit`),
  });
});

describeWith<ElasticsearchProgram>('elasticsearch', 'the stores of mcp_kit: Elasticsearch', (program) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startElasticsearch(program);
  }, 90_000);
  afterAll(() => server.stop());
  interopSuite({
    name: 'mcp_kit on elasticsearch',
    // Dots alone lead Python's client to another path.
    keys: sharedKey.filter((key) => !/^\.+$/.test(key)),
    open: () =>
      new OpenSearchStore({
        product: 'Elasticsearch',
        indexPrefix: 'kit',
        connect: () => openWire({ node: server.url, ca: undefined, auth: { kind: 'none' } }),
      }),
    peer: () => kitStore(`${server.url.replace(/^http/, 'elasticsearch+http').replace(/\/$/, '')}/kit`),
  });
});

describe('the stores of mcp_kit: folders', () => {
  let directory: string;
  beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'mcp-kit-'))));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  interopSuite({
    forms,
    name: 'mcp_kit on disk',
    open: () => new DiskStore({ directory: join(directory, 'disk') }),
    peer: () => kitStore(`file://${directory}/disk`),
  });
  interopSuite({
    forms,
    name: 'mcp_kit on rocksdb',
    open: () => new RocksDbStore({ directory: join(directory, 'rocks') }),
    peer: () => kitStore(`rocksdb://${directory}/rocks`),
  });
});
