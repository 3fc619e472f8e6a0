import type { App } from 'aws-cdk-lib';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { join } from 'node:path';

import { KeyRing, McpAuth, McpCode, McpCompute, McpNetwork, McpStorage } from '../../../lib/index.ts';
import type { McpServerProps } from '../../../lib/index.ts';
import { testServer, testStack } from '../support/test-app.ts';
import type { Choices } from './choices.ts';
import { customerKey } from './choices.ts';
import { FARGATE, FARGATE_WITH_NAT, PUBLIC } from './fargate.ts';
import { NETWORKED } from './networked.ts';
import { SHARED } from './shared.ts';

const AUTH: Choices<McpAuth> = {
  none: () => McpAuth.none(),
  iam: () => McpAuth.iam(),
  jwt: () => McpAuth.jwt({ issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp', scopes: ['a'] }),
};

const STORAGE: Choices<McpStorage> = {
  memory: () => McpStorage.memory(),
  table: () => McpStorage.dynamoDb(),
  'table with everything': (stack) =>
    McpStorage.dynamoDb({
      tableName: 'weather-data',
      maxReadRequestUnits: 10,
      maxWriteRequestUnits: 10,
      recoveryPeriod: Duration.days(7),
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  'table without recovery': () => McpStorage.dynamoDb({ pointInTimeRecovery: false }),
  'imported table': (stack) => McpStorage.fromTable(dynamodb.TableV2.fromTableName(stack, 'Imported', 'shared')),
};

/** Storage that only a task can have. */
const ON_FARGATE: Choices<McpStorage> = { rocksdb: () => McpStorage.rocksDb() };

/** Storage that exists, which a network without a way to the internet reaches. */
const SHARED_IN_NETWORK = Object.keys(SHARED).filter(
  (storage) => !/exists|by URL$/.test(storage) || /cache|memcached|group/.test(storage),
);

const LAMBDA: Choices<McpCompute> = {
  lambda: () => McpCompute.lambda(),
  'lambda with everything': (stack) =>
    McpCompute.lambda({
      memorySize: 10240,
      timeout: Duration.minutes(15),
      architecture: lambda.Architecture.X86_64,
      reservedConcurrency: 0,
      logRetention: logs.RetentionDays.TEN_YEARS,
      logRemovalPolicy: RemovalPolicy.RETAIN,
      tracing: lambda.Tracing.DISABLED,
      vpc: new ec2.Vpc(stack, 'Vpc', {
        maxAzs: 2,
        natGateways: 0,
        subnetConfiguration: [{ name: 'Inside', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
        flowLogs: { all: {} },
      }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    }),
};

const OTHERS: Choices<Partial<McpServerProps>> = {
  nothing: () => ({}),
  'keys of a customer': (stack) => ({ keys: new KeyRing(stack, 'Ring', { encryptionKey: customerKey(stack) }) }),
  'imported keys, a domain, variables': (stack) => ({
    keys: KeyRing.fromSecret(secretsmanager.Secret.fromSecretNameV2(stack, 'Ring', 'ring')),
    baseUrl: 'https://mcp.example.com',
    environment: { GREETING: 'hello' },
    removalPolicy: RemovalPolicy.DESTROY,
  }),
};

const FASTMCP = McpCode.fastmcp({ directory: join(__dirname, '../support/fastmcp'), app: 'server:mcp' });

/** What is combined with one other choice only. */
const ONCE: Choices<Partial<McpServerProps>> = {
  'a FastMCP server': () => ({ code: FASTMCP }),
  'a FastMCP server with an auth of its own': () => ({
    code: FASTMCP,
    auth: McpAuth.fastmcp(),
    baseUrl: 'https://mcp.example.com',
  }),
  'a FastMCP server that is told its address': () => ({ code: FASTMCP, auth: McpAuth.fastmcp() }),
  'an image that checks tokens': () => ({
    code: McpCode.image({ directory: join(__dirname, '../support/image') }),
  }),
  'an image': (stack) => ({
    code: McpCode.image({
      image: ecs.ContainerImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Images', 'servers')),
      command: ['serve'],
      port: 9000,
    }),
  }),
  'a NAT': (stack) => ({ network: new McpNetwork(stack, 'Network', { natGateways: 1 }) }),
};

const COMPUTE: Choices<McpCompute> = { ...LAMBDA, ...FARGATE, ...PUBLIC, ...FARGATE_WITH_NAT };

/** Auth, storage, compute and the rest of a server, by their names. */
type Shape = readonly [auth: string, storage: string, compute: string, other: string];

const SERVERS: readonly Shape[] = [
  ...Object.keys(AUTH).flatMap((auth) =>
    Object.keys(STORAGE).flatMap((storage) =>
      Object.keys(LAMBDA).flatMap((compute) =>
        Object.keys(OTHERS).map((other) => [auth, storage, compute, other] as const),
      ),
    ),
  ),
  ...Object.keys(NETWORKED).flatMap((storage) =>
    Object.keys(LAMBDA).map((compute) => ['iam', storage, compute, 'nothing'] as const),
  ),
  // Storage that exists has its network: the one of compute would be another.
  ...Object.keys(SHARED).map((storage) => ['iam', storage, 'lambda', 'nothing'] as const),
  ['iam', 'table', 'lambda with everything', 'a FastMCP server'],
  ['jwt', 'table', 'lambda', 'a FastMCP server'],
  ['jwt', 'table', 'lambda', 'a FastMCP server with an auth of its own'],
  ['jwt', 'valkey', 'lambda', 'a NAT'],
  ['jwt', 'documents', 'lambda', 'a NAT'],
  ...Object.keys({ ...FARGATE, ...PUBLIC }).map((compute) => ['none', 'table', compute, 'nothing'] as const),
  ...Object.keys(FARGATE_WITH_NAT).map((compute) => ['jwt', 'table', compute, 'nothing'] as const),
  ...Object.keys(OTHERS)
    .map((other) => ['none', 'table', 'fargate', other] as const)
    .slice(1), // the first is there already
  ...[...Object.keys({ ...STORAGE, ...NETWORKED, ...ON_FARGATE }), ...SHARED_IN_NETWORK]
    .filter((storage) => storage !== 'table')
    .map((storage) => ['none', storage, 'fargate', 'nothing'] as const),
  ['jwt', 'valkey', 'fargate', 'a NAT'],
  ['none', 'redis by URL', 'fargate with a NAT', 'nothing'],
  ['none', 'table', 'fargate', 'a FastMCP server'],
  ['jwt', 'table', 'fargate with a NAT', 'a FastMCP server that is told its address'],
  ['jwt', 'table', 'fargate with a domain', 'a FastMCP server that is told its address'],
  ['jwt', 'table', 'fargate with a NAT', 'an image that checks tokens'],
  ['none', 'table', 'fargate', 'an image'],
];

const idOf = (shape: Shape): string => `Shape-${shape.join('-').replace(/[^a-z]+/gi, '-')}`;

/** The stacks that `everyShape()` makes. */
export const SHAPES: readonly string[] = SERVERS.map(idOf);

/** The stacks whose application asked for a NAT gateway. */
export const WITH_NAT: ReadonlySet<string> = new Set(
  SERVERS.filter(([, , compute, other]) => other === 'a NAT' || compute in FARGATE_WITH_NAT).map(idOf),
);

/** The stacks whose application asked for a load balancer that the internet reaches. */
export const ON_THE_INTERNET: ReadonlySet<string> = new Set(
  SERVERS.filter(([, , compute]) => compute in PUBLIC || compute === 'fargate with a NAT').map(idOf),
);

/** Why the tests acknowledge what is the choice of an application. */
export const ON_PURPOSE = 'this shape is so on purpose';

/** Puts a stack for each shape into an app. */
export function everyShape(app: App): void {
  for (const shape of SERVERS) addServer(app, shape);
}

function addServer(app: App, shape: Shape): void {
  const [auth, storage, compute, other] = shape;
  const stack = testStack(app, idOf(shape));
  const server = testServer(
    {
      auth: AUTH[auth]!(stack),
      storage: { ...STORAGE, ...NETWORKED, ...SHARED, ...ON_FARGATE }[storage]!(stack),
      compute: COMPUTE[compute]!(stack),
      serverName: `weather${app.node.children.length}`,
      ...{ ...OTHERS, ...ONCE }[other]!(stack),
    },
    stack,
  );
  const reason = ON_PURPOSE;
  if (auth === 'none') Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:publicServer', reason });
  if (storage === 'memory' || storage in ON_FARGATE) {
    Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:forgetfulStorage', reason });
  }
  if (compute === 'fargate without TLS') {
    Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:insecureListener', reason });
  }
  if (other === 'an image that checks tokens') {
    Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:uncheckedCallers', reason });
  }
  if (other === 'a FastMCP server that is told its address' && compute === 'fargate with a domain') {
    Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:unreachableProvider', reason });
  }
  if (compute === 'lambda with everything') {
    Validations.of(server.compute.function).acknowledge({ id: 'Serverless-LambdaTracing', reason });
  }
}
