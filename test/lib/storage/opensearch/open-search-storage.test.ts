import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { indexName } from '../../../../lambda/store/opensearch/names.ts';
import { parseSearchUrl } from '../../../../lambda/store/opensearch/url.ts';
import {
  McpNetwork,
  McpSearchCollection,
  McpSearchDomain,
  McpStorage,
  OpenSearchShape,
} from '../../../../lib/index.ts';
import type { McpServer } from '../../../../lib/index.ts';
import { INDEX_PERMISSIONS } from '../../../../lib/storage/opensearch/collection-grants.ts';
import { DOMAIN_ACTIONS } from '../../../../lib/storage/opensearch/domain-grants.ts';
import { indexesOf } from '../../../../lib/storage/opensearch/index-prefix.ts';
import { decide } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { egressToAddresses, ingressEdges } from '../../support/security-groups.ts';
import { silenceWarnings, templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const SERVERLESS = OpenSearchShape.serverless();

/** The URL with `host` for what is known at deployment. */
function urlOf(server: McpServer): string {
  const [handler] = Object.values(templateOf(server).findResources('AWS::Lambda::Function'));
  const value: unknown = handler!.Properties.Environment.Variables.MCP_STORE_URL;
  if (typeof value === 'string') return value;
  const parts = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : 'host')).join('');
}

describe('what the adapter asks for is what is granted', () => {
  const folder = join(__dirname, '../../../../lambda/store/opensearch');
  const source = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');

  test('methods', () => {
    const methods = new Set([...source.matchAll(/method: '([A-Z]+)'/g)].map(([, method]) => method!));
    expect(methods.size).toBeGreaterThan(2);
    expect([...methods].map((method) => `es:ESHttp${method.charAt(0)}${method.slice(1).toLowerCase()}`).sort()).toEqual(
      DOMAIN_ACTIONS,
    );
  });

  test('no wildcard among actions and permissions', () => {
    expect([...DOMAIN_ACTIONS, ...INDEX_PERMISSIONS].filter((action) => action.includes('*'))).toEqual([]);
  });

  test.each<[string, string, 'v1' | undefined]>([
    ['weather', 'places', undefined],
    ['weather', 'places', 'v1'],
    ['Weather.EU', 'Places of "Europe"', undefined],
    ['a-b', 'x'.repeat(250), undefined],
    ['n'.repeat(63), '/', 'v1'],
  ])('indexes of %j: %j', (serverName, collection, sanitize) => {
    const { prefix, patterns } = indexesOf(serverName);
    const index = indexName(`${serverName}__${collection}`, { indexPrefix: prefix, sanitize });
    expect(patterns.filter((pattern) => index.startsWith(pattern.slice(0, -1)))).toHaveLength(1);
  });

  test.each([
    ['weather', 'weather-eu'],
    ['weather', 'weather-weather'],
    ['weather', 's_weather'],
    ['a', 'a-a'],
  ])('no index of %j fits the patterns of %j, nor the other way round', (one, two) => {
    for (const [mine, theirs] of [
      [one, two],
      [two, one],
    ] as const) {
      for (const sanitize of ['v1', undefined] as const) {
        const index = indexName(`${theirs}__places`, { indexPrefix: indexesOf(theirs).prefix, sanitize });
        expect(indexesOf(mine).patterns.filter((pattern) => index.startsWith(pattern.slice(0, -1)))).toEqual([]);
      }
    }
  });
});

describe('indexes of a new domain', () => {
  const server = testServer({ serverName: 'Weather', storage: McpStorage.openSearch() });

  test('are what the URL says, as the adapter reads it', () => {
    expect(urlOf(server)).toBe('opensearch+https://host/weather?auth=sigv4&service=es&region=eu-west-1');
    expect(parseSearchUrl(new URL(urlOf(server)))).toMatchObject({
      product: 'OpenSearch',
      indexPrefix: 'weather',
      auth: { kind: 'sigv4', service: 'es', region: 'eu-west-1' },
    });
  });

  test('last, are shared by all instances, and may hold OAuth state, unless there is one copy of them', () => {
    expect(server.storage).toMatchObject({ durable: true, shared: true, unfitForState: undefined });
    const single = testServer({ storage: McpStorage.openSearch({ shape: OpenSearchShape.domain({ zones: 1 }) }) });
    expect(single.storage.unfitForState).toBe('keeps one copy of what it stores, on one node');
  });

  test('are reached by the server, in an isolated network, and by nothing else', () => {
    const template = templateOf(server);
    expect(ingressEdges(template, ['ComputeSecurityGroup', 'StorageSecurityGroup', 'EndpointSecretsmanager'])).toEqual([
      'ComputeSecurityGroup → EndpointSecretsmanager:443',
      'ComputeSecurityGroup → StorageSecurityGroup:443',
    ]);
    expect(egressToAddresses(template).filter((rule) => !rule.includes('Endpoint'))).toEqual([]);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
  });

  test('go with the server when the server says so', () => {
    const destroyed = testServer({ storage: McpStorage.openSearch(), removalPolicy: RemovalPolicy.DESTROY });
    templateOf(destroyed).hasResource('AWS::OpenSearchService::Domain', { DeletionPolicy: 'Delete' });
  });
});

