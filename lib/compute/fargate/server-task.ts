import type { Duration } from 'aws-cdk-lib';
import { Size } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import type { McpContainerConfig } from '../../code/mcp-code.ts';
import { acknowledge } from '../../private/findings.ts';
import { isArm } from '../../private/is-arm.ts';
import type { StorageMount } from '../../storage/storage-mount.ts';

interface ServerTaskProps {
  readonly code: McpContainerConfig;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly StorageMount[];
  readonly size: { readonly cpu: number; readonly memory: number };
  readonly architecture: lambda.Architecture;
  readonly stopTimeout: Duration;
  readonly logGroup: logs.ILogGroup;
  readonly taskRole: iam.IRole;
  readonly executionRole: iam.IRole;
}

const DEFAULT_USER = '1000:1000';
const OPEN_FILES = 65_535;
const LOG_BUFFER = Size.mebibytes(25);

/**
 * The task of a server: one container that is not root, has no capability of the kernel, and writes to `/tmp` and to the
 * folders of its storage only.
 *
 * @internal
 */
export class ServerTask extends ecs.FargateTaskDefinition {
  readonly container: ecs.ContainerDefinition;
  /** Port that the server listens on. */
  readonly port: number;

  constructor(scope: Construct, id: string, props: ServerTaskProps) {
    const { code, size } = props;
    super(scope, id, {
      cpu: size.cpu,
      memoryLimitMiB: size.memory,
      runtimePlatform: {
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
        cpuArchitecture: isArm(props.architecture) ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
      },
      taskRole: props.taskRole,
      executionRole: props.executionRole,
    });
    this.port = code.port;
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', {
      initProcessEnabled: true, // passes SIGTERM on, and buries processes that the server leaves behind
    });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    this.container = this.addContainer('Server', {
      containerName: 'server',
      image: code.image,
      command: code.command,
      user: code.user ?? DEFAULT_USER,
      environment: { ...props.environment },
      secrets: code.secrets,
      portMappings: [{ containerPort: code.port }],
      readonlyRootFilesystem: !(code.writableRoot ?? false),
      privileged: false,
      linuxParameters,
      ulimits: [{ name: ecs.UlimitName.NOFILE, softLimit: OPEN_FILES, hardLimit: OPEN_FILES }],
      stopTimeout: props.stopTimeout,
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'mcp',
        logGroup: props.logGroup,
        mode: ecs.AwsLogDriverMode.NON_BLOCKING, // a server that cannot log goes on serving
        maxBufferSize: LOG_BUFFER,
      }),
    });
    this.addVolume({ name: 'tmp' });
    this.container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'tmp', readOnly: false });
    for (const mount of props.mounts) mount.addToTask(this, this.container);
    acknowledge(this, {
      'AwsSolutions-ECS2': 'the variables are addresses and policies; secrets are fetched by ARN, or through `secrets`',
    });
    acknowledge(props.executionRole, {
      'AwsSolutions-IAM5[Resource::*]': 'ECR has no resource to name for the token that pulls images',
    });
  }
}
