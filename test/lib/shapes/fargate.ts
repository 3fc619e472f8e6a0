import type { Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';

import { FargateDeployment, McpCompute, McpListener } from '../../../lib/index.ts';
import type { Choices } from './choices.ts';

/** A certificate that exists. */
export const certificate = (stack: Stack) =>
  acm.Certificate.fromCertificateArn(
    stack,
    'Certificate',
    'arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555',
  );

/** A zone that exists. */
export const zone = (stack: Stack) =>
  route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { zoneName: 'example.com', hostedZoneId: 'Z0123456789' });

/** A network of the application, with a NAT. */
const vpcWithNat = (stack: Stack) =>
  new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1, flowLogs: { all: {} }, restrictDefaultSecurityGroup: false });

/** A network of the application, without a way out. */
const isolatedVpc = (stack: Stack) =>
  new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Inside', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    flowLogs: { all: {} },
    restrictDefaultSecurityGroup: false,
  });

/** A load balancer that the internet reaches. */
export const PUBLIC: Choices<McpCompute> = {
  'fargate with a domain': (stack) =>
    McpCompute.fargate({ listener: McpListener.https({ domainName: 'mcp.example.com', hostedZone: zone(stack) }) }),
  'fargate without TLS': () => McpCompute.fargate({ listener: McpListener.insecureHttp() }),
};

/** Choices of Fargate, each with a table for its storage. */
export const FARGATE: Choices<McpCompute> = {
  fargate: () => McpCompute.fargate(),
  'fargate with a certificate inside': (stack) =>
    McpCompute.fargate({
      listener: McpListener.https({
        certificates: [certificate(stack)],
        domainName: 'mcp.example.com',
        internal: true,
        allowFrom: [ec2.Peer.ipv4('10.0.0.0/8')],
        sslPolicy: elbv2.SslPolicy.TLS13_13,
      }),
    }),
  'fargate for an office': (stack) =>
    McpCompute.fargate({
      listener: McpListener.https({
        certificates: [certificate(stack)],
        domainName: 'mcp.example.com',
        allowFrom: [ec2.Peer.ipv4('203.0.113.0/24')],
      }),
    }),
  'fargate, blue and green': () => McpCompute.fargate({ deployment: FargateDeployment.blueGreen() }),
  'fargate with a canary': (stack) =>
    McpCompute.fargate({
      deployment: FargateDeployment.canary({
        percent: 5,
        duration: Duration.minutes(3),
        bakeTime: Duration.minutes(0),
        alarms: [cloudwatch.Alarm.fromAlarmName(stack, 'Alarm', 'too-slow')],
      }),
      scaling: { cpuPercent: 40 },
    }),
  'fargate on spare capacity': () => McpCompute.fargate({ spot: true }),
  'fargate in a network that exists': (stack) => McpCompute.fargate({ vpc: isolatedVpc(stack) }),
  'fargate with everything': (stack) =>
    McpCompute.fargate({
      cluster: new ecs.Cluster(stack, 'Cluster', {
        vpc: isolatedVpc(stack),
        containerInsightsV2: ecs.ContainerInsights.ENABLED,
      }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      listener: McpListener.internalHttp({ allowFrom: [ec2.Peer.ipv4('10.0.0.0/8')] }),
      cpu: 16_384,
      memory: 122_880,
      minTasks: 3,
      maxTasks: 30,
      scaling: { cpuPercent: 80, requestsPerTask: 1000 },
      architecture: lambda.Architecture.X86_64,
      deployment: FargateDeployment.rolling({
        minHealthyPercent: 50,
        maxHealthyPercent: 150,
        alarms: [cloudwatch.Alarm.fromAlarmName(stack, 'Alarm', 'too-slow')],
      }),
      healthCheck: {
        interval: Duration.seconds(30),
        timeout: Duration.seconds(10),
        healthyThreshold: 5,
        unhealthyThreshold: 5,
        gracePeriod: Duration.minutes(5),
      },
      idleTimeout: Duration.seconds(4000),
      stopTimeout: Duration.seconds(120),
      logRetention: logs.RetentionDays.TEN_YEARS,
      logRemovalPolicy: RemovalPolicy.RETAIN,
      accessLogs: s3.Bucket.fromBucketName(stack, 'AccessLogs', 'access-logs'),
      deletionProtection: true,
    }),
};

/** Choices of Fargate in whose network there is a NAT gateway. */
export const FARGATE_WITH_NAT: Choices<McpCompute> = {
  'fargate with a NAT': (stack) =>
    McpCompute.fargate({
      internet: true,
      listener: McpListener.https({ certificates: [certificate(stack)], domainName: 'mcp.example.com' }),
    }),
  'fargate in a network with a NAT': (stack) => McpCompute.fargate({ vpc: vpcWithNat(stack) }),
};
