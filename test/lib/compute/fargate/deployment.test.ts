import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Match } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

import { FargateDeployment, McpAuth, McpCompute, McpStorage } from '../../../../lib/index.ts';
import type { FargateComputeProps } from '../../../../lib/index.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const auth = McpAuth.none();

const templateWith = (props: FargateComputeProps): Template =>
  templateOf(testServer({ compute: McpCompute.fargate(props), auth }));

describe('rolling', () => {
  test('has shares of its own, and alarms', () => {
    const stack = testStack();
    const alarms = [cloudwatch.Alarm.fromAlarmName(stack, 'Alarm', 'too-slow')];
    const deployment = FargateDeployment.rolling({ minHealthyPercent: 50, maxHealthyPercent: 150, alarms });
    testServer({ compute: McpCompute.fargate({ deployment }), auth }, stack);
    templateOf(stack).hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        MinimumHealthyPercent: 50,
        MaximumPercent: 150,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        Alarms: { AlarmNames: ['too-slow'], Enable: true, Rollback: true },
        Strategy: Match.absent(),
      },
    });
  });

  test.each([
    [{ minHealthyPercent: 101 }, 'minHealthyPercent must be a whole number of percent, 0 to 100, got 101'],
    [{ maxHealthyPercent: 100 }, 'maxHealthyPercent must be a whole number of percent, 101 to 200, got 100'],
  ])('%j is refused', (props, message) => {
    expect(() => FargateDeployment.rolling(props)).toThrow(message);
  });

  test.each([
    [1, { maxHealthyPercent: 150 }, 'raise maxHealthyPercent to 200, or lower minHealthyPercent to 0'],
    [
      2,
      { minHealthyPercent: 60, maxHealthyPercent: 140 },
      'raise maxHealthyPercent to 150, or lower minHealthyPercent to 50',
    ],
  ])('of %d tasks and %j is refused, since it would never begin', (minTasks, shares, remedy) => {
    const deployment = FargateDeployment.rolling(shares);
    expect(() => templateWith({ minTasks, deployment })).toThrow(remedy);
    expect(() => templateWith({ minTasks: minTasks + 1, deployment })).not.toThrow();
  });
});

describe('blue and green', () => {
  const template = () => templateWith({ deployment: FargateDeployment.blueGreen() });

  test('has two groups of tasks, one rule that ECS moves between them, and a role for that', () => {
    template().resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 2);
    template().hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: { Ref: Match.stringLikeRegexp('TargetsGroup') }, Weight: 100 },
              { TargetGroupArn: { Ref: Match.stringLikeRegexp('TargetsOtherGroup') }, Weight: 0 },
            ],
          },
        },
      ],
    });
    template().hasResourceProperties('AWS::ECS::Service', {
      LoadBalancers: [
        {
          ContainerName: 'server',
          ContainerPort: 8080,
          TargetGroupArn: { Ref: Match.stringLikeRegexp('TargetsGroup') },
          AdvancedConfiguration: {
            AlternateTargetGroupArn: { Ref: Match.stringLikeRegexp('TargetsOtherGroup') },
            ProductionListenerRule: { Ref: Match.stringLikeRegexp('TargetsRule') },
            RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('TargetsRole'), 'Arn'] },
          },
        },
      ],
    });
  });

  test('keeps the old tasks for five minutes, and is undone by two alarms', () => {
    template().hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        Strategy: 'BLUE_GREEN',
        BakeTimeInMinutes: 5,
        DeploymentCircuitBreaker: Match.absent(),
        Alarms: {
          AlarmNames: [
            { Ref: Match.stringLikeRegexp('ComputeFaults') },
            { Ref: Match.stringLikeRegexp('ComputeUnanswered') },
          ],
          Enable: true,
          Rollback: true,
        },
      },
    });
  });

  test.each([
    ['answer with 5xx', 'HTTPCode_Target_5XX_Count'],
    ['do not answer, so that the load balancer does', 'HTTPCode_ELB_5XX_Count'],
  ])('goes back when tasks %s', (_, MetricName) => {
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/ApplicationELB',
      MetricName,
      Dimensions: [{ Name: 'LoadBalancer', Value: Match.anyValue() }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('is left to ECS only when it may move calls', () => {
    const [service] = Object.values(template().findResources('AWS::ECS::Service'));
    for (const part of ['TargetsRoleDefaultPolicy', 'TargetsRule', 'TargetsOtherGroup', 'ExecutionRoleDefaultPolicy']) {
      expect(service?.DependsOn).toContainEqual(expect.stringContaining(part));
    }
  });

  test('has no moment without a version: the listener, which is there before its rule, forwards too', () => {
    template().hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: Match.stringLikeRegexp('TargetsGroup') } }],
    });
  });

  test('is scaled by CPU only: of two groups CloudWatch counts the requests of one', () => {
    template().resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 1);
    expect(() =>
      McpCompute.fargate({ deployment: FargateDeployment.blueGreen(), scaling: { requestsPerTask: 100 } }),
    ).toThrow(/scaling.requestsPerTask counts the calls of one group of tasks/);
  });
});

