import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { McpAuth, McpCache, McpCode, McpCompute, McpNetwork, McpServer, McpStorage } from '../../../../lib/index.ts';
import { ENTRY, silenceWarnings, templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const auth = McpAuth.none();
const TYPESCRIPT = McpCode.typescript({ entry: ENTRY });
const IMAGE = ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24');

test('what was made can be reached', () => {
  const { compute } = testServer({ compute: McpCompute.fargate(), auth });
  expect(compute.service).toBeInstanceOf(ecs.FargateService);
  expect(compute.service.taskDefinition).toBe(compute.taskDefinition);
  expect(compute.cluster).toBe(compute.service.cluster);
  expect(compute.taskDefinition.taskRole).toBe(compute.role);
  expect(compute.connections).toBe(compute.service.connections);
  expect(() => compute.function).toThrow('this compute has no function: only McpCompute.lambda() has one');
  expect(() => compute.functionUrl).toThrow('only McpCompute.lambda() has one');
});

test('a function has none of it', () => {
  const { compute } = testServer();
  const message = 'only McpCompute.fargate() has one';
  expect(() => compute.service).toThrow(message);
  expect(() => compute.taskDefinition).toThrow(message);
  expect(() => compute.cluster).toThrow(message);
  expect(() => compute.loadBalancer).toThrow(message);
});

test('metrics are those of the load balancer and of the service', () => {
  const server = testServer({ compute: McpCompute.fargate(), auth });
  const of = ({ namespace, metricName, statistic }: ReturnType<typeof server.metric>) => [
    namespace,
    metricName,
    statistic,
  ];
  expect(of(server.metricInvocations())).toEqual(['AWS/ApplicationELB', 'RequestCount', 'Sum']);
  expect(of(server.metricErrors())).toEqual(['AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', 'Sum']);
  expect(of(server.metricDuration())).toEqual(['AWS/ApplicationELB', 'TargetResponseTime', 'Average']);
  expect(of(server.metricThrottles({ statistic: 'max' }))).toEqual([
    'AWS/ApplicationELB',
    'RejectedConnectionCount',
    'Maximum',
  ]);
  expect(of(server.metric('MemoryUtilization')).slice(0, 2)).toEqual(['AWS/ECS', 'MemoryUtilization']);
});

describe('a container of somebody else', () => {
  test('runs as it says, on its port', () => {
    const code = McpCode.image({ image: IMAGE, port: 9000, healthPath: '/up', command: ['serve'], writableRoot: true });
    const template = templateOf(testServer({ code, compute: McpCompute.fargate({ internet: true }), auth }));
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 9000, HealthCheckPath: '/up' });
    const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    expect(task?.Properties.ContainerDefinitions).toEqual([
      expect.objectContaining({
        Image: 'public.ecr.aws/docker/library/node:24',
        Command: ['serve'],
        ReadonlyRootFilesystem: false,
        User: '1000:1000',
        Environment: expect.arrayContaining([{ Name: 'PORT', Value: '9000' }]) as unknown,
      }),
    ]);
  });

  test('that is pulled from the internet needs a way there', () => {
    const code = McpCode.image({ image: IMAGE });
    expect(() => testServer({ code, compute: McpCompute.fargate(), auth })).toThrow(
      /the image "public.ecr.aws\/docker\/library\/node:24" is in a registry on the internet.* internet: true/,
    );
    const mine = ecs.ContainerImage.fromRegistry('111122223333.dkr.ecr.eu-west-1.amazonaws.com/servers:1');
    expect(() =>
      testServer({ code: McpCode.image({ image: mine }), compute: McpCompute.fargate(), auth }),
    ).not.toThrow();
  });
});

describe('environment variables', () => {
  test.each(['HOST', 'PORT'])('%s is set by the compute', (name) => {
    expect(() => testServer({ environment: { [name]: '1' }, compute: McpCompute.fargate(), auth })).toThrow(
      `the environment variable ${name} is set by McpCompute.fargate()`,
    );
  });

  test.each(['MCP_DRAIN_SECONDS', 'MCP_KEEP_ALIVE_SECONDS'])('%s follows from its properties', (name) => {
    expect(() => testServer({ environment: { [name]: '1' }, compute: McpCompute.fargate(), auth })).toThrow(
      `the environment variable ${name} is written by McpServer`,
    );
  });

  test.each(['1A', 'A-B', ''])('%j is no name', (name) => {
    expect(() => testServer({ environment: { [name]: '1' }, compute: McpCompute.fargate(), auth })).toThrow(
      `the environment variable ${JSON.stringify(name)} must have a name of letters`,
    );
  });
});

