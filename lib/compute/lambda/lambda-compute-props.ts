import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';

/** Properties of `McpCompute.lambda()`. */
export interface LambdaComputeProps {
  /**
   * Memory in MB, 128 to 10240; CPU grows with it, one core at 1769.
   *
   * @default 512 - a cold start has two cores whatever the memory, and a warm call of the protocol needs about 1 ms of CPU,
   * of FastMCP too
   */
  readonly memorySize?: number;
  /**
   * How long one call may take, its streamed answer included: 1 to 900 whole seconds.
   *
   * @default Duration.minutes(5) - clients give up after one minute unless they are told of progress; a call that tells
   * of it goes on, and one that hangs ends
   */
  readonly timeout?: Duration;
  /**
   * Instruction set of the processor.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;
  /**
   * How many calls may run at once; 0 switches the server off. The ceiling on what a flood of calls costs.
   *
   * @default - what the account has left
   */
  readonly reservedConcurrency?: number;
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
   * Traces in X-Ray.
   *
   * @default lambda.Tracing.ACTIVE
   */
  readonly tracing?: lambda.Tracing;
  /**
   * Network to run in. A function in a network reaches the internet, the issuer of tokens too, only through a NAT.
   *
   * @default - no network of yours
   */
  readonly vpc?: ec2.IVpc;
  /**
   * Subnets of the network.
   *
   * @default - its private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * Security groups in the network.
   *
   * @default - a new one that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}
