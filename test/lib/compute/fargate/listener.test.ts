import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';

import type { McpServerProps } from '../../../../lib/index.ts';
import { McpAuth, McpCompute, McpListener, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import { certificate, zone } from '../../shapes/fargate.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

function serverWith(listener: (stack: Stack) => McpListener, props: Partial<McpServerProps> = {}) {
  const stack = testStack();
  const compute = McpCompute.fargate({ listener: listener(stack) });
  const server = testServer({ compute, auth: McpAuth.none(), ...props }, stack);
  return { stack, server, template: templateOf(stack) };
}

const environmentWith = (Name: string, Value: unknown) => ({
  ContainerDefinitions: [Match.objectLike({ Environment: Match.arrayWith([{ Name, Value }]) })],
});

describe('HTTPS with a domain', () => {
  const listener = (stack: Stack) => McpListener.https({ domainName: 'mcp.example.com', hostedZone: zone(stack) });

  test('has a certificate that DNS validates, and an alias', () => {
    const { template } = serverWith(listener);
    template.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'mcp.example.com',
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: 'mcp.example.com', HostedZoneId: 'Z0123456789' }],
    });
    template.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'mcp.example.com.',
      Type: 'A',
      HostedZoneId: 'Z0123456789',
    });
  });

  test('has one made where the list of certificates is empty', () => {
    const { template } = serverWith((stack) =>
      McpListener.https({ domainName: 'mcp.example.com', hostedZone: zone(stack), certificates: [] }),
    );
    template.resourceCountIs('AWS::CertificateManager::Certificate', 1);
  });

  test('takes TLS 1.2 and newer, and nothing without', () => {
    const { template } = serverWith(listener);
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      Certificates: [{ CertificateArn: { Ref: Match.stringLikeRegexp('Certificate') } }],
    });
  });

  test('sends calls without TLS there where it is asked to', () => {
    const { template } = serverWith((stack) =>
      McpListener.https({ domainName: 'mcp.example.com', hostedZone: zone(stack), redirectHttp: true }),
    );
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 443, Protocol: 'HTTPS' });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
      ],
    });
  });

  test('is the address of the server, which is told so', () => {
    const { server, template } = serverWith(listener);
    expect(server.url).toBe('https://mcp.example.com/mcp');
    template.hasResourceProperties(
      'AWS::ECS::TaskDefinition',
      environmentWith('MCP_BASE_URL', 'https://mcp.example.com'),
    );
  });

  test('the load balancer is in public subnets, the tasks are not', () => {
    const { template } = serverWith(listener);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internet-facing',
      Subnets: [{ Ref: Match.stringLikeRegexp('PublicSubnet1') }, { Ref: Match.stringLikeRegexp('PublicSubnet2') }],
    });
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: [{ Ref: Match.stringLikeRegexp('InsideSubnet1') }, { Ref: Match.stringLikeRegexp('InsideSubnet2') }],
        },
      },
    });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });
});

describe('HTTPS with certificates', () => {
  const listener = (stack: Stack) => McpListener.https({ certificates: [certificate(stack)] });

  test('is for the name of the server, of which there is no record', () => {
    const { server, template } = serverWith(listener, { baseUrl: 'https://mcp.example.com' });
    expect(server.url).toBe('https://mcp.example.com/mcp');
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
    template.resourceCountIs('AWS::CertificateManager::Certificate', 0);
  });

  test('without a name is refused: no certificate is for that of a load balancer', () => {
    expect(() => serverWith(listener)).toThrow(
      /say which name clients use, domainName in McpListener.https\(\) or baseUrl/,
    );
  });

  test.each([
    [
      'arn:aws:acm:us-east-1:111122223333:certificate/1',
      'is in us-east-1, the load balancer in eu-west-1: request one there',
    ],
    ['foo', 'must be named by an ARN such as "arn:aws:acm:eu-west-1:111122223333:certificate/…", got "foo"'],
  ])('%s is refused', (arn, message) => {
    const other = (stack: Stack) => acm.Certificate.fromCertificateArn(stack, 'Other', arn);
    expect(() =>
      serverWith((stack) => McpListener.https({ certificates: [other(stack)], domainName: 'mcp.example.com' })),
    ).toThrow(message);
  });

  test('of IAM are taken', () => {
    const arn = 'arn:aws:iam::111122223333:server-certificate/mcp';
    const { template } = serverWith((stack) =>
      McpListener.https({
        certificates: [acm.Certificate.fromCertificateArn(stack, 'Other', arn)],
        domainName: 'mcp.example.com',
      }),
    );
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Certificates: [{ CertificateArn: arn }],
    });
  });

  test('inside of the network it is internal', () => {
    const { template } = serverWith((stack) =>
      McpListener.https({ certificates: [certificate(stack)], domainName: 'mcp.internal', internal: true }),
    );
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  });
});

