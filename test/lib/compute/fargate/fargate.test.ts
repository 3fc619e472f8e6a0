import { Duration, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import { McpAuth, McpCompute, McpStorage } from '../../../../lib/index.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const auth = McpAuth.none();

describe('a server on Fargate, with nothing chosen', () => {
  const stack = testStack();
  const server = testServer({ compute: McpCompute.fargate(), auth }, stack);
  Validations.of(server).acknowledge({ id: 'Annotation::cdk-mcp-kit:publicServer', reason: 'of no interest here' });
  const template = templateOf(stack);

  test('runs the bundle as its own user, without a capability, on a root that is read only', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '256',
      Memory: '512',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      ContainerDefinitions: [
        Match.objectLike({
          Command: ['node', 'index.mjs'],
          User: '1000:1000',
          ReadonlyRootFilesystem: true,
          Privileged: false,
          LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
          PortMappings: [{ ContainerPort: 8080, Protocol: 'tcp' }],
          MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' }],
          StopTimeout: 60,
        }),
      ],
      Volumes: [{ Name: 'tmp' }],
    });
  });

  test('is told where it is, and how long it has', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([
            { Name: 'HOST', Value: '0.0.0.0' },
            { Name: 'PORT', Value: '8080' },
            {
              Name: 'MCP_BASE_URL',
              Value: { 'Fn::Join': ['', ['http://', { 'Fn::GetAtt': [Match.anyValue(), 'DNSName'] }]] },
            },
            { Name: 'MCP_SERVER_NAME', Value: 'weather' },
            { Name: 'MCP_DRAIN_SECONDS', Value: '55' },
            { Name: 'MCP_KEEP_ALIVE_SECONDS', Value: '305' },
          ]),
        }),
      ],
    });
  });

  test('logs for a month, and goes on when it cannot', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          LogConfiguration: {
            LogDriver: 'awslogs',
            Options: Match.objectLike({ mode: 'non-blocking', 'awslogs-stream-prefix': 'mcp' }),
          },
        }),
      ],
    });
  });

  test('has a service whose failed deployments are undone, in zones that are balanced, without public addresses', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      LaunchType: 'FARGATE',
      DesiredCount: Match.absent(), // what scaling has added is not undone by a deployment
      EnableExecuteCommand: false,
      AvailabilityZoneRebalancing: 'ENABLED',
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      HealthCheckGracePeriodSeconds: 60,
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    });
  });

  test('is scaled from two tasks to ten, by CPU and by requests', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 10 });
    for (const [PredefinedMetricType, TargetValue] of [
      ['ECSServiceAverageCPUUtilization', 60],
      ['ALBRequestCountPerTarget', 6000],
    ]) {
      template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: Match.objectLike({ PredefinedMetricType }),
          TargetValue,
        },
      });
    }
  });

  test('is behind an internal load balancer, fit for streams', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'idle_timeout.timeout_seconds', Value: '300' },
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
      ]),
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 80, Protocol: 'HTTP' });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      TargetType: 'ip',
      Port: 8080,
      Protocol: 'HTTP',
      HealthCheckPath: '/health',
      Matcher: { HttpCode: '200' },
      TargetGroupAttributes: Match.arrayWith([
        { Key: 'deregistration_delay.timeout_seconds', Value: '55' },
        { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
      ]),
    });
  });

  test('starts its tasks only when they reach their image', () => {
    const [service] = Object.values(template.findResources('AWS::ECS::Service'));
    for (const part of [
      'EndpointEcrapi',
      'EndpointEcrdkr',
      'EndpointLogs',
      'EndpointS3',
      'ExecutionRoleDefaultPolicy',
    ]) {
      expect(service?.DependsOn).toContainEqual(expect.stringContaining(part));
    }
  });

  test('is found at the address of the load balancer', () => {
    expect(stack.resolve(server.url)).toEqual({
      'Fn::Join': ['', ['http://', { 'Fn::GetAtt': [expect.stringContaining('LoadBalancer'), 'DNSName'] }, '/mcp']],
    });
  });

  test('has no NAT gateway', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });
});

