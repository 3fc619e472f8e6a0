import { Fn, Token } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { McpNetwork, McpStorage, RuntimePart } from '../../../../lib/index.ts';
import { secondServer, storeUrlOf, textOf } from '../elasticache/support.ts';
import { ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';

const HOST = 'store.example.com';

describe('a URL of anything that the runtime opens', () => {
  test.each([
    ['rediss://store.example.com', 'REDIS_STORE'],
    ['rediss://store.example.com:6380/2', 'REDIS_STORE'],
    ['valkeys://store.example.com/0?cluster=true', 'REDIS_STORE'],
    ['redis://store.example.com?plaintext=true', 'REDIS_STORE'],
    ['memcacheds://store.example.com:11211', 'MEMCACHED_STORE'],
    ['memcached://store.example.com?plaintext=true', 'MEMCACHED_STORE'],
    ['mongodb+srv://store.example.com/weather', 'MONGODB_STORE'],
    ['mongodb+tls://store.example.com:27017/weather?replicaSet=rs0', 'MONGODB_STORE'],
    ['elasticsearch+https://store.example.com/weather', 'OPENSEARCH_STORE'],
    ['opensearch+https://store.example.com:9200/weather', 'OPENSEARCH_STORE'],
  ])('%s is handed on as it is, with its part of the runtime and nothing more', (url, part) => {
    const server = testServer({ storage: McpStorage.fromUrl(url) });
    expect(server.storage.url).toBe(url);
    expect(server.storage.parts).toEqual([RuntimePart[part as 'REDIS_STORE']]);
    expect(server.storage.shared).toBe(true);
    const template = templateOf(server);
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.resourceCountIs('AWS::SecretsManager::Secret', 1); // the keys
    template.resourceCountIs('AWS::ElastiCache::User', 0);
  });
});

describe('credentials', () => {
  test('are a secret that the server may fetch, and the URL says which', () => {
    const stack = testStack();
    const credentials = new secretsmanager.Secret(stack, 'Credentials');
    testServer({ storage: McpStorage.fromUrl(`rediss://${HOST}?cluster=true`, { credentials }) }, stack);
    const template = templateOf(stack);
    expect(storeUrlOf(template)).toBe(`rediss://${HOST}?cluster=true&secret={Credentials}`);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: Match.arrayWith([{ Ref: Match.stringLikeRegexp('^Cred') }]),
          },
        ]),
      },
    });
  });

  test('with a key of the customer: the server may decrypt with it, through Secrets Manager only', () => {
    const stack = testStack();
    const credentials = new secretsmanager.Secret(stack, 'Credentials', { encryptionKey: new kms.Key(stack, 'Key') });
    testServer({ storage: McpStorage.fromUrl(`mongodb+srv://${HOST}/weather`, { credentials }) }, stack);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'kms:Decrypt',
            Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
          }),
        ]),
      },
    });
  });

  test('known by an ARN: what a query would read as a space is written so that it does not', () => {
    const stack = testStack();
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:redis/a+b-AbCdEf';
    const credentials = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Credentials', arn);
    const { storage } = testServer({ storage: McpStorage.fromUrl(`rediss://${HOST}`, { credentials }) }, stack);
    expect(new URL(storage.url).searchParams.get('secret')).toBe(arn);
  });

  test('others may be let in as the server is', () => {
    const stack = testStack();
    const credentials = new secretsmanager.Secret(stack, 'Credentials');
    const server = testServer({ storage: McpStorage.fromUrl(`rediss://${HOST}`, { credentials }) }, stack);
    const other = testServer({ serverName: 'other' }, testStack(undefined, 'Elsewhere'));
    expect(server.storage.grants.readWrite(other).success).toBe(true);
  });
});

describe('what is refused, without repeating what may be a password', () => {
  test.each([
    ['store.example.com:6379', 'the URL of a store begins with its scheme, written out: one of rediss, valkeys'],
    ['amqp://store.example.com', 'unknown scheme "amqp" of a store: use one of rediss, valkeys'],
    ['dynamodb://table', 'use McpStorage.fromTable(table)'],
    ['file:///mnt/mcp', 'use McpStorage.disk()'],
    ['memory:', 'use McpStorage.memory()'],
    ['rediss://:hunter2@store.example.com', 'must not contain a password'],
    ['rediss://me:hunter2@store.example.com', 'must not contain a password'],
    ['mongodb+srv://me:hunter2@store.example.com/x', 'must not contain a password'],
    ['opensearch+https://me:hunter2@store.example.com', 'must not contain a password'],
    ['rediss://me:hunter2@', 'must not contain a password'],
    ['rediss://store.example.com?secret=hunter2', 'name it as credentials'],
    ['rediss://me@store.example.com?auth=iam&cache=hunter2', 'use McpStorage.fromCache()'],
    ['rediss://store.example.com:hunter2', 'cannot be read: check its host and its port'],
    ['opensearch+https:///hunter2', 'URL of a store names a host'],
    ['mongodb+tls://hunter2,b/db', 'names one host, no list: name any of a replica set, and the others are learned'],
    ['memcacheds://hunter2:99999', 'cannot be read: check its host and its port'],
    ['redis://store.example.com', 'sends everything in clear'],
    ['redis://localhost', 'nothing else runs on the machine of the server: name the host of the store'],
    ['memcached://127.0.0.1:11211', 'nothing else runs on the machine of the server'],
    ['mongodb://[::1]/weather', 'nothing else runs on the machine of the server'],
    ['rediss://store.example.com?hunter2=1', 'has the options'],
    ['rediss://store.example.com/0?cluster=hunter2', 'has cluster=true or cluster=false'],
    ['memcached://store.example.com', 'sends everything in plain text'],
    ['mongodb://store.example.com', 'sends everything in clear'],
    ['opensearch+http://store.example.com', 'plain'],
    ['elasticsearch+https://store.example.com/x?hunter2=1', 'has the options'],
  ])('%s', (url, message) => {
    const attempt = () => McpStorage.fromUrl(url);
    expect(attempt).toThrow(new RegExp(message.replaceAll(/[.()]/g, '\\$&'), 'i'));
    if (!url.includes('?hunter2')) expect(attempt).not.toThrow(/hunter2/);
  });
});

