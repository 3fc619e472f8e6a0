import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { CacheEngine, CacheShape, CacheUser, McpCache, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import type { IMcpCache, McpCacheProps } from '../../../../lib/index.ts';
import { ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';
import { secondServer, storeUrlOf } from './support.ts';

/** Ids of security groups. */
const GROUPS = ['ServerCompute', 'CacheSecurityGroup', 'EndpointSecretsmanager'];

function sharedCache(stack: Stack, props: Partial<McpCacheProps> = {}): McpCache {
  return new McpCache(stack, 'Cache', { ...props, network: props.network ?? new McpNetwork(stack, 'Network') });
}

describe('one cache, two servers', () => {
  const stack = testStack();
  const cache = sharedCache(stack);
  testServer({ storage: McpStorage.fromCache(cache) }, stack);
  secondServer(stack, { serverName: 'news', storage: McpStorage.fromCache(cache) });
  const template = templateOf(stack);

  test('are one cache, one network and one group, with a user for each', () => {
    template.resourceCountIs('AWS::ElastiCache::ServerlessCache', 1);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::ElastiCache::User', 2);
    template.hasResourceProperties('AWS::ElastiCache::UserGroup', {
      UserIds: [
        { Ref: Match.stringLikeRegexp('CacheUsersOfweather') },
        { Ref: Match.stringLikeRegexp('CacheUsersOfnews') },
      ],
    });
  });

  test('each may touch keys of its own name only', () => {
    const strings = Object.values(template.findResources('AWS::ElastiCache::User')).map(
      ({ Properties }) => (Properties.AccessString as string).split(' ')[1],
    );
    expect(strings).toEqual(['~weather__*', '~news__*']);
  });

  test('each signs in as itself', () => {
    expect(storeUrlOf(template)).toMatch(/^valkeys:\/\/weather-[0-9a-f]{8}@\{Cache\.Endpoint\.Address\}:6379/);
    expect(storeUrlOf(template, 'Second')).toMatch(/^valkeys:\/\/news-[0-9a-f]{8}@\{Cache\.Endpoint\.Address\}:6379/);
  });

  test('the security groups let exactly them in, on exactly the port, and each to Secrets Manager', () => {
    expect(ingressEdges(template, ['SecondCompute', ...GROUPS])).toEqual([
      'SecondCompute → CacheSecurityGroup:6379',
      'SecondCompute → EndpointSecretsmanager:443',
      'ServerCompute → CacheSecurityGroup:6379',
      'ServerCompute → EndpointSecretsmanager:443',
    ]);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });
});

test('servers in stacks of their own depend on the stack of the cache, which depends on none', () => {
  const app = testApp();
  const data = testStack(app, 'Data');
  const cache = sharedCache(data);
  const stacks = ['weather', 'news'].map((serverName) => {
    const stack = testStack(app, serverName);
    testServer({ serverName, storage: McpStorage.fromCache(cache) }, stack);
    return stack;
  });
  app.synth();
  expect(data.dependencies).toEqual([]);
  for (const stack of stacks) {
    expect(stack.dependencies).toEqual([data]);
    expect(ingressEdges(templateOf(stack), GROUPS)).toEqual([
      'ServerCompute → CacheSecurityGroup:6379',
      'ServerCompute → EndpointSecretsmanager:443',
    ]);
    templateOf(stack).resourceCountIs('AWS::ElastiCache::User', 0);
  }
  expect(ingressEdges(templateOf(data), [])).toEqual([]);
  templateOf(data).resourceCountIs('AWS::ElastiCache::User', 2);
  templateOf(data).resourceCountIs('AWS::EC2::VPCEndpoint', 1);
});

describe('what cannot be shared so', () => {
  test('one name', () => {
    const stack = testStack();
    const cache = sharedCache(stack);
    testServer({ storage: McpStorage.fromCache(cache) }, stack);
    expect(() => secondServer(stack, { serverName: 'weather', storage: McpStorage.fromCache(cache) })).toThrow(
      'two servers named "weather" would share one namespace of one cache',
    );
  });

  test('a user of somebody else', () => {
    const stack = testStack();
    const storage = McpStorage.fromCache(sharedCache(stack), { user: CacheUser.iam('me') });
    expect(() => testServer({ storage }, stack)).toThrow('makes a user for each of its servers: leave out the user');
  });

  test('another network', () => {
    const stack = testStack();
    const storage = McpStorage.fromCache(sharedCache(stack));
    const network = new McpNetwork(stack, 'Other');
    expect(() => testServer({ storage, network }, stack)).toThrow('give both the same, McpServer({ network, … })');
  });

  test.each(['valkey', 'redis'] as const)('the cache of McpStorage.%s()', (name) => {
    const storage = McpStorage[name]();
    testServer({ storage });
    expect(() => testServer({ storage }, testStack(undefined, 'Other'))).toThrow(
      `this McpStorage.${name}() already made the cache of "Test/Server": share it with "Other/Server" by ` +
        'new McpCache(…) and McpStorage.fromCache(cache)',
    );
  });
});

describe('a cache that nobody uses', () => {
  test('is refused, since ElastiCache makes none', () => {
    const app = testApp();
    sharedCache(testStack(app));
    expect(() => app.synth()).toThrow(
      'this cache has no user, and ElastiCache makes none without: give it to a server',
    );
  });

  test('of Redis OSS has its closed user', () => {
    const app = testApp();
    const stack = testStack(app);
    sharedCache(stack, { engine: CacheEngine.REDIS_7_1 });
    app.synth();
    templateOf(stack).resourceCountIs('AWS::ElastiCache::User', 1);
  });

  test('can have a user for a server of another application', () => {
    const app = testApp();
    const stack = testStack(app);
    sharedCache(stack).addUser('elsewhere');
    app.synth();
    templateOf(stack).hasResourceProperties('AWS::ElastiCache::User', {
      AccessString: Match.stringLikeRegexp('^on ~elsewhere__\\* -@all '),
    });
  });

  test('has one user of a name', () => {
    const cache = sharedCache(testStack());
    cache.addUser('elsewhere');
    expect(() => cache.addUser('elsewhere')).toThrow('elsewhere');
  });
});

test('a network with one zone is told that a serverless cache needs two', () => {
  const stack = testStack();
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
  const network = new McpNetwork(stack, 'Network', { vpc });
  expect(() => sharedCache(stack, { network })).toThrow('needs subnets in 2 or 3 availability zones');
});

test('of many subnets, a serverless cache takes one in each of three zones', () => {
  const stack = testStack();
  const subnet = (name: string) => ({ name, subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    natGateways: 0,
    subnetConfiguration: [subnet('One'), subnet('Two')],
  });
  sharedCache(stack, {
    network: new McpNetwork(stack, 'Network', { vpc, vpcSubnets: { subnets: vpc.isolatedSubnets } }),
  }).addUser('x');
  templateOf(stack).hasResourceProperties('AWS::ElastiCache::ServerlessCache', {
    SubnetIds: [
      { Ref: Match.stringLikeRegexp('OneSubnet1') },
      { Ref: Match.stringLikeRegexp('OneSubnet2') },
      { Ref: Match.stringLikeRegexp('OneSubnet3') },
    ],
  });
});

describe('a cache that exists already', () => {
  function importInto(
    stack: Stack,
    make: (network: McpNetwork, group: ec2.ISecurityGroup) => IMcpCache,
    user?: CacheUser,
  ) {
    const network = new McpNetwork(stack, 'Network', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 }) });
    const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-12345678');
    return testServer({ storage: McpStorage.fromCache(make(network, group), { user }) }, stack);
  }
  const serverless = (stack: Stack) => (network: McpNetwork, securityGroup: ec2.ISecurityGroup) =>
    McpCache.fromServerlessCacheAttributes(stack, 'Cache', {
      engine: CacheEngine.VALKEY_8_1,
      cacheName: 'old',
      endpointAddress: 'old-abc.serverless.euw1.cache.amazonaws.com',
      network,
      securityGroup,
    });

  test('serverless: is used with its user, and only told to let the server in', () => {
    const stack = testStack();
    importInto(stack, serverless(stack), CacheUser.iam('weather'));
    const template = templateOf(stack);
    expect(storeUrlOf(template)).toBe(
      'valkeys://weather@old-abc.serverless.euw1.cache.amazonaws.com:6379/0' +
        '?auth=iam&cache=old&serverless=true&region=eu-west-1&cluster=true',
    );
    for (const type of ['ServerlessCache', 'User', 'UserGroup'])
      template.resourceCountIs(`AWS::ElastiCache::${type}`, 0);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-12345678',
      FromPort: 6379,
      ToPort: 6379,
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'elasticache:Connect',
            Resource: [arn('serverlesscache:old'), arn('user:weather')],
          },
        ]),
      },
    });
  });

  test.each([
    [{}, ''],
    [{ clusterMode: true }, '&cluster=true'],
    [{ clusterMode: true, durable: true, port: 7000 }, '&cluster=true&durable=true'],
  ])('replication group %j', (attributes, query) => {
    const stack = testStack();
    const server = importInto(
      stack,
      (network) =>
        McpCache.fromReplicationGroupAttributes(stack, 'Cache', {
          engine: CacheEngine.REDIS_7_1,
          replicationGroupId: 'old',
          endpointAddress: 'old.abc.euw1.cache.amazonaws.com',
          network,
          ...attributes,
        }),
      CacheUser.iam('weather'),
    );
    const port = 'port' in attributes ? attributes.port : 6379;
    expect(storeUrlOf(templateOf(stack))).toBe(
      `rediss://weather@old.abc.euw1.cache.amazonaws.com:${port}/0?auth=iam&cache=old&region=eu-west-1${query}`,
    );
    expect(server.storage.unfitForState === undefined).toBe('durable' in attributes);
    expect(JSON.stringify(templateOf(stack).findResources('AWS::IAM::Policy'))).toContain(':replicationgroup:old');
    templateOf(stack).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('with a password in a secret', () => {
    const stack = testStack();
    const secret = new secretsmanager.Secret(stack, 'Password');
    importInto(stack, serverless(stack), CacheUser.password(secret));
    const template = templateOf(stack);
    expect(storeUrlOf(template)).toBe(
      'valkeys://old-abc.serverless.euw1.cache.amazonaws.com:6379/0?secret={Password}&cluster=true',
    );
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('elasticache:Connect');
  });

  test('without a user: is told to name one', () => {
    const stack = testStack();
    expect(() => importInto(stack, serverless(stack))).toThrow(
      "name it, McpStorage.fromCache(cache, { user: CacheUser.iam('…') })",
    );
  });

  test('twice: the same name is still the same cache', () => {
    const stack = testStack();
    const server = importInto(stack, serverless(stack), CacheUser.iam('weather'));
    const network = new McpNetwork(stack, 'Again', { vpc: new ec2.Vpc(stack, 'Other', { maxAzs: 2 }) });
    const again = McpCache.fromServerlessCacheAttributes(stack, 'TheSame', {
      engine: CacheEngine.VALKEY_8_1,
      cacheName: 'old',
      endpointAddress: 'old-abc.serverless.euw1.cache.amazonaws.com',
      network,
    });
    expect(() =>
      secondServer(stack, {
        serverName: server.serverName,
        storage: McpStorage.fromCache(again, { user: CacheUser.iam('b') }),
      }),
    ).toThrow('would share one namespace of one cache');
  });

  test.each(['', 'Weather', 'a b', 'a'.repeat(41), '-a'])('the user %j is refused', (userId) => {
    expect(() => CacheUser.iam(userId)).toThrow('the id of a cache user must be 1 to 40');
  });
});

test('a cache made here is durable or not as its shape is', () => {
  const stack = new Stack(new App(), 'Plain');
  expect(sharedCache(stack, { shape: CacheShape.nodes() }).durable).toBe(false);
});

function arn(resource: string): string {
  return `arn:aws:elasticache:eu-west-1:111122223333:${resource}`;
}