describe('limits of Fargate', () => {
  test.each([
    [256, 512],
    [256, 2048],
    [512, 1024],
    [1024, 8192],
    [4096, 30_720],
    [16_384, 122_880],
  ])('a cpu of %i with %i MiB is fine', (cpu, memory) => {
    const template = templateOf(testServer({ compute: McpCompute.fargate({ cpu, memory }), auth }));
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { Cpu: String(cpu), Memory: String(memory) });
  });

  test.each([
    [256, 256, 'memory must be 512, 1024 or 2048 MiB with a cpu of 256, got 256'],
    [256, 1536, 'memory must be 512, 1024 or 2048 MiB with a cpu of 256, got 1536'],
    [512, 512, 'memory must be 1024 to 4096 in steps of 1024 MiB with a cpu of 512, got 512'],
    [8192, 17_408, 'memory must be 16384 to 61440 in steps of 4096 MiB with a cpu of 8192, got 17408'],
    [300, 512, 'cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 units, 1024 of them a core, got 300'],
  ])('a cpu of %i with %i MiB is refused', (cpu, memory, message) => {
    expect(() => McpCompute.fargate({ cpu, memory })).toThrow(message);
  });

  test('the memory is the least that goes with the CPU', () => {
    const template = templateOf(testServer({ compute: McpCompute.fargate({ cpu: 1024 }), auth }));
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { Memory: '2048' });
  });

  test.each([
    [{ minTasks: 0 }, 'minTasks must be a whole number of tasks, 1 or more, got 0'],
    [{ maxTasks: 0 }, 'maxTasks must be a whole number of tasks, 1 or more, got 0'],
    [{ minTasks: 3, maxTasks: 2 }, 'minTasks 3 is more than maxTasks 2: raise maxTasks'],
    [{ idleTimeout: Duration.seconds(4001) }, 'idleTimeout must be a whole number of seconds, 1 to 4000, got 4001'],
    [{ stopTimeout: Duration.seconds(121) }, 'stopTimeout must be a whole number of seconds, 10 to 120, got 121'],
    [{ scaling: { cpuPercent: 0 } }, 'scaling.cpuPercent must be a whole number of percent, 1 to 100, got 0'],
  ])('%j is refused', (props, message) => {
    expect(() => McpCompute.fargate(props)).toThrow(message);
  });
});

describe('storage of one task', () => {
  test.each([
    ['minTasks', () => McpStorage.memory(), { minTasks: 2 }],
    ['maxTasks', () => McpStorage.memory(), { maxTasks: 5 }],
    ['maxTasks', () => McpStorage.rocksDb(), { maxTasks: 5 }],
  ])('refuses %s above one', (name, storage, props) => {
    expect(() => testServer({ compute: McpCompute.fargate(props), storage: storage(), auth })).toThrow(
      new RegExp(`${name} is \\d, and this storage is of one task: .* McpStorage.dynamoDb\\(\\)`),
    );
  });

  test('has one task by default, without scaling', () => {
    const template = templateOf(testServer({ compute: McpCompute.fargate(), storage: McpStorage.memory(), auth }));
    template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 1 });
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  test('that only one at a time may open is stopped before the next one starts', () => {
    const template = templateOf(testServer({ compute: McpCompute.fargate(), storage: McpStorage.rocksDb(), auth }));
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      DeploymentConfiguration: Match.objectLike({ MinimumHealthyPercent: 0, MaximumPercent: 100 }),
      AvailabilityZoneRebalancing: 'DISABLED',
    });
  });
});

test('the architecture is that of the processor', () => {
  const compute = McpCompute.fargate({ architecture: lambda.Architecture.X86_64 });
  templateOf(testServer({ compute, auth })).hasResourceProperties('AWS::ECS::TaskDefinition', {
    RuntimePlatform: { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' },
  });
});

test('IAM is refused: no load balancer checks signatures', () => {
  expect(() => testServer({ compute: McpCompute.fargate(), auth: McpAuth.iam() })).toThrow(
    /McpAuth.iam\(\) needs something in front that checks signatures .* McpAuth.jwt\(\)/,
  );
});