describe('indexes of a new collection', () => {
  const server = testServer({ storage: McpStorage.openSearch({ shape: SERVERLESS }) });
  const template = templateOf(server);

  test('are what the URL says', () => {
    expect(urlOf(server)).toBe(
      'opensearch+https://host.eu-west-1.aoss.host/weather?auth=sigv4&service=aoss&region=eu-west-1',
    );
  });

  test('are opened to the role of the server, these indexes and no more', () => {
    const [policy] = Object.values(template.findResources('AWS::OpenSearchServerless::AccessPolicy'));
    const [, parts] = policy!.Properties.Policy['Fn::Join'] as [string, unknown[]];
    const text = parts
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
      .join('');
    expect(JSON.parse(text)).toEqual([
      {
        Rules: [
          {
            ResourceType: 'index',
            Resource: [
              expect.stringMatching(/^index\/[a-z0-9-]+\/weather-weather__\*$/),
              expect.stringMatching(/^index\/[a-z0-9-]+\/weather-s_weather__\*$/),
            ],
            Permission: INDEX_PERMISSIONS,
          },
        ],
        Principal: [expect.stringMatching(/^\{'Fn::GetAtt':\['ServerComputeRole/)],
      },
    ]);
  });

  test('need IAM to agree, for this collection', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'aoss:APIAccessAll',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ServerStorage'), 'Arn'] },
          },
        ]),
      },
    });
  });

  test('are reached by the server through the endpoint, and by nothing else', () => {
    expect(ingressEdges(template, ['ComputeSecurityGroup', 'EndpointAoss', 'EndpointSecretsmanager'])).toEqual([
      'ComputeSecurityGroup → EndpointAoss:443',
      'ComputeSecurityGroup → EndpointSecretsmanager:443',
    ]);
  });

  test('are no place for OAuth state', () => {
    expect(server.storage).toMatchObject({ durable: true, shared: true });
    expect(server.storage.unfitForState).toMatch(
      /^is a serverless collection, which shows what was written only after/,
    );
  });

  test('can be opened to another role, and to nobody without an ARN', () => {
    const stack = testStack();
    const { storage } = testServer({ storage: McpStorage.openSearch({ shape: SERVERLESS }) }, stack);
    const role = new iam.Role(stack, 'Job', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    storage.grants.readWrite(role);
    storage.grants.readWrite(role);
    expect(() => storage.grants.readWrite(new iam.ServicePrincipal('lambda.amazonaws.com'))).toThrow(
      'the policy of a collection names roles and users by their ARN',
    );
    templateOf(stack).resourceCountIs('AWS::OpenSearchServerless::AccessPolicy', 1);
    const [policy] = Object.values(templateOf(stack).findResources('AWS::OpenSearchServerless::AccessPolicy'));
    expect(JSON.stringify(policy!.Properties.Policy).split('"Arn"')).toHaveLength(3);
  });
});

