import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';
import { groupDescription } from '../../private/group-description.ts';
import { refuseSnapshot } from '../../private/removal.ts';
import type { StorageMount } from '../../storage/storage-mount.ts';
import { BoundCompute } from '../bound-compute.ts';
import type { LambdaComputeProps } from './lambda-compute-props.ts';
import { validateEnvironment } from './lambda-limits.ts';
import { LambdaRole } from './lambda-role.ts';
import { mergeEnvironment } from '../merge-environment.ts';
import type { McpComputeBindOptions } from '../mcp-compute.ts';

const DEFAULT_MEMORY_MB = 512;
const DEFAULT_TIMEOUT = Duration.minutes(5);
/** Characters that Lambda takes; a construct deep in an application has a longer path. */
const MAX_DESCRIPTION = 256;

/**
 * A server on Lambda: the function, its log group, its role, and a Function URL that streams.
 *
 * @internal
 */
export class LambdaCompute extends BoundCompute {
  override readonly rootUrl: string;
  override readonly ephemeral = true;
  override readonly role: iam.IRole;
  override readonly logGroup: logs.ILogGroup;
  private readonly handler: lambda.Function;
  private readonly address: lambda.FunctionUrl;
  private readonly inNetwork: boolean;

  constructor(scope: Construct, id: string, props: LambdaComputeProps, options: McpComputeBindOptions) {
    super(scope, id);
    refuseSnapshot('a log group', props.logRemovalPolicy, 'logRemovalPolicy');
    const architecture = props.architecture ?? lambda.Architecture.ARM_64;
    const code = options.code.bind(this, { parts: options.parts, architecture });
    const environment = mergeEnvironment(code, options.environment);
    validateEnvironment(environment);
    const tracing = props.tracing ?? lambda.Tracing.ACTIVE;

    const network = this.networkOf(props, options);
    this.inNetwork = network.vpc !== undefined;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemovalPolicy ?? options.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    this.role = new LambdaRole(this, 'Role', {
      logGroup: this.logGroup,
      traced: tracing !== lambda.Tracing.DISABLED,
      inNetwork: this.inNetwork,
    });
    this.handler = new lambda.Function(this, 'Function', {
      description: `MCP server ${scope.node.path}`.slice(0, MAX_DESCRIPTION),
      code: code.code,
      handler: code.handler,
      environment,
      runtime: code.runtime,
      layers: code.layers,
      architecture,
      memorySize: props.memorySize ?? DEFAULT_MEMORY_MB,
      timeout: props.timeout ?? DEFAULT_TIMEOUT,
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      tracing,
      ...network,
      filesystem: fileSystemOf(options.mounts),
    });
    acknowledge(this.handler, {
      'Serverless-LambdaDLQ':
        'a dead letter queue takes failed asynchronous calls; a URL calls synchronously, and its caller is told',
    });
    if (code.runtime.family === lambda.RuntimeFamily.PYTHON) {
      const reason =
        'which Python a server runs on is a choice of its code, 3.13 by default, since all its packages must come for it';
      acknowledge(this.handler, { 'AwsSolutions-L1': reason, 'Serverless-LambdaLatestVersion': reason });
    }
    if (this.inNetwork) {
      acknowledge(this, {
        'Annotation::@aws-cdk/aws-ec2:ipv4IgnoreEgressRule':
          'a group that lets everything out needs no rules for storage and endpoints; one that does not gets them',
      });
    }
    this.address = this.handler.addFunctionUrl({
      authType: options.signedByAws ? lambda.FunctionUrlAuthType.AWS_IAM : lambda.FunctionUrlAuthType.NONE,
      invokeMode: lambda.InvokeMode.RESPONSE_STREAM,
    });
    this.rootUrl = this.address.url;
  }

  override get function(): lambda.Function {
    return this.handler;
  }

  override get functionUrl(): lambda.FunctionUrl {
    return this.address;
  }

  override get connections(): ec2.Connections {
    return this.inNetwork ? this.handler.connections : super.connections;
  }

  override grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.address.grantInvokeUrl(grantee);
  }

  override metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metric(metricName, props);
  }

  /** What the application gave it; otherwise the network of the storage, from which only what is allowed can be reached. */
  private networkOf(props: LambdaComputeProps, { network }: McpComputeBindOptions): Network {
    if (props.vpc) return { vpc: props.vpc, vpcSubnets: props.vpcSubnets, securityGroups: props.securityGroups };
    if (!network) return {};
    const { vpc, vpcSubnets } = network;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: groupDescription(`MCP server ${this.node.path}`),
      allowAllOutbound: network.reachesInternet,
    });
    return { vpc, vpcSubnets, securityGroups: [securityGroup] };
  }
}

type Network = Pick<lambda.FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;

function fileSystemOf(mounts: readonly StorageMount[]): lambda.FileSystem | undefined {
  if (mounts.length > 1) throw new Error('a Lambda function mounts one folder: use storage that needs no more');
  return mounts[0]?.lambdaFileSystem();
}