describe('what only the deployment knows', () => {
  test('is handed on', () => {
    const stack = testStack();
    const credentials = new secretsmanager.Secret(stack, 'Credentials');
    const url = `rediss://${Fn.importValue('Host')}:6390/0`;
    const server = testServer({ storage: McpStorage.fromUrl(url, { credentials }) }, stack);
    expect(Token.isUnresolved(server.storage.url)).toBe(true);
    const text = JSON.stringify(templateOf(stack).findResources('AWS::Lambda::Function'));
    expect(text).toContain(':6390/0?secret=');
    expect(() => textOf({ 'Fn::ImportValue': 'Host' })).toThrow('no text');
  });

  test('cannot be the scheme, which decides what is bundled', () => {
    expect(() => McpStorage.fromUrl(Fn.importValue('Url'))).toThrow('begins with its scheme, written out');
  });

  test('hides no password', () => {
    expect(() => McpStorage.fromUrl(`rediss://me:${Fn.importValue('Password')}@${HOST}`)).toThrow('password');
  });
});

describe('the network', () => {
  const isolated = () => {
    const stack = testStack();
    return { stack, network: new McpNetwork(stack, 'Network') };
  };

  test('is joined, and the store is reached on its port only, inside of it', () => {
    const { stack, network } = isolated();
    testServer({ storage: McpStorage.fromUrl(`rediss://${HOST}:6390`, { network }) }, stack);
    const template = templateOf(stack);
    template.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.anyValue() });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([
        Match.objectLike({
          CidrIp: { 'Fn::GetAtt': [Match.stringLikeRegexp('NetworkVpc'), 'CidrBlock'] },
          FromPort: 6390,
          ToPort: 6390,
        }),
      ]),
    });
  });

  test.each([
    ['rediss://store.example.com', 6379],
    ['memcacheds://store.example.com', 11211],
    ['mongodb+tls://store.example.com/x', 27017],
    ['opensearch+https://store.example.com/x', 443],
    ['elasticsearch+http://store.example.com/x?plaintext=true', 80],
    ['valkeys://store.example.com:7000?cluster=true', 7000],
  ])('%s: the security group of the store lets the server in, on port %i', (url, port) => {
    const { stack, network } = isolated();
    const securityGroup = new ec2.SecurityGroup(stack, 'Store', { vpc: network.vpc, allowAllOutbound: false });
    testServer({ storage: McpStorage.fromUrl(url, { network, securityGroup }) }, stack);
    expect(ingressEdges(templateOf(stack), ['ServerCompute', 'Store', 'EndpointSecretsmanager'])).toEqual([
      'ServerCompute → EndpointSecretsmanager:443',
      `ServerCompute → Store:${port}`,
    ]);
  });

  test('without a way out, and not said to be the place of the store: refused', () => {
    const { stack, network } = isolated();
    expect(() => testServer({ network, storage: McpStorage.fromUrl(`rediss://${HOST}`) }, stack)).toThrow(
      'is in a network without a way to the internet',
    );
  });

  test('with a way out is as good as none', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network', { natGateways: 1 });
    expect(testServer({ network, storage: McpStorage.fromUrl(`rediss://${HOST}`) }, stack).storage.url).toContain(HOST);
  });
});

describe('OAuth state', () => {
  test.each([
    ['mongodb+srv://store.example.com/x', undefined],
    ['opensearch+https://store.example.com/x', undefined],
    ['rediss://store.example.com?durable=true', undefined],
    ['rediss://store.example.com', 'loses writes that were acknowledged'],
    ['memcacheds://store.example.com', 'evicts entries'],
  ])('%s: %s', (url, reason) => {
    const { storage } = testServer({ storage: McpStorage.fromUrl(url) });
    if (reason === undefined) expect(storage.unfitForState).toBeUndefined();
    else expect(storage.unfitForState).toContain(reason);
  });

  test('the loss can be accepted of Redis, never of Memcached', () => {
    const unfit = (url: string) =>
      testServer({ storage: McpStorage.fromUrl(url, { allowLostWrites: true }) }).storage.unfitForState;
    expect(unfit(`rediss://${HOST}`)).toBeUndefined();
    expect(unfit(`memcacheds://${HOST}`)).toContain('evicts entries');
  });
});

test('two servers of one name on one URL would share their entries: refused', () => {
  const stack = testStack();
  testServer({ storage: McpStorage.fromUrl(`rediss://${HOST}/0`) }, stack);
  const storage = McpStorage.fromUrl(`rediss://${HOST}/0?cluster=true`);
  expect(() => secondServer(stack, { serverName: 'weather', storage })).toThrow(
    'two servers named "weather" would share one namespace of one store',
  );
  expect(secondServer(new Construct(stack, 'Other'), { serverName: 'news', storage }).storage.shared).toBe(true);
});
