import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

import { McpAuth, McpCompute, McpNetwork, McpStorage } from '../../../lib/index.ts';
import { ingressEdges } from '../support/security-groups.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../support/test-app.ts';

silenceWarnings();

const JWT = () => McpAuth.jwt({ issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' });
const GROUPS = ['ServerCompute', 'ServerStorage', 'NetworkEndpointSecretsmanager'];
const vpcIn = (stack: ReturnType<typeof testStack>) => new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });

describe('the network of a server', () => {
  test.each([
    ['memory', () => McpStorage.memory()],
    ['a table', () => McpStorage.dynamoDb()],
  ])('is none for %s', (_name, storage) => {
    const template = templateOf(testServer({ storage: storage() }));
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
  });

  test('appears with storage that needs it, and has endpoints for exactly what the server uses', () => {
    const stack = testStack();
    testServer({ storage: McpStorage.valkey() }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    expect(
      Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map(
        ({ Properties }) => Properties.ServiceName as unknown,
      ),
    ).toEqual(['com.amazonaws.eu-west-1.secretsmanager']);
    expect(ingressEdges(template, GROUPS)).toEqual([
      'ServerCompute → NetworkEndpointSecretsmanager:443',
      'ServerCompute → ServerStorage:6379',
    ]);
  });

  test('is the one that the server is given, with an endpoint for a table', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    testServer({ network }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: [{ Ref: Match.stringLikeRegexp('InsideSubnet1') }, { Ref: Match.anyValue() }] },
    });
    const endpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint'));
    expect(endpoints.map(({ Properties }) => Properties.VpcEndpointType as string).sort()).toEqual([
      'Gateway',
      'Interface',
    ]);
  });

  test('is the vpc of the compute, and storage goes there too', () => {
    const stack = testStack();
    const compute = McpCompute.lambda({ vpc: vpcIn(stack) });
    testServer({ compute, storage: McpStorage.valkey() }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    template.hasResourceProperties('AWS::ElastiCache::ServerlessCache', {
      SubnetIds: [
        { Ref: Match.stringLikeRegexp('VpcPrivateSubnet1') },
        { Ref: Match.stringLikeRegexp('VpcPrivateSubnet2') },
      ],
    });
    expect(ingressEdges(template, GROUPS)).toEqual(['ServerCompute → ServerStorage:6379']);
  });

  test('that the compute is in already may be named, too', () => {
    const stack = testStack();
    const vpc = vpcIn(stack);
    const network = new McpNetwork(stack, 'Network', { vpc });
    testServer({ compute: McpCompute.lambda({ vpc }), network, storage: McpStorage.valkey() }, stack);
    templateOf(stack).resourceCountIs('AWS::EC2::VPC', 1);
  });

  test('cannot be two', () => {
    const stack = testStack();
    const compute = McpCompute.lambda({ vpc: vpcIn(stack) });
    expect(() => testServer({ compute, network: new McpNetwork(stack, 'Network') }, stack)).toThrow(
      'network and the vpc of compute are two networks: give the server one of them',
    );
  });
});

describe('tokens, whose issuer is in the internet', () => {
  test('are refused with storage in a network that has no way there', () => {
    expect(() => testServer({ auth: JWT(), storage: McpStorage.valkey() })).toThrow(
      /the network of this server has no way to the internet, and McpAuth.jwt\(\) fetches the keys .* natGateways: 1/,
    );
  });

  test.each([
    ['a NAT gateway', (stack: ReturnType<typeof testStack>) => new McpNetwork(stack, 'Network', { natGateways: 1 })],
    [
      'a network that exists',
      (stack: ReturnType<typeof testStack>) => new McpNetwork(stack, 'Network', { vpc: vpcIn(stack) }),
    ],
  ])('are checked with %s', (_name, make) => {
    const stack = testStack();
    const server = testServer({ auth: JWT(), network: make(stack), storage: McpStorage.valkey() }, stack);
    expect(server.storage.shared).toBe(true);
    templateOf(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: Match.stringLikeRegexp('^MCP server'),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0' })],
    });
  });

  test('are checked with storage in no network', () => {
    expect(testServer({ auth: JWT(), storage: McpStorage.dynamoDb() }).storage.durable).toBe(true);
  });
});
