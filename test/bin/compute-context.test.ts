import { Match } from 'aws-cdk-lib/assertions';

import { readContext } from '../../bin/context.ts';
import { McpServer } from '../../lib/index.ts';
import { ENTRY, silenceWarnings, templateOf, testApp, testStack } from '../lib/support/test-app.ts';

silenceWarnings();

function templateWith(context: Record<string, string>) {
  const stack = testStack(testApp({ entry: ENTRY, compute: 'fargate', auth: 'none', ...context }));
  return templateOf(new McpServer(stack, 'Server', readContext(stack).server));
}

const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555';

test('Fargate is behind an internal load balancer unless it is said how else', () => {
  templateWith({}).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  templateWith({ listener: 'insecure-http' }).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    Scheme: 'internet-facing',
  });
});

test('a certificate and its name make it HTTPS', () => {
  const template = templateWith({ certificate: CERTIFICATE, domain: 'mcp.example.com' });
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443,
    Certificates: [{ CertificateArn: CERTIFICATE }],
  });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Environment: Match.arrayWith([{ Name: 'MCP_BASE_URL', Value: 'https://mcp.example.com' }]),
      }),
    ],
  });
});

test('tasks, their processor and their time to end', () => {
  const template = templateWith({ minTasks: '3', maxTasks: '3', architecture: 'x86_64', stopTimeout: '20' });
  template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 3 });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    RuntimePlatform: { CpuArchitecture: 'X86_64' },
    ContainerDefinitions: [Match.objectLike({ StopTimeout: 20 })],
  });
});

test('tokens of an issuer need the internet, so there is a NAT', () => {
  const issuer = { auth: 'jwt', issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' };
  templateWith(issuer).resourceCountIs('AWS::EC2::NatGateway', 1);
  templateWith({}).resourceCountIs('AWS::EC2::NatGateway', 0);
});

test.each([
  [{ auth: 'iam' }, 'auth=iam has no meaning with compute=fargate'],
  [{ listener: 'http' }, 'unknown listener "http": use -c listener=internal-http|insecure-http|https'],
  [{ listener: 'https' }, 'listener=https needs a name and a certificate for it'],
  [{ certificate: CERTIFICATE }, 'add -c domain=mcp.example.com -c certificate=arn:…'],
  [
    { listener: 'insecure-http', certificate: CERTIFICATE },
    `certificate "${CERTIFICATE}" has no meaning without HTTPS`,
  ],
  [{ domain: 'mcp.example.com' }, 'domain "mcp.example.com" has no meaning without HTTPS: use -c listener=https'],
  [{ architecture: 'mips' }, 'unknown architecture "mips": use -c architecture=arm64|x86_64'],
  [{ minTasks: 'two' }, 'minTasks "two" is no whole number: use -c minTasks=2'],
  [{ minTasks: '0' }, 'minTasks must be a whole number of tasks, 1 or more, got 0'],
  [{ compute: 'lambda', minTasks: '2' }, 'minTasks "2" has no meaning with compute=lambda: use -c compute=fargate'],
])('%j is refused', (context, message) => {
  expect(() => templateWith(context)).toThrow(message);
});
