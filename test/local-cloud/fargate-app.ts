// A service of containers behind a load balancer, for fargate-engine.test.ts: plain constructs of CDK, nothing of ours.
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';

const app = new App();
const context = (name: string): string => String(app.node.tryGetContext(name) ?? '');
const stack = new Stack(app, 'Containers');

const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, restrictDefaultSecurityGroup: false });
const cluster = new ecs.Cluster(stack, 'Cluster', { vpc, enableFargateCapacityProviders: true });
const secret = new Secret(stack, 'Secret', {
  generateSecretString: { secretStringTemplate: '{"user":"probe"}', generateStringKey: 'password' },
});
const task = new ecs.FargateTaskDefinition(stack, 'Task', {
  cpu: 256,
  memoryLimitMiB: 512,
  volumes: [{ name: 'scratch' }],
});
const container = task.addContainer('server', {
  image: ecs.ContainerImage.fromAsset(context('image'), { buildArgs: { BASE_IMAGE: context('baseImage') } }),
  environment: { RELEASE: context('release'), PORT: '8080', HOST: '0.0.0.0' },
  secrets: { PASSWORD: ecs.Secret.fromSecretsManager(secret, 'password') },
  portMappings: [{ containerPort: 8080 }],
  readonlyRootFilesystem: true,
  user: '1000:1000',
  stopTimeout: Duration.seconds(5),
  logging: ecs.LogDriver.awsLogs({ streamPrefix: 'server' }),
});
container.addMountPoints({ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false });
const service = new ecs.FargateService(stack, 'Service', {
  cluster,
  taskDefinition: task,
  desiredCount: 2,
  minHealthyPercent: 100,
  maxHealthyPercent: 200,
  circuitBreaker: { rollback: true },
  capacityProviderStrategies: [{ capacityProvider: 'FARGATE', weight: 1 }],
  healthCheckGracePeriod: Duration.seconds(30),
});
service
  .autoScaleTaskCount({ minCapacity: 2, maxCapacity: 4 })
  .scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 });
const balancer = new elb.ApplicationLoadBalancer(stack, 'Balancer', { vpc, idleTimeout: Duration.seconds(120) });
balancer.addListener('Http', { port: 80, protocol: elb.ApplicationProtocol.HTTP }).addTargets('Server', {
  port: 8080,
  protocol: elb.ApplicationProtocol.HTTP,
  targets: [service],
  deregistrationDelay: Duration.seconds(20),
  healthCheck: {
    path: '/health',
    interval: Duration.seconds(10),
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 2,
  },
});
new CfnOutput(stack, 'Url', { value: `http://${balancer.loadBalancerDnsName}/` });
