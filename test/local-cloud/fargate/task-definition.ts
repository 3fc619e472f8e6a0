/** What a container of a task is to be, of the properties of its AWS::ECS::TaskDefinition. */
export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly containerName: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly workingDirectory?: string;
  readonly user?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables, and what ECS would fetch for them. */
  readonly secrets: readonly { readonly name: string; readonly from: string }[];
  readonly readonlyRoot: boolean;
  /** MiB. */
  readonly memory: number;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout: number;
  readonly mounts: readonly Mount[];
  /** The port that it listens on, if it says so. */
  readonly port?: number;
  readonly healthCheck?: ContainerHealthCheck;
}

/** A volume, where the container finds it. */
export interface Mount {
  readonly volume: string;
  readonly path: string;
  readonly readOnly: boolean;
  /** File system of EFS, and its access point, which all tasks share. @default - an empty volume of the task's own */
  readonly fileSystem?: string;
}

/** Times in seconds. */
export interface ContainerHealthCheck {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
}

/** CloudFormation's own words; numbers and booleans may come as text. */
export interface TaskDefinitionProps {
  readonly Family?: string;
  readonly Memory?: string | number;
  readonly Volumes?: readonly VolumeProps[];
  readonly ContainerDefinitions: readonly ContainerProps[];
}

interface VolumeProps {
  readonly Name: string;
  readonly EFSVolumeConfiguration?: {
    readonly FilesystemId: string;
    readonly AuthorizationConfig?: { readonly AccessPointId?: string };
  };
}

interface ContainerProps {
  readonly Name: string;
  readonly Image: string;
  readonly Command?: readonly string[];
  readonly EntryPoint?: readonly string[];
  readonly WorkingDirectory?: string;
  readonly User?: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: string | number | boolean }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: string }[];
  readonly ReadonlyRootFilesystem?: boolean | string;
  readonly Memory?: string | number;
  readonly StopTimeout?: string | number;
  readonly MountPoints?: readonly {
    readonly SourceVolume: string;
    readonly ContainerPath: string;
    readonly ReadOnly?: boolean | string;
  }[];
  readonly PortMappings?: readonly { readonly ContainerPort: string | number }[];
  readonly HealthCheck?: {
    readonly Command: readonly string[];
    readonly Interval?: string | number;
    readonly Timeout?: string | number;
    readonly Retries?: string | number;
    readonly StartPeriod?: string | number;
  };
}

/**
 * Reads the properties; what they leave out is as ECS has it.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 * @throws Error when they say what is not played here
 */
export function readTaskDefinition(arn: string, props: TaskDefinitionProps): TaskDefinition {
  const [container, second] = props.ContainerDefinitions;
  if (container === undefined || second !== undefined) {
    throw new Error(
      `task definition ${arn}: tasks of one container are played here, it has ${props.ContainerDefinitions.length}`,
    );
  }
  const check = container.HealthCheck;
  const port = container.PortMappings?.[0]?.ContainerPort;
  return {
    arn,
    family: props.Family ?? arn.split('/').at(-1)?.split(':')[0] ?? arn,
    containerName: container.Name,
    image: container.Image,
    command: container.Command,
    entryPoint: container.EntryPoint,
    workingDirectory: container.WorkingDirectory,
    user: container.User,
    environment: Object.fromEntries((container.Environment ?? []).map(({ Name, Value }) => [Name, String(Value)])),
    secrets: (container.Secrets ?? []).map(({ Name, ValueFrom }) => ({ name: Name, from: ValueFrom })),
    readonlyRoot: isTrue(container.ReadonlyRootFilesystem),
    memory: Number(container.Memory ?? props.Memory ?? 512),
    stopTimeout: Number(container.StopTimeout ?? 30),
    mounts: (container.MountPoints ?? []).map((mount) => ({
      volume: mount.SourceVolume,
      path: mount.ContainerPath,
      readOnly: isTrue(mount.ReadOnly),
      fileSystem: fileSystemOf(props, mount.SourceVolume),
    })),
    port: port === undefined ? undefined : Number(port),
    healthCheck: check && {
      command: check.Command,
      interval: Number(check.Interval ?? 30),
      timeout: Number(check.Timeout ?? 5),
      retries: Number(check.Retries ?? 3),
      startPeriod: Number(check.StartPeriod ?? 0),
    },
  };
}

function fileSystemOf({ Volumes = [] }: TaskDefinitionProps, name: string): string | undefined {
  const efs = Volumes.find((volume) => volume.Name === name)?.EFSVolumeConfiguration;
  return efs && [efs.FilesystemId, efs.AuthorizationConfig?.AccessPointId].filter(Boolean).join('-');
}

/** CloudFormation sends booleans as text. */
export function isTrue(value: boolean | string | undefined): boolean {
  return value === true || value === 'true';
}
