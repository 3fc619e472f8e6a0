import type { App, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

import {
  CacheAccess,
  CacheDurability,
  CacheEngine,
  CacheShape,
  MemcachedShape,
  DocumentDbCapacity,
  KeyRing,
  McpAuth,
  McpCompute,
  McpStorage,
  OpenSearchShape,
} from '../../lib/index.ts';
import type { McpServerProps } from '../../lib/index.ts';
import { silenceWarnings, testApp, testServer, testStack } from './support/test-app.ts';

// The one file that runs with the built-in CloudFormation validator. Its errors fail the synthesis of the app too (cdk.json
// says so); here its warnings do as well, since a value that is in no enumeration is one.
delete process.env.CDK_VALIDATION;
const STRICT = { '@aws-cdk/core:strictCfnValidateErrors': true };

silenceWarnings();

type Choices<T> = Readonly<Record<string, (stack: Stack) => T>>;

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

/** Storage that lives in a network: with one kind of callers, since these and those have nothing to do with each other. */
const NETWORKED: Choices<McpStorage> = {
  disk: () => McpStorage.disk(),
  'disk with everything': (stack) =>
    McpStorage.disk({
      throughputMode: efs.ThroughputMode.BURSTING,
      infrequentAccessAfter: efs.LifecyclePolicy.AFTER_1_DAY,
      backups: false,
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
      mountPath: '/mnt/weather',
      uid: 1001,
      gid: 1002,
      permissions: '0700',
    }),
  documents: () => McpStorage.mongoDb(),
  'documents with everything': (stack) =>
    McpStorage.mongoDb({
      capacity: DocumentDbCapacity.provisioned(ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM)),
      instances: 2,
      engineVersion: '5.0.0',
      port: 27018,
      backupRetention: Duration.days(35),
      logs: false,
      rotateAfter: Duration.days(30),
      encryptionKey: customerKey(stack),
      secretEncryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
      database: 'weather-data',
    }),
  valkey: () => McpStorage.valkey(),
  redis: () => McpStorage.redis(),
  'valkey with everything': (stack) =>
    McpStorage.valkey({
      engine: CacheEngine.VALKEY_8_2,
      cacheName: `cache${stack.node.addr}`.slice(0, 40),
      access: CacheAccess.password({ encryptionKey: customerKey(stack), rotateAfter: Duration.days(30) }),
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.RETAIN,
      shape: CacheShape.serverless({
        maximumDataStorage: Size.gibibytes(20),
        minimumDataStorage: Size.gibibytes(2),
        minimumEcpuPerSecond: 2000,
        snapshotRetention: Duration.days(3),
        dailySnapshotTime: '03:00',
        finalSnapshotName: 'goodbye',
      }),
    }),
  'nodes of redis': () => McpStorage.redis({ access: CacheAccess.password(), shape: CacheShape.nodes() }),
  'nodes of valkey that lose nothing': () =>
    McpStorage.valkey({ shape: CacheShape.nodes({ durability: CacheDurability.SYNC, shards: 2 }) }),
  'nodes of valkey with everything': (stack) =>
    McpStorage.valkey({
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
      shape: CacheShape.nodes({
        nodeType: 'cache.r7g.large',
        replicas: 2,
        port: 7000,
        parameters: { 'maxmemory-policy': 'allkeys-lfu' },
        snapshotRetention: Duration.days(3),
        snapshotWindow: '03:00-04:00',
        maintenanceWindow: 'sun:23:00-mon:01:30',
        autoMinorVersionUpgrade: false,
        engineLog: new logs.LogGroup(stack, 'EngineLog'),
        slowLog: new logs.LogGroup(stack, 'SlowLog'),
      }),
    }),
  memcached: () => McpStorage.memcached(),
  'nodes of memcached': () => McpStorage.memcached({ shape: MemcachedShape.nodes() }),
  'documents that are retained': () => McpStorage.mongoDb({ removalPolicy: RemovalPolicy.RETAIN }),
  'search domain': () => McpStorage.openSearch(),
  'search domain with everything': (stack) =>
    McpStorage.openSearch({
      shape: OpenSearchShape.domain({
        version: opensearch.EngineVersion.OPENSEARCH_3_1,
        zones: 1,
        dataNodes: 2,
        dataNodeType: 'r7g.large.search',
        volumeSizeGib: 100,
        masterNodes: 3,
        masterNodeType: 'm7g.large.search',
        encryptionKey: customerKey(stack),
      }),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  'search collection': () => McpStorage.openSearch({ shape: OpenSearchShape.serverless() }),
  'search collection with everything': (stack) =>
    McpStorage.openSearch({
      shape: OpenSearchShape.serverless({
        collectionName: 'weather-entries',
        standbyReplicas: false,
        encryptionKey: customerKey(stack),
      }),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
};

const COMPUTE: Choices<McpCompute> = {
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

function customerKey(stack: Stack): kms.Key {
  const existing = stack.node.tryFindChild('Customer');
  return existing instanceof kms.Key ? existing : new kms.Key(stack, 'Customer', { enableKeyRotation: true });
}

const SHAPES = [
  ...Object.keys(AUTH).flatMap((auth) =>
    Object.keys(STORAGE).flatMap((storage) =>
      Object.keys(COMPUTE).flatMap((compute) =>
        Object.keys(OTHERS).map((other) => [auth, storage, compute, other] as const),
      ),
    ),
  ),
  ...Object.keys(NETWORKED).flatMap((storage) =>
    Object.keys(COMPUTE).map((compute) => ['iam', storage, compute, 'nothing'] as const),
  ),
];

/** One app with a stack for each shape. */
function everyShape(): App {
  const app = testApp(STRICT);
  for (const [auth, storage, compute, other] of SHAPES) {
    const id = [auth, storage, compute, other].join('-').replace(/[^a-z]+/gi, '-');
    const stack = testStack(app, `Shape-${id}`);
    const server = testServer(
      {
        auth: AUTH[auth]!(stack),
        storage: { ...STORAGE, ...NETWORKED }[storage]!(stack),
        compute: COMPUTE[compute]!(stack),
        serverName: `weather${app.node.children.length}`,
        ...OTHERS[other]!(stack),
      },
      stack,
    );
    const reason = 'this shape is so on purpose';
    if (auth === 'none') Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:publicServer', reason });
    if (storage === 'memory')
      Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:forgetfulStorage', reason });
    if (compute === 'lambda with everything') {
      Validations.of(server.compute.function).acknowledge({ id: 'Serverless-LambdaTracing', reason });
    }
  }
  return app;
}

function withNag(app: App): App {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

test(`each of the ${SHAPES.length} shapes is valid CloudFormation, and has no finding of cdk-nag that is not acknowledged`, () => {
  const assembly = withNag(everyShape()).synth();
  expect(assembly.stacks).toHaveLength(SHAPES.length);
}, 300_000);

describe('the checks are awake', () => {
  test.each([
    ['as cdk.json configures it', 'a value of another type', {}, 'MemorySize', 'abc'],
    ['as cdk.json configures it', 'a property that there is not', {}, 'Nonsense', 'x'],
    ['as cdk.json configures it', 'a runtime of yesterday', {}, 'Runtime', 'nodejs12.x'],
    ['with warnings as errors', 'a value that is in no enumeration', STRICT, 'TracingConfig.Mode', 'Sometimes'],
  ])('the validator, %s, refuses %s', (_how, _name, context, property, value) => {
    const app = testApp(context);
    const server = testServer({}, testStack(app));
    (server.compute.function.node.defaultChild as lambda.CfnFunction).addPropertyOverride(property, value);
    expect(() => app.synth()).toThrow(property === 'Nonsense' ? property : value);
  });

  test('cdk-nag finds what is not acknowledged', () => {
    const app = testApp();
    const server = testServer({}, testStack(app));
    server.compute.function.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::b'] }),
    );
    expect(() => withNag(app).synth()).toThrow(/AwsSolutions-IAM5\[Action::s3:\*\]/);
  });
});

test('every acknowledgement of the kit has a reason, on one resource', () => {
  const server = testServer();
  const acknowledged = server.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .map(({ data }) => [node.path, JSON.stringify(data)]),
    );
  expect(acknowledged).toEqual([
    ['Test/Server/Keys/Secret', expect.stringContaining('AwsSolutions-SMG4')],
    ['Test/Server/Compute/Role', expect.stringContaining('AwsSolutions-IAM5[Resource::*]')],
    ['Test/Server/Compute/Function', expect.stringContaining('Serverless-LambdaDLQ')],
  ]);
});
