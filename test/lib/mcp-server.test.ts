import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

import { KeyRing, McpAuth, McpCode, McpCompute, McpServer, McpStorage } from '../../lib/index.ts';
import { ENTRY, silenceWarnings, templateOf, testServer, testStack } from './support/test-app.ts';

silenceWarnings();

const JWT = { issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' };

describe('a server with only what is required', () => {
  const server = testServer();
  const template = templateOf(server);

  test('is one function, one URL, one log group, one role, one table and one secret, and nothing else', () => {
    const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );
    expect(types.sort()).toEqual([
      'AWS::DynamoDB::GlobalTable',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::Lambda::Url',
      'AWS::Logs::LogGroup',
      'AWS::SecretsManager::Secret',
    ]);
  });

  test('runs on Node 24, arm64, traced, with JSON logs in a group of its own', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      Timeout: 300,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('Logs') } },
      ReservedConcurrentExecutions: Match.absent(),
      VpcConfig: Match.absent(),
    });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
  });

  test('is told its name, its store, its keys and its auth, and no secret', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          MCP_SERVER_NAME: 'weather',
          MCP_STORE_URL: {
            'Fn::Join': ['', ['dynamodb://', { Ref: Match.stringLikeRegexp('StorageTable') }, '?region=eu-west-1']],
          },
          MCP_KEYS_SECRET: { Ref: Match.stringLikeRegexp('KeysSecret') },
          MCP_AUTH: '{"mode":"iam"}',
          MCP_BASE_URL: Match.absent(),
          NODE_OPTIONS: Match.absent(),
        },
      },
    });
  });

  test('streams, and lets only signed requests in', () => {
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' });
    template.resourceCountIs('AWS::Lambda::Permission', 0);
  });

  test('has an address that ends with /mcp', () => {
    expect(Stack.of(server).resolve(server.url)).toEqual({
      'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching('FunctionUrl'), 'FunctionUrl'] }, 'mcp']],
    });
  });

  test('keeps the table and the keys, and lets the logs go', () => {
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret']) {
      template.hasResource(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  test('is reachable in all its parts', () => {
    expect(server.compute.function).toBeInstanceOf(lambda.Function);
    expect(server.compute.functionUrl).toBeInstanceOf(lambda.FunctionUrl);
    expect(server.compute.logGroup.logGroupName).toBeDefined();
    expect(server.compute.role.roleName).toBeDefined();
    expect(server.storage.table.tableName).toBeDefined();
    expect(server.keys.secret.secretArn).toBeDefined();
    expect(server.node.findChild('Compute').node.findChild('Function').node.defaultChild).toBeInstanceOf(
      lambda.CfnFunction,
    );
  });

  test('names its constructs as it always did: an id is a contract', () => {
    const paths = server.node.findAll().map(({ node }) => node.path);
    for (const path of [
      'Test/Server/Storage/Table/Resource',
      'Test/Server/Keys/Secret/Resource',
      'Test/Server/Compute/Function/Resource',
      'Test/Server/Compute/Function/FunctionUrl/Resource',
      'Test/Server/Compute/Logs/Resource',
      'Test/Server/Compute/Role/Resource',
    ]) {
      expect(paths).toContain(path);
    }
  });
});

test('a server with every property', () => {
  const stack = testStack();
  const key = new kms.Key(stack, 'Key');
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 1,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Inside', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  const group = new ec2.SecurityGroup(stack, 'Group', { vpc });
  const server = new McpServer(stack, 'Server', {
    code: McpCode.typescript({ entry: ENTRY, bundling: { sourceMap: false } }),
    auth: McpAuth.jwt({ ...JWT, scopes: ['weather.read'] }),
    compute: McpCompute.lambda({
      memorySize: 1769,
      timeout: Duration.seconds(900),
      architecture: lambda.Architecture.X86_64,
      reservedConcurrency: 5,
      logRetention: logs.RetentionDays.ONE_DAY,
      logRemovalPolicy: RemovalPolicy.RETAIN,
      tracing: lambda.Tracing.DISABLED,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [group],
    }),
    storage: McpStorage.dynamoDb({
      tableName: 'weather-data',
      maxReadRequestUnits: 10,
      maxWriteRequestUnits: 20,
      recoveryPeriod: Duration.days(7),
      deletionProtection: false,
      encryptionKey: key,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    keys: new KeyRing(stack, 'Ring', { encryptionKey: key, removalPolicy: RemovalPolicy.DESTROY }),
    serverName: 'weather.eu',
    baseUrl: 'https://mcp.example.com',
    environment: { GREETING: 'hello' },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const template = templateOf(server);
  template.hasResource('AWS::Lambda::Function', {
    Properties: {
      Architectures: ['x86_64'],
      MemorySize: 1769,
      Timeout: 900,
      ReservedConcurrentExecutions: 5,
      TracingConfig: Match.absent(),
      VpcConfig: { SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('Group'), 'GroupId'] }] },
      Environment: {
        Variables: {
          GREETING: 'hello',
          MCP_SERVER_NAME: 'weather.eu',
          MCP_BASE_URL: 'https://mcp.example.com',
          MCP_AUTH: JSON.stringify({
            mode: 'jwt',
            issuer: JWT.issuer,
            audience: [JWT.audience],
            scopes: ['weather.read'],
          }),
          NODE_OPTIONS: Match.absent(),
        },
      },
    },
  });
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Delete',
    Properties: {
      TableName: 'weather-data',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 20 },
    },
  });
  template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain', Properties: { RetentionInDays: 1 } });
  template.resourceCountIs('AWS::SecretsManager::Secret', 1);
  expect(server.url).toBe('https://mcp.example.com/mcp');
  expect(server.connections.securityGroups).toHaveLength(1);
});

test('one removal policy serves all that the server creates', () => {
  const template = templateOf(testServer({ removalPolicy: RemovalPolicy.DESTROY }));
  for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup']) {
    template.hasResource(type, { DeletionPolicy: 'Delete' });
  }
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    Replicas: [Match.objectLike({ DeletionProtectionEnabled: false })],
  });
});

describe('metrics', () => {
  const server = testServer();

  test.each([
    ['Invocations', 'Sum', server.metricInvocations()],
    ['Errors', 'Sum', server.metricErrors()],
    ['Throttles', 'Sum', server.metricThrottles()],
    ['Duration', 'Average', server.metricDuration()],
    ['Duration', 'p99', server.metricDuration({ statistic: 'p99' })],
    ['UrlRequestCount', 'Sum', server.metric('UrlRequestCount', { statistic: 'Sum' })],
  ])('%s, %s', (name, statistic, metric) => {
    expect(metric).toMatchObject({ namespace: 'AWS/Lambda', metricName: name, statistic });
    expect(Stack.of(server).resolve(metric.dimensions)).toEqual({
      FunctionName: { Ref: expect.stringMatching('Function') },
    });
  });
});

describe('what a shape does not have', () => {
  test('a server in no network has no security groups', () => {
    expect(() => testServer().connections).toThrow('give its compute a vpc');
  });

  test('memory has no table', () => {
    expect(() => testServer({ storage: McpStorage.memory() }).storage.table).toThrow('McpStorage.dynamoDb()');
  });

  test('memory grants nothing, and makes nothing', () => {
    const template = templateOf(testServer({ storage: McpStorage.memory() }));
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    expect(JSON.stringify(template.toJSON())).not.toContain('dynamodb:');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { MCP_STORE_URL: 'memory:' } },
    });
  });
});