test('a canary gets a share of the calls for a time', () => {
  const deployment = FargateDeployment.canary({
    percent: 5,
    duration: Duration.minutes(3),
    bakeTime: Duration.minutes(1),
  });
  templateWith({ deployment }).hasResourceProperties('AWS::ECS::Service', {
    DeploymentConfiguration: {
      Strategy: 'CANARY',
      BakeTimeInMinutes: 1,
      CanaryConfiguration: { CanaryPercent: 5, CanaryBakeTimeInMinutes: 3 },
    },
  });
});

test.each([
  [() => FargateDeployment.canary({ percent: 0 }), 'percent must be a whole number of percent, 1 to 99, got 0'],
  [() => FargateDeployment.canary({ percent: 100 }), 'percent must be a whole number of percent, 1 to 99, got 100'],
  [
    () => FargateDeployment.canary({ duration: Duration.days(2) }),
    'duration must be a whole number of minutes, 0 to 1440',
  ],
  [() => FargateDeployment.blueGreen({ bakeTime: Duration.seconds(90) }), 'bakeTime must be a whole number of minutes'],
])('%#: what ECS would refuse is refused at synth', (make, message) => {
  expect(make).toThrow(message);
});

test('storage of one task at a time has no two groups of tasks', () => {
  const compute = McpCompute.fargate({ deployment: FargateDeployment.blueGreen() });
  expect(() => testServer({ compute, auth, storage: McpStorage.rocksDb() })).toThrow(
    /starts new tasks beside the old one, and this storage is of one task at a time: use FargateDeployment.rolling\(\)/,
  );
});

describe('spare capacity', () => {
  const strategyOf = (props: FargateComputeProps): unknown => {
    const [service] = Object.values(templateWith(props).findResources('AWS::ECS::Service'));
    return service?.Properties.CapacityProviderStrategy;
  };

  test('is for all tasks but the first', () => {
    expect(strategyOf({ spot: true })).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 0 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
    ]);
  });

  test('is for the only one', () => {
    expect(strategyOf({ spot: true, minTasks: 1 })).toEqual([{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }]);
  });

  test('is used where it is asked for', () => {
    expect(strategyOf({})).toBeUndefined();
  });

  test('is none in the cluster of another server that has none', () => {
    const stack = testStack();
    const { cluster } = testServer({ compute: McpCompute.fargate(), auth }, stack).compute;
    expect(() => McpCompute.fargate({ spot: true, cluster })).toThrow(
      /spot needs a cluster with the capacity providers of Fargate.*leave out cluster/,
    );
    const other = testServer({ compute: McpCompute.fargate({ spot: true }), auth }, testStack()).compute.cluster;
    expect(() => McpCompute.fargate({ spot: true, cluster: other })).not.toThrow();
  });

  test('is known to the cluster', () => {
    templateWith({ spot: true }).hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', {
      CapacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    });
  });
});

test.each([
  ['blueGreen', () => FargateDeployment.blueGreen({ alarms: [] })],
  ['canary', () => FargateDeployment.canary({ alarms: [] })],
])('%s without anything that undoes it is refused', (_, deployment) => {
  expect(deployment).toThrow('alarms is empty, and nothing else undoes a deployment');
});
