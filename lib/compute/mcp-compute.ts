import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

import type { McpCode } from '../code/mcp-code.ts';
import type { RuntimePart } from '../code/runtime-part.ts';
import type { McpNetwork } from '../network/mcp-network.ts';
import type { ServerNetwork } from '../network/server-network.ts';
import type { StorageMount } from '../storage/storage-mount.ts';
import type { BoundCompute } from './bound-compute.ts';
import { FargateCompute } from './fargate/fargate-compute.ts';
import type { FargateComputeProps } from './fargate/fargate-compute-props.ts';
import { validateFargate } from './fargate/fargate-limits.ts';
import { LambdaCompute } from './lambda/lambda-compute.ts';
import type { LambdaComputeProps } from './lambda/lambda-compute-props.ts';
import { validateLambda } from './lambda/lambda-limits.ts';

/** What a server asks of its compute. */
export interface McpComputeBindOptions {
  /** The code to run. */
  readonly code: McpCode;
  /** Parts of the runtime that the deployment needs. */
  readonly parts: RuntimePart[];
  /** Environment variables: the wiring, and what the author adds. */
  readonly environment: { [name: string]: string };
  /**
   * The network to run in, because the storage is there.
   *
   * @default - none
   */
  readonly network?: McpNetwork;
  /** Folders of the storage to mount. */
  readonly mounts: StorageMount[];
  /** Whether every instance of the server sees the same entries: without it, only one may run. */
  readonly shared: boolean;
  /** Whether the next instance may start only when the one before it has ended. */
  readonly singleTask: boolean;
  /** Whether AWS must let only signed requests through. */
  readonly signedByAws: boolean;
  /**
   * What becomes of the logs when the server leaves the stack.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What a server runs on. */
export abstract class McpCompute {
  /**
   * A Lambda function behind a Function URL that streams: nothing runs, and nothing is paid, while nobody calls.
   *
   * @throws Error when a value is outside of the limits of Lambda
   */
  static lambda(props: LambdaComputeProps = {}): McpCompute {
    validateLambda(props);
    return new Lambda(props);
  }

  /**
   * A service of ECS on Fargate behind a load balancer: tasks that run all the time, without a start at the first call, in a
   * network of their own. Without a `listener` it is reached from within that network only.
   *
   * @throws Error when a value is outside of the limits of Fargate, or two do not go together
   */
  static fargate(props: FargateComputeProps = {}): McpCompute {
    validateFargate(props);
    return new Fargate(props);
  }

  /** The network that the application gave it. */
  get vpc(): ec2.IVpc | undefined {
    return undefined;
  }

  /** The subnets that the application gave it. */
  get vpcSubnets(): ec2.SubnetSelection | undefined {
    return undefined;
  }

  /**
   * Whether it tells the server a public address, with https: a function learns its own with each request only, and a load
   * balancer has one by its certificate.
   */
  get tellsAddress(): boolean {
    return false;
  }

  /** Tells the network what the compute needs of it, before anything is in it. Called by the server; not by applications. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a function asks for nothing
  prepareNetwork(_network: ServerNetwork): void {}

  /** Called by the server; not by applications. */
  abstract bind(server: Construct, options: McpComputeBindOptions): BoundCompute;
}

class Lambda extends McpCompute {
  private readonly props: LambdaComputeProps;

  constructor(props: LambdaComputeProps) {
    super();
    this.props = props;
  }

  override get vpc(): ec2.IVpc | undefined {
    return this.props.vpc;
  }

  override get vpcSubnets(): ec2.SubnetSelection | undefined {
    return this.props.vpcSubnets;
  }

  override bind(server: Construct, options: McpComputeBindOptions): BoundCompute {
    return new LambdaCompute(server, 'Compute', this.props, options);
  }
}

class Fargate extends McpCompute {
  private readonly props: FargateComputeProps;

  constructor(props: FargateComputeProps) {
    super();
    this.props = props;
  }

  override get vpc(): ec2.IVpc | undefined {
    return this.props.vpc ?? this.props.cluster?.vpc;
  }

  override get vpcSubnets(): ec2.SubnetSelection | undefined {
    return this.props.vpcSubnets;
  }

  override get tellsAddress(): boolean {
    return this.props.listener?._settings.https !== undefined;
  }

  override prepareNetwork(network: ServerNetwork): void {
    network.needNetwork();
    if (this.props.internet === true) network.needInternet();
    const listener = this.props.listener?._settings;
    if (listener && !listener.internal) network.needPublicSubnets();
  }

  override bind(server: Construct, options: McpComputeBindOptions): BoundCompute {
    return new FargateCompute(server, 'Compute', this.props, options);
  }
}
