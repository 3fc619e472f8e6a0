import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';

import { McpAuth, McpCode, McpServer, McpStorage } from '../../lib/index.ts';

/** What a compiler would refuse: callers in JavaScript have none. */
const wrong = (value: unknown): never => value as never;

test.each<[string, () => unknown, RegExp]>([
  ['fromTable', () => McpStorage.fromTable(wrong(undefined)), /McpStorage\.fromTable\(\) takes a table.*got undefined/],
  ['fromCache', () => McpStorage.fromCache(wrong('x')), /fromCache\(\) takes a cache.*fromUrl\(\), got a string/],
  [
    'fromMemcached',
    () => McpStorage.fromMemcached(wrong({})),
    /fromMemcached\(\) takes a cache.*an object of another kind/,
  ],
  ['fromCluster', () => McpStorage.fromCluster(wrong(null), wrong({})), /fromCluster\(\) takes a cluster.*got null/],
  ['fromDomain', () => McpStorage.fromDomain(wrong(1)), /fromDomain\(\) takes a domain.*got a number/],
  ['fromCollection', () => McpStorage.fromCollection(wrong([])), /fromCollection\(\) takes a collection.*got a Array/],
  ['fromFileSystem', () => McpStorage.fromFileSystem(wrong('fs-1')), /fromFileSystem\(\) takes a file system/],
  ['fromAccessPoint', () => McpStorage.fromAccessPoint(wrong('fsap-1')), /fromAccessPoint\(\) takes an access point/],
  [
    'credentials',
    () => McpStorage.fromUrl('rediss://store.example.com', { credentials: wrong('hunter2') }),
    /fromUrl\(\) takes credentials that are a secret, got a string$/,
  ],
])('%s tells what it takes', (_name, call, message) => {
  expect(call).toThrow(message);
});

test.each([
  [
    'storage',
    'valkey',
    /storage must be a choice of McpStorage, got "valkey": such as storage: McpStorage\.valkey\(\)/,
  ],
  ['compute', 'lambda', /compute must be a choice of McpCompute, got "lambda"/],
  ['keys', 'arn:aws:secretsmanager:…', /keys must be a key ring: new KeyRing\(…\), or KeyRing\.fromSecret\(secret\)/],
])('%s tells what it takes', (name, value, message) => {
  const props = { auth: McpAuth.iam(), code: McpCode.typescript({ entry: 'server.ts' }), [name]: value };
  expect(() => new McpServer(new Stack(), 'Server', wrong(props))).toThrow(message);
});

test('what is imported is taken', () => {
  const table = dynamodb.TableV2.fromTableName(new Stack(), 'Table', 'notes');
  expect(McpStorage.fromTable(table)).toBeInstanceOf(McpStorage);
});
