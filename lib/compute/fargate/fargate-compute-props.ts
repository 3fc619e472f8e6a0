import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';

import type { FargateDeployment } from './fargate-deployment.ts';
import type { FargateHealthCheck } from './fargate-health-check.ts';
import type { FargateScaling } from './fargate-scaling.ts';
import type { McpListener } from './mcp-listener.ts';

/** Properties of `McpCompute.fargate()`. */
export interface FargateComputeProps {
  /**
   * How clients reach the server.
   *
   * @default McpListener.internalHttp() - from within the network only, since there is no certificate to encrypt with
   */
  readonly listener?: McpListener;
  /**
   * CPU units of a task; 1024 are one core: 256, 512, 1024, 2048, 4096, 8192 or 16384.
   *
   * @default 256
   */
  readonly cpu?: number;
  /**
   * Memory of a task in MiB. Which values there are depends on the CPU.
   *
   * @default - the least that goes with the CPU: 512 with 256
   */
  readonly memory?: number;
  /**
   * Tasks that run at least, 1 or more.
   *
   * @default 2, so that one may fail; 1 where tasks would not see each other's entries
   */
  readonly minTasks?: number;
  /**
   * Tasks that run at most: the ceiling on what a flood of calls costs.
   *
   * @default 10, or `minTasks` where that is more; 1 where tasks would not see each other's entries
   */
  readonly maxTasks?: number;
  /**
   * When tasks are added and taken away, between `minTasks` and `maxTasks`.
   *
   * @default - at 60 % of the CPU, and at 6000 requests a minute for each task
   */
  readonly scaling?: FargateScaling;
  /**
   * Instruction set of the processor; images are built for it.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;
  /**
   * Whether tasks run on spare capacity, which is about 70 % cheaper and may be taken away with two minutes' notice. Where
   * more than one task runs, the first stays on capacity of its own.
   *
   * @default false
   */
  readonly spot?: boolean;
  /**
   * How a new version takes over.
   *
   * @default FargateDeployment.rolling()
   */
  readonly deployment?: FargateDeployment;
  /**
   * How the load balancer finds out whether a task can take calls.
   *
   * @default - every 10 seconds; two answers make a task healthy, three without one unhealthy
   */
  readonly healthCheck?: FargateHealthCheck;
  /**
   * How long a connection may be without a byte, 1 to 4000 seconds: a stream that says nothing for longer is cut.
   *
   * @default Duration.seconds(300)
   */
  readonly idleTimeout?: Duration;
  /**
   * How long a task has to end after it was told to, 10 to 120 seconds. Calls may take 5 seconds less to finish.
   *
   * @default Duration.seconds(60) - after which clients give up a call of which they hear nothing
   */
  readonly stopTimeout?: Duration;
  /**
   * How long logs are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;
  /**
   * What becomes of the logs when the server leaves the stack.
   *
   * @default - the `removalPolicy` of the server; without one they are deleted
   */
  readonly logRemovalPolicy?: RemovalPolicy;
  /**
   * Network to run in. Its subnets must reach ECR, S3, CloudWatch Logs and Secrets Manager, by endpoints or by a NAT.
   *
   * @default - that of the cluster or of the server; without one it is made, isolated, with the endpoints that are needed
   */
  readonly vpc?: ec2.IVpc;
  /**
   * Subnets of the tasks.
   *
   * @default - the private ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * Whether the server calls the internet: a network that is made for it then has a NAT gateway, about 33 USD a month.
   *
   * @default false
   */
  readonly internet?: boolean;
  /**
   * Cluster to run in. For `spot` it must have the capacity providers of Fargate.
   *
   * @default - one for this server; it costs nothing
   */
  readonly cluster?: ecs.ICluster;
  /**
   * Bucket for a line about each request, in the region of the server.
   *
   * @default - none: the server logs its calls itself
   */
  readonly accessLogs?: s3.IBucket;
  /**
   * Whether the load balancer refuses to be deleted. Its address is lost with it; a domain of your own is not.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;
}
