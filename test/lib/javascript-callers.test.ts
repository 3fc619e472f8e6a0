import { Stack, Token } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';

import { McpAuth, McpCode, McpCompute, McpListener, McpServer, McpStorage } from '../../lib/index.ts';

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

test.each<[string, () => unknown, RegExp]>([
  [
    'listener',
    () => McpCompute.fargate({ listener: wrong('internal-http') }),
    /^listener takes a choice of McpListener, such as McpListener\.internalHttp\(\), got a string$/,
  ],
  ['deployment', () => McpCompute.fargate({ deployment: wrong('blueGreen') }), /FargateDeployment.*got a string/],
  [
    'architecture',
    () => McpCompute.fargate({ architecture: wrong('arm64') }),
    /Architecture.ARM_64 or X86_64, got a s/,
  ],
  ['architecture of a function', () => McpCompute.lambda({ architecture: wrong('arm64') }), /Architecture.ARM_64 or X/],
  ['timeout', () => McpCompute.lambda({ timeout: wrong(30) }), /timeout takes a duration.*got a number/],
  ['stopTimeout', () => McpCompute.fargate({ stopTimeout: wrong(30) }), /stopTimeout takes a duration.*got a number/],
  [
    'interval',
    () => McpCompute.fargate({ healthCheck: { interval: wrong(30) } }),
    /healthCheck\.interval takes a duration.*got a number/,
  ],
  ['vpc', () => McpCompute.fargate({ vpc: wrong('vpc-123') }), /vpc takes a network, such as .*, got a string/],
  ['vpc of a function', () => McpCompute.lambda({ vpc: wrong('vpc-123') }), /vpc takes a network, such as .*got a s/],
  ['cluster', () => McpCompute.fargate({ cluster: wrong('arn:…') }), /cluster takes a cluster, such as .*got a string/],
  [
    'allowFrom',
    () => McpListener.internalHttp({ allowFrom: wrong(['203.0.113.0/24']) }),
    /allowFrom takes peers, such as ec2\.Peer\.ipv4\(.*\), got a string/,
  ],
  [
    'hostedZone',
    () => McpListener.https({ domainName: 'mcp.example.com', hostedZone: wrong('example.com') }),
    /hostedZone takes a zone, such as .*, got a string/,
  ],
  [
    'certificates',
    () => McpListener.https({ domainName: 'mcp.example.com', certificates: wrong(['arn:…']) }),
    /certificates takes certificates, such as .*, got a string/,
  ],
])('%s tells what it takes', (_name, call, message) => {
  expect(call).toThrow(message);
});

test.each(['minTasks', 'maxTasks'])('%s that only the deployment knows is refused', (name) => {
  expect(() => McpCompute.fargate({ [name]: Token.asNumber({ Ref: 'Count' }) })).toThrow(
    `${name} must be known at synth`,
  );
});

test('what is imported is taken', () => {
  const table = dynamodb.TableV2.fromTableName(new Stack(), 'Table', 'notes');
  expect(McpStorage.fromTable(table)).toBeInstanceOf(McpStorage);
});
