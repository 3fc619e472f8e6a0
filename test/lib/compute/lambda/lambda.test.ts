import { Duration, Token } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { BoundCompute, McpAuth, McpCode, McpCompute, McpServer } from '../../../../lib/index.ts';
import { ENTRY, templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';

describe('limits of Lambda', () => {
  test.each([128, 512, 10240])('%i MB of memory is fine', (memorySize) => {
    const template = templateOf(testServer({ compute: McpCompute.lambda({ memorySize }) }));
    template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: memorySize });
  });

  test.each([0, 127, 512.5, 10241, NaN])('%d MB of memory is refused', (memorySize) => {
    expect(() => McpCompute.lambda({ memorySize })).toThrow(
      `memorySize must be a whole number of MB, 128 to 10240, got ${memorySize}`,
    );
  });

  test.each([1, 60, 900])('%i seconds are fine', (seconds) => {
    const template = templateOf(testServer({ compute: McpCompute.lambda({ timeout: Duration.seconds(seconds) }) }));
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: seconds });
  });

  test.each([Duration.seconds(0), Duration.seconds(901), Duration.millis(1500), Duration.hours(1)])(
    '%s are refused',
    (timeout) => {
      expect(() => McpCompute.lambda({ timeout })).toThrow(
        `timeout must be a whole number of seconds, 1 to 900, got ${timeout.toSeconds({ integral: false })}`,
      );
    },
  );

  test.each([0, 1, 1000])('a reserved concurrency of %i is fine', (reservedConcurrency) => {
    const template = templateOf(testServer({ compute: McpCompute.lambda({ reservedConcurrency }) }));
    template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: reservedConcurrency });
  });

  test.each([-1, 1.5])('a reserved concurrency of %d is refused', (reservedConcurrency) => {
    expect(() => McpCompute.lambda({ reservedConcurrency })).toThrow(
      `reservedConcurrency must be a whole number of concurrent calls, 0 or more, got ${reservedConcurrency}`,
    );
  });

  test('values that are known only at deployment are left to Lambda', () => {
    const memorySize = Token.asNumber({ Ref: 'Memory' });
    const timeout = Duration.seconds(Token.asNumber({ Ref: 'Timeout' }));
    const template = templateOf(testServer({ compute: McpCompute.lambda({ memorySize, timeout }) }));
    template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: { Ref: 'Memory' },
      Timeout: { Ref: 'Timeout' },
    });
  });
});

test('a construct with a long path is described as far as Lambda has room', () => {
  const stack = testStack(testApp(), 'A'.repeat(128));
  const deep = new Construct(stack, 'B'.repeat(200));
  const code = McpCode.typescript({ entry: ENTRY });
  const server = new McpServer(deep, 'Server', { code, auth: McpAuth.iam(), serverName: 'a' });
  templateOf(server).hasResourceProperties('AWS::Lambda::Function', {
    Description: `MCP server ${server.node.path}`.slice(0, 256),
  });
});

describe('environment variables', () => {
  test('those of the author are added', () => {
    const template = templateOf(testServer({ environment: { CITY: 'Oslo', EMPTY: '' } }));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { CITY: 'Oslo', EMPTY: '' } },
    });
  });

  test.each(['AWS_REGION', 'AWS_SESSION_TOKEN', 'LAMBDA_TASK_ROOT', '_HANDLER'])('%s is reserved', (name) => {
    expect(() => testServer({ environment: { [name]: 'x' } })).toThrow(
      `the environment variable ${name} is reserved by Lambda: choose another name`,
    );
  });

  test.each(['A', '1A', 'A-B', 'A B', ''])('%j is no name', (name) => {
    expect(() => testServer({ environment: { [name]: 'x' } })).toThrow(
      `the environment variable ${JSON.stringify(name)} must have a name of two or more letters`,
    );
  });

  test('all together have 4 KB', () => {
    expect(() => testServer({ environment: { LONG: 'x'.repeat(3500) } })).not.toThrow();
    expect(() => testServer({ environment: { LONG: 'ä'.repeat(2040) } })).toThrow(
      /the environment variables take 4\d\d\d bytes and Lambda has room for 4096/,
    );
  });
});

describe('a function in a network', () => {
  const stack = testStack();
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
  const server = testServer({ compute: McpCompute.lambda({ vpc }) }, stack);
  const template = templateOf(stack);

  test('has a security group that lets nothing in', () => {
    server.connections.allowToAnyIpv4(ec2.Port.tcp(443));
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    template.resourcePropertiesCountIs('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.anyValue() }, 0);
    expect(server.compute.connections).toBe(server.compute.function.connections);
  });

  test('may make its network interfaces, by a policy of its own', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['ec2:CreateNetworkInterface']), Resource: '*' }),
        ]),
      },
    });
  });

  test('subnets without a network are refused', () => {
    expect(() => McpCompute.lambda({ vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })).toThrow('add vpc');
    expect(() => McpCompute.lambda({ securityGroups: [] })).toThrow('add vpc');
  });
});

describe('the role', () => {
  test('has no managed policy: that of functions lets them write to every log group', () => {
    const template = templateOf(testServer());
    template.resourcePropertiesCountIs('AWS::IAM::Role', { ManagedPolicyArns: Match.anyValue() }, 0);
  });

  test('has a wildcard for X-Ray only, and none without tracing', () => {
    const wildcards = (tracing: lambda.Tracing): unknown[] => {
      const policies = templateOf(testServer({ compute: McpCompute.lambda({ tracing }) })).findResources(
        'AWS::IAM::Policy',
      );
      return Object.values(policies)
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Resource }) => JSON.stringify(Resource).includes('*'))
        .map(({ Action }) => Action);
    };
    expect(wildcards(lambda.Tracing.ACTIVE)).toEqual([['xray:PutTelemetryRecords', 'xray:PutTraceSegments']]);
    expect(wildcards(lambda.Tracing.DISABLED)).toEqual([]);
  });
});

test('another compute says what it does not have', () => {
  class OtherCompute extends BoundCompute {
    readonly rootUrl = 'https://example.com/';
    readonly ephemeral = false;
    readonly role = undefined as never;
    readonly logGroup = undefined as never;
    grantInvoke = undefined as never;
    metric = undefined as never;
  }
  const other = new OtherCompute(testStack(), 'Other');
  expect(() => other.function).toThrow('only McpCompute.lambda() has one');
  expect(() => other.functionUrl).toThrow('only McpCompute.lambda() has one');
});

test('one compute and one code can serve two servers: each gets a function', () => {
  const compute = McpCompute.lambda({ memorySize: 256 });
  const code = McpCode.typescript({ entry: ENTRY });
  const app = testApp();
  for (const serverName of ['one', 'two']) {
    testServer({ compute, code, serverName }, testStack(app, serverName));
  }
  for (const stack of app.node.children) templateOf(stack).resourceCountIs('AWS::Lambda::Function', 1);
});
