import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

import { McpNetwork } from '../../../lib/index.ts';
import type { McpNetworkProps } from '../../../lib/index.ts';
import { egressToAddresses } from '../support/security-groups.ts';
import { templateOf, testApp, testStack } from '../support/test-app.ts';

function clientIn(network: McpNetwork, id = 'Client'): ec2.SecurityGroup {
  return new ec2.SecurityGroup(network, id, { vpc: network.vpc, allowAllOutbound: false });
}

describe('a new network', () => {
  const stack = testStack();
  const network = new McpNetwork(stack, 'Network');
  const template = templateOf(stack);

  test('is isolated: two subnets in two zones, no way in or out, and nothing that costs by the hour', () => {
    const absent = ['InternetGateway', 'NatGateway', 'EIP', 'VPCEndpoint', 'Route', 'VPCGatewayAttachment'];
    for (const type of absent) template.resourceCountIs(`AWS::EC2::${type}`, 0);
    template.resourceCountIs('AWS::EC2::Subnet', 2);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
    expect(network.reachesInternet).toBe(false);
  });

  test('needs no custom resource', () => {
    template.resourceCountIs('AWS::Lambda::Function', 0);
    template.resourcePropertiesCountIs('AWS::CloudFormation::CustomResource', Match.anyValue(), 0);
  });

  test('keeps what it turned away for a month', () => {
    template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'REJECT', ResourceType: 'VPC' });
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
  });
});

test.each<[McpNetworkProps, Record<string, number>]>([
  [{ flowLogs: false }, { FlowLog: 0, Subnet: 2 }],
  [{ maxAzs: 3 }, { Subnet: 3, NatGateway: 0 }],
  [{ natGateways: 1 }, { Subnet: 4, NatGateway: 1, InternetGateway: 1 }],
  [{ natGateways: 2 }, { NatGateway: 2 }],
  [{ natGateways: 0 }, { NatGateway: 0, InternetGateway: 0 }],
])('%j', (props, counts) => {
  const stack = testStack();
  const network = new McpNetwork(stack, 'Network', props);
  for (const [type, count] of Object.entries(counts)) templateOf(stack).resourceCountIs(`AWS::EC2::${type}`, count);
  expect(network.reachesInternet).toBe((props.natGateways ?? 0) > 0);
});

test('with a NAT gateway, servers and storage are in the private subnets, and nobody gets a public address', () => {
  const stack = testStack();
  const network = new McpNetwork(stack, 'Network', { natGateways: 1 });
  const { subnets } = network.vpc.selectSubnets(network.vpcSubnets);
  expect(subnets.map(({ node }) => node.id)).toEqual(['InsideSubnet1', 'InsideSubnet2']);
  templateOf(stack).allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
});

test('what a network has later is added, and moves nothing that it has', () => {
  const rangesOf = (props: McpNetworkProps): Record<string, string> => {
    const stack = testStack();
    new McpNetwork(stack, 'Network', props);
    const subnets = Object.entries(templateOf(stack).findResources('AWS::EC2::Subnet'));
    return Object.fromEntries(subnets.map(([id, { Properties }]) => [id, Properties.CidrBlock as string]));
  };
  const first = rangesOf({});
  expect(Object.values(first)).toEqual(['10.0.16.0/20', '10.0.32.0/20']);
  for (const later of [{ publicSubnets: true }, { natGateways: 1 }, { natGateways: 2 }, { maxAzs: 3 }]) {
    expect(rangesOf(later)).toMatchObject(first);
  }
  const all = Object.values(rangesOf({ natGateways: 3, maxAzs: 3 }));
  expect(new Set(all)).toEqual(
    new Set(['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.16.0/20', '10.0.32.0/20', '10.0.48.0/20']),
  );
});

describe('endpoints of a new network', () => {
  test('are made at the first use of a service, once, and let in exactly those who use it', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    const { SECRETS_MANAGER, KMS } = ec2.InterfaceVpcEndpointAwsService;
    for (const id of ['One', 'Two']) network.allowService(clientIn(network, id), SECRETS_MANAGER);
    network.allowService(clientIn(network, 'Three'), KMS);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    // They answer only: a rule for an address that is none is how the CDK writes that.
    expect(egressToAddresses(template).filter((rule) => rule.includes('Endpoint'))).toEqual([]);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      ServiceName: 'com.amazonaws.eu-west-1.secretsmanager',
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      SubnetIds: [{ Ref: Match.stringLikeRegexp('InsideSubnet1') }, { Ref: Match.stringLikeRegexp('InsideSubnet2') }],
    });
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 3);
    template.allResourcesProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 443,
      ToPort: 443,
      IpProtocol: 'tcp',
      SourceSecurityGroupId: Match.anyValue(),
      CidrIp: Match.absent(),
    });
    // The default of an interface endpoint would let the whole network in.
    template.resourcePropertiesCountIs('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.anyValue() }, 0);
  });

  test('for DynamoDB is one of the free kind, in the route tables of the servers', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    for (const id of ['One', 'Two']) network.allowDynamoDb(clientIn(network, id));
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.dynamodb']] },
      RouteTableIds: [
        { Ref: Match.stringLikeRegexp('InsideSubnet1RouteTable') },
        { Ref: Match.stringLikeRegexp('InsideSubnet2RouteTable') },
      ],
    });
    template.resourcePropertiesCountIs(
      'AWS::EC2::SecurityGroup',
      { SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })] },
      2,
    );
  });

  test('of a client in another stack: its stack depends on that of the network, never the other way', () => {
    const app = testApp();
    const [shared, other] = [testStack(app, 'Shared'), testStack(app, 'Other')];
    const network = new McpNetwork(shared, 'Network');
    const client = new ec2.SecurityGroup(other, 'Client', { vpc: network.vpc, allowAllOutbound: false });
    network.allowService(client, ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER);
    app.synth();
    expect(shared.dependencies).toEqual([]);
    expect(other.dependencies).toEqual([shared]);
  });
});

