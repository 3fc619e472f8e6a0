import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import type { LocalFargate } from './local-fargate.ts';
import type { NetworkState } from './network.ts';

const PROBE = join(__dirname, 'probe');
const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/probe/1';
export const SERVICE = 'arn:aws:ecs:us-east-1:000000000000:service/cluster/probe';

const NETWORK: NetworkState = {
  loadBalancers: [{ LoadBalancerArn: 'arn:balancer', DNSName: 'probe.elb.amazonaws.com', attributes: [] }],
  listeners: [
    {
      ...{ ListenerArn: 'arn:listener', LoadBalancerArn: 'arn:balancer', Port: 80, Protocol: 'HTTP' },
      DefaultActions: [{ Type: 'forward', TargetGroupArn: GROUP }],
    },
  ],
  rules: [],
  targetGroups: [
    {
      ...{ TargetGroupArn: GROUP, HealthCheckPath: '/health', HealthCheckIntervalSeconds: 10 },
      ...{ HealthCheckTimeoutSeconds: 5, HealthyThresholdCount: 2, UnhealthyThresholdCount: 2 },
      ...{ Matcher: { HttpCode: '200' }, attributes: [] },
    },
  ],
};

/** Builds the image of the probe as the CDK CLI would. @returns what docker.mjs printed */
export function buildProbe(fargate: LocalFargate, image = 'probe:1', folder = PROBE): string {
  const { CDK_DOCKER = '', ...variables } = fargate.cdkEnvironment;
  const args = ['build', '--build-arg', `BASE_IMAGE=${fargate.baseImages.node}`, '--tag', image, '.'];
  const env = { ...process.env, ...variables };
  const { stdout, stderr, status } = spawnSync(process.execPath, [CDK_DOCKER, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout + stderr;
}

/** Hands over a service of the probe, as the repaired emulator does. @throws Error with its reason when it is not stable */
export async function deployByHand(
  fargate: LocalFargate,
  release: string,
  container: Readonly<Record<string, unknown>> = {},
  deployment: Readonly<Record<string, unknown>> = { DeploymentCircuitBreaker: { Enable: true } },
): Promise<void> {
  const arn = `arn:aws:ecs:us-east-1:000000000000:task-definition/probe:${release}`;
  const body = {
    ...{ kind: 'service', arn: SERVICE, endpoint: 'http://127.0.0.1:1', network: NETWORK },
    props: {
      ...{ TaskDefinition: arn, DesiredCount: '1', DeploymentConfiguration: deployment },
      LoadBalancers: [{ TargetGroupArn: GROUP, ContainerName: 'server', ContainerPort: '8080' }],
    },
    taskDefinition: {
      ...{ Family: 'probe', Memory: '256' },
      Volumes: [{ Name: 'own' }, { Name: 'shared', EFSVolumeConfiguration: { FilesystemId: 'fs-1' } }],
      ContainerDefinitions: [
        {
          ...{ Name: 'server', Image: 'probe:1', StopTimeout: '2' },
          Environment: [
            { Name: 'RELEASE', Value: release },
            { Name: 'PORT', Value: '8080' },
          ],
          ...container,
        },
      ],
    },
  };
  const answer = await fetch(fargate.cloudEnvironment.LOCAL_CLOUD_FARGATE ?? '', {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(((await answer.json()) as { reason: string }).reason);
}