describe('a domain that exists', () => {
  const importedDomain = (stack: Stack, domainEndpoint = 'https://vpc-shared-abc.eu-west-1.es.amazonaws.com') =>
    opensearch.Domain.fromDomainAttributes(stack, 'Domain', {
      domainArn: arn('es', 'domain/shared'),
      domainEndpoint: domainEndpoint.replace('https://', ''),
    });
  const importedNetwork = (stack: Stack) =>
    new McpNetwork(stack, 'Network', {
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['eu-west-1a', 'eu-west-1b'],
        isolatedSubnetIds: ['subnet-1', 'subnet-2'],
      }),
    });

  test('in a network: is used, and not altered', () => {
    const stack = testStack();
    const securityGroup = ec2.SecurityGroup.fromSecurityGroupId(stack, 'DomainGroup', 'sg-domain');
    const storage = McpStorage.fromDomain(importedDomain(stack), { securityGroup });
    const server = testServer({ storage, network: importedNetwork(stack) }, stack);
    templateOf(stack).resourceCountIs('AWS::OpenSearchService::Domain', 0);
    expect(urlOf(server)).toBe(
      'opensearch+https://vpc-shared-abc.eu-west-1.es.amazonaws.com/weather?auth=sigv4&service=es&region=eu-west-1',
    );
    expect(ingressEdges(templateOf(stack), ['ComputeSecurityGroup', 'sg-domain'])).toEqual([
      'ComputeSecurityGroup → sg-domain:443',
    ]);
  });

  test('in a network, without its security group or a server there: refused, with what to do', () => {
    const stack = testStack();
    const domain = importedDomain(stack);
    expect(() =>
      testServer({ storage: McpStorage.fromDomain(domain), network: importedNetwork(stack) }, stack),
    ).toThrow('the domain "Test/Domain" is in a network: say by which security group it is reached');
    const other = testStack();
    const securityGroup = ec2.SecurityGroup.fromSecurityGroupId(other, 'DomainGroup', 'sg-domain');
    expect(() =>
      testServer({ storage: McpStorage.fromDomain(importedDomain(other), { securityGroup }) }, other),
    ).toThrow('this domain is in a network, and the server "Test/Server" is in none');
  });

  test('on the internet: by a server in no network, or in one with a way there', () => {
    const open = 'https://search-shared-abc.eu-west-1.es.amazonaws.com';
    const stack = testStack();
    testServer({ storage: McpStorage.fromDomain(importedDomain(stack, open)) }, stack);
    templateOf(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
    const isolated = testStack();
    const network = new McpNetwork(isolated, 'Network');
    expect(() =>
      testServer({ storage: McpStorage.fromDomain(importedDomain(isolated, open)), network }, isolated),
    ).toThrow(
      'this domain is reached over the internet, and the server "Test/Server" is in a network without a way there',
    );
  });

  test('of the application, shared by servers of other stacks: the stack of the domain depends on none', () => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const network = new McpNetwork(data, 'Network');
    const { domain } = new McpSearchDomain(data, 'Search', { network });
    const storage = McpStorage.fromDomain(domain);
    testServer({ storage }, testStack(app, 'One'));
    testServer({ storage, serverName: 'news' }, testStack(app, 'Two'));
    Template.fromStack(data).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('of another stack: the patterns of its indexes are acknowledged to cdk-nag there, too', () => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const { domain } = new McpSearchDomain(data, 'Search', { network: new McpNetwork(data, 'Network') });
    testServer({ storage: McpStorage.fromDomain(domain) }, testStack(app, 'Servers'));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  test.each([
    ['weather', 'weather', 'two servers named "weather" would share'],
    ['Weather', 'weather', 'the servers "Weather" and "weather", both "weather" there, would share'],
  ])('servers %j and %j cannot share it: indexes are lower-case', (first, second, problem) => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const network = new McpNetwork(data, 'Network');
    const storage = McpStorage.fromDomain(new McpSearchDomain(data, 'Search', { network }).domain);
    testServer({ storage, network, serverName: first }, testStack(app, 'One'));
    expect(() => testServer({ storage, network, serverName: second }, testStack(app, 'Two'))).toThrow(
      `${problem} one namespace of one domain`,
    );
  });

  test('a second server of one McpStorage.openSearch() is told how to share', () => {
    const app = testApp();
    const storage = McpStorage.openSearch();
    testServer({ storage }, testStack(app, 'One'));
    expect(() => testServer({ storage }, testStack(app, 'Two'))).toThrow(
      'this McpStorage.openSearch() already made the domain or collection of "One/Server"',
    );
  });
});

