import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

import { KeyRing, McpAuth, McpCode, McpCompute, McpServer, McpStorage } from '../../lib/index.ts';
import type { McpAuthConfig, McpServerProps } from '../../lib/index.ts';
import { ENTRY, silenceWarnings, templateOf, testApp, testServer, testStack } from './support/test-app.ts';

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

describe('the name of a server', () => {
  test('is made from its path when none is given', () => {
    const stack = testStack(testApp(), 'Prod-Stack');
    const server = testServer({ serverName: undefined }, stack);
    expect(server.serverName).toMatch(/^ProdStack-Server-[0-9A-F]{8}$/);
  });

  test.each(['', '_a', 'a__b', 'a_', 'a b', 'ä', 'a*', 'a'.repeat(64)])('cannot be %j', (serverName) => {
    expect(() => testServer({ serverName })).toThrow(`got ${JSON.stringify(serverName)}`);
  });

  test('must be known at synth', () => {
    expect(() => testServer({ serverName: Token.asString({ Ref: 'Name' }) })).toThrow('write it as a literal');
  });
});

describe('the base URL', () => {
  test.each([
    'mcp.example.com',
    'https://mcp.example.com/mcp',
    'http://mcp.example.com',
    'https://a:b@mcp.example.com',
  ])('cannot be %j', (baseUrl) => {
    expect(() => testServer({ baseUrl })).toThrow(`got ${JSON.stringify(baseUrl)}`);
  });

  test('loses a trailing slash', () => {
    expect(testServer({ baseUrl: 'https://mcp.example.com/' }).url).toBe('https://mcp.example.com/mcp');
  });

  test('may be known only at deployment', () => {
    const server = testServer({ baseUrl: Token.asString({ Ref: 'Domain' }) });
    templateOf(server).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { MCP_BASE_URL: { Ref: 'Domain' } } },
    });
  });
});

describe('the choices that must be made', () => {
  test('auth is required, in JavaScript too', () => {
    expect(() => testServer({ auth: undefined as unknown as McpAuth })).toThrow(
      'auth is required, so that no server is public by accident: auth: McpAuth.iam(), McpAuth.jwt(',
    );
  });

  test('code is required, in JavaScript too', () => {
    expect(() => testServer({ code: undefined as unknown as McpCode })).toThrow(
      "McpCode.typescript({ entry: 'server.ts' })",
    );
  });

  test('variables of the wiring cannot be set by hand', () => {
    expect(() => testServer({ environment: { MCP_AUTH: '{"mode":"none"}' } })).toThrow(
      'the environment variable MCP_AUTH is written by McpServer',
    );
  });
});

describe('who may call', () => {
  test('grants.invoke lets a role call through the URL and not otherwise', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountPrincipal('111122223333') });
    testServer({}, stack).grants.invoke(role);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('Caller') }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunctionUrl',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Function'), 'Arn'] },
            Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
          },
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Function'), 'Arn'] },
            Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } },
          },
        ],
      },
    });
  });

  test.each([
    ['none', McpAuth.none()],
    ['jwt', McpAuth.jwt(JWT)],
  ])('%s: everybody reaches the server through its URL, with both permissions, and not otherwise', (_name, auth) => {
    const template = templateOf(testServer({ auth }));
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: '*',
      InvokedViaFunctionUrl: true,
    });
    template.resourceCountIs('AWS::Lambda::Permission', 2);
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Permission',
      { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: Match.absent() },
      0,
    );
  });
});

describe('warnings', () => {
  const PUBLIC = 'cdk-mcp-kit:publicServer';
  const FORGETFUL = 'cdk-mcp-kit:forgetfulStorage';

  function warningsOf(props: Partial<McpServerProps>): string[] {
    const stack = testStack();
    testServer(props, stack);
    return Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => entry.data as string);
  }

  test('a public server is warned of', () => {
    expect(warningsOf({ auth: McpAuth.none() })).toEqual([expect.stringContaining(PUBLIC)]);
  });

  test('memory on Lambda is warned of', () => {
    expect(warningsOf({ storage: McpStorage.memory() })).toEqual([expect.stringContaining(FORGETFUL)]);
  });

  test.each([McpAuth.iam(), McpAuth.jwt(JWT)])('a server that asks for credentials is not', (auth) => {
    expect(warningsOf({ auth })).toEqual([]);
  });
});

describe('auth that keeps state', () => {
  class StatefulAuth extends McpAuth {
    override bind(): McpAuthConfig {
      return { _policy: { mode: 'none' }, parts: [], signedByAws: false, keepsState: true };
    }
  }

  test('is refused where the state would be lost', () => {
    expect(() => testServer({ auth: new StatefulAuth(), storage: McpStorage.memory() })).toThrow(
      'use storage: McpStorage.dynamoDb()',
    );
  });

  test('is fine in a table', () => {
    expect(() => testServer({ auth: new StatefulAuth() })).not.toThrow();
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