describe('the network', () => {
  test('of the cluster is that of the server and of its storage', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const cluster = new ecs.Cluster(stack, 'Cluster', { vpc });
    testServer({ compute: McpCompute.fargate({ cluster }), storage: McpStorage.valkey(), auth }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::ECS::Cluster', 1);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0); // the network is the application's
  });

  test('of cluster and vpc is one', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const cluster = new ecs.Cluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Other', { maxAzs: 2 }) });
    expect(() => McpCompute.fargate({ vpc, cluster })).toThrow('vpc and the network of the cluster are two networks');
  });

  test('subnets are of a network', () => {
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    expect(() => McpCompute.fargate({ vpcSubnets })).toThrow('add vpc to McpCompute.fargate()');
  });

  test('must have a way to the internet where tokens are checked by the keys of an issuer', () => {
    const jwt = McpAuth.jwt({ issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' });
    expect(() => testServer({ compute: McpCompute.fargate(), auth: jwt })).toThrow(
      /use McpCompute\.fargate\(\{ internet: true \}\)/,
    );
    const template = templateOf(testServer({ compute: McpCompute.fargate({ internet: true }), auth: jwt }));
    template.resourceCountIs('AWS::EC2::NatGateway', 1);
  });

  test('without a way to the internet reaches no store there', () => {
    const credentials = (stack: Stack) =>
      secretsmanager.Secret.fromSecretCompleteArn(
        stack,
        'Credentials',
        'arn:aws:secretsmanager:eu-west-1:111122223333:secret:credentials-AbCdEf',
      );
    const make = (internet: boolean) => {
      const stack = testStack();
      const storage = McpStorage.fromUrl('rediss://cache.example.com:6380', { credentials: credentials(stack) });
      return testServer({ auth, storage, compute: McpCompute.fargate({ internet }) }, stack);
    };
    expect(() => make(false)).toThrow(/its store is not said to be in it: .*internet: true of McpCompute.fargate\(\)/);
    expect(() => make(true)).not.toThrow();
  });

  test('of storage that cannot reach the internet is refused where the server must', () => {
    const stack = testStack();
    const cache = new McpCache(stack, 'Cache', { network: new McpNetwork(stack, 'Network') });
    const storage = McpStorage.fromCache(cache);
    expect(() => testServer({ auth, storage, compute: McpCompute.fargate({ internet: true }) }, stack)).toThrow(
      /internet: true needs a way there, and the network of "Test\/Server" is isolated: give it natGateways: 1/,
    );
  });

  test('has two zones, as a load balancer needs', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    expect(() => testServer({ compute: McpCompute.fargate({ vpc }), auth }, stack)).toThrow(
      'a load balancer spans two availability zones or more, and the subnets of "Test/Vpc" for it are in 1',
    );
  });

  test('is shared by servers, whose endpoints are made once', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    for (const serverName of ['news', 'weather']) {
      new McpServer(stack, serverName, { code: TYPESCRIPT, serverName, network, auth, compute: McpCompute.fargate() });
    }
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::ECS::Service', 2);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 6); // ECR twice, logs, keys; S3 and DynamoDB
  });

  test('may be in another stack, which does not depend on that of the server', () => {
    const app = testApp();
    const shared = testStack(app, 'Shared');
    const network = new McpNetwork(shared, 'Network');
    const cache = new McpCache(shared, 'Cache', { network });
    const stack = testStack(app, 'Servers');
    testServer({ auth, network, storage: McpStorage.fromCache(cache), compute: McpCompute.fargate() }, stack);
    app.synth();
    expect(shared.dependencies).toEqual([]);
    expect(stack.dependencies).toEqual([shared]);
    const template = templateOf(stack);
    const [service] = Object.values(template.findResources('AWS::ECS::Service'));
    // The rules that let tasks into the endpoints are in their own stack then, and are there before them.
    expect(service?.DependsOn).toContainEqual(expect.stringMatching(/EndpointEcrapi.*443/));
  });

  test('lets images be pulled from the buckets of ECR, and from no other', () => {
    const template = templateOf(testServer({ compute: McpCompute.fargate(), auth }));
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      PolicyDocument: {
        Statement: [
          {
            Action: 's3:GetObject',
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Resource: 'arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*',
          },
        ],
      },
    });
  });
});