describe('a collection that exists', () => {
  const importedCollection = (stack: Stack, endpointSecurityGroup?: ec2.ISecurityGroup) =>
    McpSearchCollection.fromCollectionAttributes(stack, 'Collection', {
      collectionArn: arn('aoss', 'collection/abc123'),
      collectionName: 'shared',
      endpointSecurityGroup,
    });

  test('is opened to the server by a policy of its own, and not altered', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Endpoint', 'sg-endpoint');
    const server = testServer({ storage: McpStorage.fromCollection(importedCollection(stack, group)), network }, stack);
    const template = templateOf(stack);
    for (const type of ['Collection', 'SecurityPolicy', 'VpcEndpoint']) {
      template.resourceCountIs(`AWS::OpenSearchServerless::${type}`, 0);
    }
    expect(urlOf(server)).toBe(
      'opensearch+https://abc123.eu-west-1.aoss.host/weather?auth=sigv4&service=aoss&region=eu-west-1',
    );
    const [policy] = Object.values(template.findResources('AWS::OpenSearchServerless::AccessPolicy'));
    expect(JSON.stringify(policy!.Properties.Policy)).toContain('index/shared/weather-weather__*');
    expect(ingressEdges(template, ['ComputeSecurityGroup', 'sg-endpoint', 'EndpointSecretsmanager'])).toContain(
      'ComputeSecurityGroup → sg-endpoint:443',
    );
  });

  test('without an endpoint is reached over the internet only', () => {
    const stack = testStack();
    testServer({ storage: McpStorage.fromCollection(importedCollection(stack)) }, stack);
    templateOf(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
    const isolated = testStack();
    const network = new McpNetwork(isolated, 'Network');
    expect(() =>
      testServer({ storage: McpStorage.fromCollection(importedCollection(isolated)), network }, isolated),
    ).toThrow('this collection is reached over the internet');
  });
});

describe('the role of a server', () => {
  const DOMAIN = arn('es', 'domain/search');
  const role = policyOf(templateOf(testServer({ storage: McpStorage.openSearch() })), 'ComputeRole', {
    StorageDomain: DOMAIN,
    ComputeLogs: arn('logs', 'log-group:weather'),
    KeysSecret: arn('secretsmanager', 'secret:Keys-AbCdEf'),
  });

  test.each([
    ['reads an entry', 'ESHttpGet', '/weather-weather__places/_doc/paris'],
    ['writes an entry', 'ESHttpPut', '/weather-weather__places/_create/paris'],
    ['reads many', 'ESHttpPost', '/weather-weather__places/_mget'],
    ['makes an index', 'ESHttpPut', '/weather-weather__places'],
    ['looks at an index', 'ESHttpHead', '/weather-s_weather__places-1234abcd'],
  ])('%s', async (_name, action, path) => {
    await expect(decide(role, { action: `es:${action}`, resource: `${DOMAIN}${path}` })).resolves.toBe('Allowed');
  });

  test.each([
    ["reads no neighbour's entry", 'ESHttpGet', '/news-news__places/_doc/paris'],
    [
      'reads none of a neighbour whose name begins like its own',
      'ESHttpGet',
      '/weather-eu-weather-eu__places/_doc/paris',
    ],
    ['reads no index outside of its namespace', 'ESHttpGet', '/weather-places/_doc/paris'],
    ['deletes no index', 'ESHttpDelete', '/weather-weather__places'],
    ['patches nothing', 'ESHttpPatch', '/weather-weather__places'],
    ['sends no batch over all indexes', 'ESHttpPost', '/_bulk'],
    ['does not search all indexes', 'ESHttpPost', '/_search'],
    ['does not list indexes', 'ESHttpGet', '/_cat/indices'],
    ['changes no settings of the cluster', 'ESHttpPut', '/_cluster/settings'],
    ['takes no snapshot away', 'ESHttpPut', '/_snapshot/mine'],
  ])('%s', async (_name, action, path) => {
    await expect(decide(role, { action: `es:${action}`, resource: `${DOMAIN}${path}` })).resolves.toBe(
      'ImplicitlyDenied',
    );
  });

  test.each([
    [
      'another domain',
      { action: 'es:ESHttpGet', resource: `${arn('es', 'domain/other')}/weather-weather__places/_doc/a` },
    ],
    ['the configuration', { action: 'es:UpdateDomainConfig', resource: DOMAIN }],
    ['collections', { action: 'aoss:APIAccessAll', resource: arn('aoss', 'collection/abc') }],
  ])('reaches not %s', async (_name, call) => {
    await expect(decide(role, call)).resolves.toBe('ImplicitlyDenied');
  });
});
