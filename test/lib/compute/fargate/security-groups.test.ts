import type { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import {
  CacheShape,
  FargateDeployment,
  McpAuth,
  McpCompute,
  McpListener,
  McpStorage,
  OpenSearchShape,
} from '../../../../lib/index.ts';
import { certificate } from '../../shapes/fargate.ts';
import { egressEdges, ingressEdges } from '../../support/security-groups.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const BALANCER = 'ComputeLoadBalancer';
const TASK = 'ComputeSecurityGroup';
const STORE = 'ServerStorage';
const COLLECTIONS = 'EndpointAoss';
const STARTS = ['EndpointEcrapi', 'EndpointEcrdkr', 'EndpointLogs'];
const GROUPS = [BALANCER, TASK, STORE, COLLECTIONS, 'EndpointSecretsmanager', ...STARTS];

const auth = McpAuth.none();
const to = (name: string, port: number | string) => `${TASK} → ${name}:${port}`;

/** What a task needs whatever its storage is. */
const ENDPOINTS = [...STARTS, 'EndpointSecretsmanager'].map((name) => to(name, 443));

/** Who may call whom, by both ends of a connection. */
function edges(template: Template): { in: string[]; out: string[] } {
  return { in: ingressEdges(template, GROUPS), out: egressEdges(template, GROUPS) };
}

describe.each<[string, () => McpStorage, string[]]>([
  ['memory', () => McpStorage.memory(), []],
  ['a table', () => McpStorage.dynamoDb(), []],
  ['a volume of the task', () => McpStorage.rocksDb(), []],
  ['Valkey', () => McpStorage.valkey(), [to(STORE, 6379)]],
  ['nodes of Redis', () => McpStorage.redis({ shape: CacheShape.nodes() }), [to(STORE, 6379)]],
  ['Memcached', () => McpStorage.memcached(), [to(STORE, 11211)]],
  ['DocumentDB', () => McpStorage.mongoDb(), [to(STORE, 'its port')]],
  ['a file system', () => McpStorage.disk(), [to(STORE, 2049)]],
  ['an OpenSearch domain', () => McpStorage.openSearch(), [to(STORE, 443)]],
  [
    'an OpenSearch collection',
    () => McpStorage.openSearch({ shape: OpenSearchShape.serverless() }),
    [to(COLLECTIONS, 443)],
  ],
])('with %s', (_name, storage, stores) => {
  let found: { in: string[]; out: string[] };

  beforeEach(() => {
    found = edges(templateOf(testServer({ compute: McpCompute.fargate(), storage: storage(), auth })));
  });

  test('each end lets in who calls it, and nobody else', () => {
    expect(found.in).toEqual(
      [`its network → ${BALANCER}:80`, `${BALANCER} → ${TASK}:8080`, ...ENDPOINTS, ...stores].sort(),
    );
  });

  test('each end may call what it needs, and nothing else', () => {
    // The gateways of S3 and of DynamoDB have addresses that only AWS knows; nothing else is reached from this network.
    expect(found.out).toEqual([`${BALANCER} → ${TASK}:8080`, ...ENDPOINTS, ...stores, to('0.0.0.0/0', 443)].sort());
  });
});

describe('from the internet', () => {
  test.each<[string, (stack: Stack) => McpListener, string[]]>([
    [
      'HTTPS',
      (stack) => McpListener.https({ certificates: [certificate(stack)], domainName: 'mcp.example.com' }),
      [`0.0.0.0/0 → ${BALANCER}:443`],
    ],
    [
      'HTTPS, and what is sent on to it',
      (stack) =>
        McpListener.https({ certificates: [certificate(stack)], domainName: 'mcp.example.com', redirectHttp: true }),
      [`0.0.0.0/0 → ${BALANCER}:443`, `0.0.0.0/0 → ${BALANCER}:80`],
    ],
    ['HTTP', () => McpListener.insecureHttp(), [`0.0.0.0/0 → ${BALANCER}:80`]],
    [
      'an office',
      () => McpListener.insecureHttp({ allowFrom: [ec2.Peer.ipv4('203.0.113.0/24')] }),
      [`203.0.113.0/24 → ${BALANCER}:80`],
    ],
    [
      'HTTPS within the network',
      (stack) =>
        McpListener.https({ certificates: [certificate(stack)], domainName: 'mcp.example.com', internal: true }),
      [`its network → ${BALANCER}:443`],
    ],
  ])('%s reaches the load balancer, and nothing behind it', (_name, listener, doors) => {
    const stack = testStack();
    testServer({ compute: McpCompute.fargate({ listener: listener(stack) }), auth }, stack);
    expect(edges(templateOf(stack)).in).toEqual([...doors, `${BALANCER} → ${TASK}:8080`, ...ENDPOINTS].sort());
  });
});

test('with a NAT, tasks may call everything, and pull images through it', () => {
  const found = edges(templateOf(testServer({ compute: McpCompute.fargate({ internet: true }), auth })));
  expect(found.in).toEqual(
    [`its network → ${BALANCER}:80`, `${BALANCER} → ${TASK}:8080`, to('EndpointSecretsmanager', 443)].sort(),
  );
  expect(found.out).toEqual([`${BALANCER} → ${TASK}:8080`, `${TASK} → 0.0.0.0/0:all`].sort());
});

test('both groups of tasks of a blue/green deployment are reached alike', () => {
  const compute = McpCompute.fargate({ deployment: FargateDeployment.blueGreen() });
  expect(edges(templateOf(testServer({ compute, auth }))).in).toEqual(
    [`its network → ${BALANCER}:80`, `${BALANCER} → ${TASK}:8080`, ...ENDPOINTS].sort(),
  );
});

describe('a caller', () => {
  const caller = (stack: Stack, vpc?: ec2.IVpc): lambda.Function =>
    new lambda.Function(stack, 'Caller', {
      code: lambda.Code.fromInline('exports.handler = async () => {}'),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      ...(vpc && { vpc, allowAllOutbound: false }),
    });

  test('in the network is let in by its security group', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const listener = McpListener.internalHttp({ allowFrom: [] });
    const server = testServer({ compute: McpCompute.fargate({ vpc, listener }), auth }, stack);
    server.grants.invoke(caller(stack, vpc));
    expect(ingressEdges(templateOf(stack), [...GROUPS, 'CallerSecurityGroup'])).toEqual([
      `CallerSecurityGroup → ${BALANCER}:80`,
      `${BALANCER} → ${TASK}:8080`,
    ]);
  });

  test('in no network is refused: IAM has no say', () => {
    const stack = testStack();
    const server = testServer({ compute: McpCompute.fargate(), auth }, stack);
    const message =
      /IAM does not decide who calls a server on Fargate.*loadBalancer.connections.allowFrom\(caller, ec2.Port.tcp\(80\)\)/;
    expect(() => server.grants.invoke(caller(stack))).toThrow(message);
    expect(() => server.grants.invoke(server.compute.role)).toThrow(message);
  });
});
