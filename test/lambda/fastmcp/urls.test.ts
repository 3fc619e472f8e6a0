import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import * as fc from 'fast-check';

import { diskAdapter } from '../../../lambda/store/adapters/disk.ts';
import { memoryAdapter } from '../../../lambda/store/adapters/memory.ts';
import { parseDynamoDbUrl } from '../../../lambda/store/dynamodb/url.ts';
import { StoreUrlError } from '../../../lambda/store/errors.ts';
import { parseMemcachedUrl } from '../../../lambda/store/memcached/url.ts';
import { parseMongoDbUrl } from '../../../lambda/store/mongodb/url.ts';
import { parseSearchUrl } from '../../../lambda/store/opensearch/url.ts';
import { parseStoreUrl } from '../../../lambda/store/parse-store-url.ts';
import { parseRedisUrl } from '../../../lambda/store/redis/url.ts';
import { describeBesidePython, runPython } from '../../support/python-peer.ts';
import { PACKAGE_HOME } from './kit-python.ts';

const DIRECTORY = mkdtempSync(join(tmpdir(), 'urls-'));
const CA = join(DIRECTORY, 'ca.pem');
writeFileSync(CA, rootCertificates[0] ?? '');
const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Store-AbCdEf';
/** What a person may have put into a URL by mistake. No message repeats it. */
const CANARY = 'CANARY9';

const HOSTS = ['localhost', 'localhost:6000', '127.0.0.1', '[::1]:7', 'db.example.com', 'db.example.com:6000', ''];
const USERS = ['', '', '', 'notes@', `notes:${CANARY}@`];
/** Values of each option: those that fit, and some that do not. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  auth: ['iam', 'sigv4', CANARY],
  authMechanism: ['SCRAM-SHA-256', CANARY],
  authSource: ['admin', 'a%24'],
  ca: [CA, CANARY],
  cache: ['notes', 'Notes'],
  cluster: ['true', 'yes'],
  durable: ['true', ''],
  endpoint: ['http://127.0.0.1:9', 'http://evil.example.com'],
  maxItemBytes: ['2000', '10'],
  plaintext: ['true', 'false'],
  region: ['us-east-1', 'a.b'],
  replicaSet: ['rs0', 'a%24'],
  retryWrites: ['false', CANARY],
  secret: [ARN, CANARY],
  serverless: ['true'],
  service: ['es', CANARY],
  searchable: ['true'],
  other: ['1'],
};

interface Backend {
  readonly schemes: readonly string[];
  readonly hosts?: readonly string[];
  readonly paths: readonly string[];
  readonly options: readonly string[];
  readonly parse: (url: URL) => unknown;
}

const BACKENDS: readonly Backend[] = [
  {
    schemes: ['redis', 'rediss', 'valkey', 'valkeys'],
    paths: ['', '/', '/3', '/a', '/1/2'],
    options: ['auth', 'ca', 'cache', 'cluster', 'durable', 'plaintext', 'region', 'secret', 'serverless', 'other'],
    parse: parseRedisUrl,
  },
  {
    schemes: ['mongodb', 'mongodb+tls'],
    paths: ['', '/', '/notes', '/a.b', '/a%20b'],
    options: ['authMechanism', 'authSource', 'ca', 'plaintext', 'replicaSet', 'retryWrites', 'secret', 'other'],
    parse: parseMongoDbUrl,
  },
  {
    schemes: ['opensearch+http', 'opensearch+https'],
    hosts: [...HOSTS, 'search-notes-abc.eu-central-1.es.amazonaws.com'],
    paths: ['', '/', '/notes', '/Notes-1.a', '/-a', '/a/b'],
    options: ['auth', 'ca', 'plaintext', 'region', 'secret', 'service', 'searchable', 'other'],
    parse: (url) => parseSearchUrl(url, { AWS_REGION: 'us-east-1' }),
  },
  {
    schemes: ['memcached', 'memcacheds'],
    paths: ['', '/', '/a'],
    options: ['ca', 'plaintext', 'maxItemBytes', 'other'],
    parse: parseMemcachedUrl,
  },
  {
    schemes: ['dynamodb'],
    hosts: ['my-table', 'my_Table.1', 'ab', 'a'.repeat(256), 'my-table:80', ''],
    paths: ['', '/', '/a'],
    options: ['region', 'endpoint', 'other'],
    parse: parseDynamoDbUrl,
  },
  {
    schemes: ['file'],
    hosts: ['', 'host'],
    paths: [`${DIRECTORY}/store`, '/'],
    options: ['other'],
    parse: (url) => diskAdapter.open(url),
  },
  { schemes: ['memory'], hosts: [''], paths: [''], options: ['other'], parse: (url) => memoryAdapter.open(url) },
];

function urlsOf({ schemes, hosts = HOSTS, paths, options }: Backend): fc.Arbitrary<string> {
  const query = fc
    .uniqueArray(fc.constantFrom(...options), { maxLength: 5 })
    .chain((names) =>
      fc.tuple(...names.map((name) => fc.constantFrom(...(OPTIONS[name] ?? [])).map((value) => `${name}=${value}`))),
    )
    .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.join('&')}`));
  const parts = [fc.constantFrom(...schemes), fc.constantFrom(...USERS), fc.constantFrom(...hosts)] as const;
  return fc
    .tuple(...parts, fc.constantFrom(...paths), query)
    .map(([scheme, user, host, path, rest]) =>
      scheme === 'memory' ? `memory:${rest}` : `${scheme}://${scheme === 'file' ? '' : user}${host}${path}${rest}`,
    );
}

function isTaken(text: string, { parse }: Backend): boolean {
  try {
    parse(parseStoreUrl(text));
    return true;
  } catch (error) {
    if (!(error instanceof StoreUrlError)) throw error;
    return false;
  }
}

afterAll(() => {
  rmSync(DIRECTORY, { recursive: true, force: true });
});

describeBesidePython('both halves take the same store URLs', () => {
  test.each(BACKENDS)(
    '$schemes',
    async (backend) => {
      const samples = [...new Set(fc.sample(urlsOf(backend), { numRuns: 1_500, seed: 1 }))];
      const ours = samples.map((text) => isTaken(text, backend));
      expect(ours.filter(Boolean).length).toBeGreaterThan(0);
      const python = await runPython(
        {
          args: [PACKAGE_HOME],
          setup: `
import os
sys.dont_write_bytecode = True
sys.path.insert(0, args[0])
os.environ["AWS_REGION"] = "us-east-1"
inner = None`,
        },
        `
from mcp_kit.stores.errors import StoreUrlError
from mcp_kit.stores.open import open_store
def taken(text):
    try:
        open_store(text)
    except StoreUrlError as error:
        assert "${CANARY}" not in str(error), str(error)
        return False
    return True
return [taken(text) for text in data]`,
        samples,
      );
      const differing = samples.filter((_, index) => (python as boolean[])[index] !== ours[index]);
      expect(differing.map((text) => [text, isTaken(text, backend)])).toEqual([]);
    },
    60_000,
  );
});