describe('what cannot be HTTPS is refused', () => {
  const hostedZone = (stack: Stack) => zone(stack);

  test.each<[string, (stack: Stack) => McpListener, string]>([
    ['no certificate', () => McpListener.https({}), 'McpListener.https() needs a certificate'],
    ['no certificates', () => McpListener.https({ certificates: [] }), 'McpListener.https() needs a certificate'],
    [
      'a name alone',
      () => McpListener.https({ domainName: 'mcp.example.com' }),
      'McpListener.https() needs a certificate',
    ],
    ['a zone alone', (stack) => McpListener.https({ hostedZone: hostedZone(stack) }), 'add domainName'],
    [
      'a name of another zone',
      (stack) => McpListener.https({ hostedZone: hostedZone(stack), domainName: 'mcp.notexample.com' }),
      'domainName "mcp.notexample.com" is not in the hosted zone "example.com"',
    ],
    [
      'a zone in which nobody can validate',
      (stack) => {
        const vpc = new ec2.Vpc(stack, 'Vpc');
        const inside = new route53.PrivateHostedZone(stack, 'Zone', { vpc, zoneName: 'corp.internal' });
        return McpListener.https({ hostedZone: inside, domainName: 'mcp.corp.internal', internal: true });
      },
      'ACM cannot validate a certificate in the private zone "corp.internal"',
    ],
    [
      'a URL',
      (stack) => McpListener.https({ hostedZone: hostedZone(stack), domainName: 'https://mcp.example.com' }),
      'domainName must be a name such as "mcp.example.com", without scheme, port and path, got "https://mcp.example.com"',
    ],
  ])('%s', (_name, listener, message) => {
    expect(() => listener(testStack())).toThrow(message);
  });
});

describe('plain HTTP over the internet', () => {
  const warning = Match.stringLikeRegexp('travel over the internet without encryption: McpListener.insecureHttp()');

  test('is there when it is asked for by name, and warns', () => {
    const { stack, server, template } = serverWith(() => McpListener.insecureHttp());
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internet-facing' });
    expect(stack.resolve(server.url)).toEqual({ 'Fn::Join': ['', ['http://', expect.anything(), '/mcp']] });
    Annotations.fromStack(stack).hasWarning('/Test/Server/Compute', warning);
  });

  test('no other listener warns', () => {
    const { stack } = serverWith(() => McpListener.internalHttp());
    Annotations.fromStack(stack).hasNoWarning('*', warning);
  });
});

describe('a network that cannot have a load balancer', () => {
  test('on the internet says what it lacks', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    const listener = McpListener.insecureHttp();
    expect(() =>
      testServer({ network, auth: McpAuth.none(), compute: McpCompute.fargate({ listener }) }, stack),
    ).toThrow(/no public subnets for its load balancer: new McpNetwork\(this, 'Network', \{ publicSubnets: true \}\)/);
  });

  test('has one with public subnets, and still no NAT', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network', { publicSubnets: true });
    const listener = McpListener.insecureHttp();
    testServer(
      { network, auth: McpAuth.none(), compute: McpCompute.fargate({ listener }), storage: McpStorage.valkey() },
      stack,
    );
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  test('of unknown addresses asks from where calls come', () => {
    const stack = testStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      privateSubnetIds: ['subnet-1', 'subnet-2'],
    });
    expect(() => testServer({ auth: McpAuth.none(), compute: McpCompute.fargate({ vpc }) }, stack)).toThrow(
      'say from where calls come, allowFrom: […], or give Vpc.fromVpcAttributes() its vpcCidrBlock',
    );
  });
});

test('a stream that is silent for long has its time at both ends', () => {
  const stack = testStack();
  const compute = McpCompute.fargate({ idleTimeout: Duration.hours(1) });
  testServer({ compute, auth: McpAuth.none() }, stack);
  const template = templateOf(stack);
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    LoadBalancerAttributes: Match.arrayWith([{ Key: 'idle_timeout.timeout_seconds', Value: '3600' }]),
  });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', environmentWith('MCP_KEEP_ALIVE_SECONDS', '3605'));
});