describe('a network that exists', () => {
  test('is used as it is: nothing is added to it', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const before = Object.keys(templateOf(stack).toJSON().Resources as object).sort();
    const again = testStack();
    const network = new McpNetwork(again, 'Network', { vpc: new ec2.Vpc(again, 'Vpc', { maxAzs: 2 }) });
    const client = clientIn(network);
    network.allowService(client, ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER);
    network.allowDynamoDb(client);
    const after = Object.keys(templateOf(again).toJSON().Resources as object);
    expect(after.filter((id) => !id.startsWith('NetworkClient')).sort()).toEqual(before);
    expect(vpc.node.path).toBe(network.vpc.node.path);
    expect(network.reachesInternet).toBe(true);
  });

  const subnet = (name: string, subnetType: ec2.SubnetType) => ({ name, subnetType });
  const { PUBLIC, PRIVATE_WITH_EGRESS, PRIVATE_ISOLATED } = ec2.SubnetType;
  test.each([
    [
      'those with egress',
      [subnet('Out', PUBLIC), subnet('Mid', PRIVATE_WITH_EGRESS), subnet('In', PRIVATE_ISOLATED)],
      'Mid',
    ],
    ['the isolated ones where there is no egress', [subnet('Out', PUBLIC), subnet('In', PRIVATE_ISOLATED)], 'In'],
  ])('of its subnets, %s are used', (_name, subnetConfiguration, used) => {
    const vpc = new ec2.Vpc(testStack(), 'Vpc', { maxAzs: 2, subnetConfiguration });
    const network = new McpNetwork(vpc, 'Network', { vpc });
    const { subnets } = vpc.selectSubnets(network.vpcSubnets);
    expect(subnets.map(({ node }) => node.id)).toEqual([`${used}Subnet1`, `${used}Subnet2`]);
  });

  test('the subnets that are named are used', () => {
    const vpc = new ec2.Vpc(testStack(), 'Vpc', { maxAzs: 2 });
    const vpcSubnets = { subnets: [vpc.privateSubnets[1]!] };
    expect(new McpNetwork(vpc, 'Network', { vpc, vpcSubnets }).vpcSubnets).toBe(vpcSubnets);
  });

  test('with public subnets only: refused, since storage is never public', () => {
    const vpc = new ec2.Vpc(testStack(), 'Vpc', { maxAzs: 2, subnetConfiguration: [subnet('Out', PUBLIC)] });
    expect(() => new McpNetwork(vpc, 'Network', { vpc })).toThrow(
      'the network "Test/Vpc" of Test has no private subnets, and storage is never public: name the ones to use',
    );
  });

  test.each<McpNetworkProps>([{ natGateways: 0 }, { maxAzs: 2 }, { flowLogs: true }])('%j: refused', (props) => {
    const vpc = new ec2.Vpc(testStack(), 'Vpc', { maxAzs: 2 });
    expect(() => new McpNetwork(vpc, 'Network', { vpc, ...props })).toThrow('are of a new network: leave them out');
  });
});

test.each<[McpNetworkProps, string]>([
  [{ natGateways: -1 }, 'natGateways must be a whole number of NAT gateways, 0 or more, got -1'],
  [{ natGateways: 0.5 }, 'natGateways must be a whole number'],
  [{ natGateways: 3 }, 'natGateways must not be more than the zones, one in each, got 3 in 2'],
  [{ maxAzs: 1 }, 'maxAzs must be a whole number of availability zones, 2 to 3, got 1'],
  [{ maxAzs: 4 }, 'maxAzs must be a whole number of availability zones, 2 to 3, got 4'],
])('%j is refused', (props, message) => {
  expect(() => new McpNetwork(testStack(), 'Network', props)).toThrow(message);
});

test('public subnets are no place for servers and storage', () => {
  const stack = testStack();
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
  const vpcSubnets = { subnetType: ec2.SubnetType.PUBLIC };
  expect(() => new McpNetwork(stack, 'Network', { vpc, vpcSubnets })).toThrow(
    'vpcSubnets name public subnets of the network "Test/Vpc": storage is never public',
  );
});

describe('public subnets', () => {
  test('are there when they are asked for, without a NAT, and servers are not in them', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network', { publicSubnets: true });
    expect(network.hasPublicSubnets).toBe(true);
    expect(network.reachesInternet).toBe(false);
    expect(network.vpcSubnets).toEqual({ subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 1);
    template.resourceCountIs('AWS::EC2::Subnet', 4);
    template.resourcePropertiesCountIs('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true }, 0);
  });

  test('are not there otherwise', () => {
    const stack = testStack();
    expect(new McpNetwork(stack, 'Network').hasPublicSubnets).toBe(false);
    templateOf(stack).resourceCountIs('AWS::EC2::InternetGateway', 0);
  });

  test.each([
    [{ publicSubnets: false, natGateways: 1 }, 'NAT gateways are in public subnets'],
    [{ publicSubnets: true, vpc: true }, 'natGateways, publicSubnets, maxAzs and flowLogs are of a new network'],
  ])('%j is refused', ({ vpc, ...props }: { vpc?: boolean; publicSubnets: boolean; natGateways?: number }, message) => {
    const stack = testStack();
    const existing = vpc === true ? { vpc: new ec2.Vpc(stack, 'Vpc') } : {};
    expect(() => new McpNetwork(stack, 'Network', { ...props, ...existing })).toThrow(message);
  });
});
