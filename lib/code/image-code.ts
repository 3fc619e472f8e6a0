import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { checkWholeNumber } from '../private/limits.ts';
import { checkFolder } from './folder.ts';
import { platformOf } from './image-platform.ts';
import type { McpCodeBindOptions, McpContainerConfig } from './mcp-code.ts';

/** Properties of `McpCode.image()`. */
export interface ImageCodeProps {
  /**
   * The image, such as `ecs.ContainerImage.fromEcrRepository(…)`. It must be for the processor that the compute runs on, arm64 by
   * default: one of `fromAsset()` is built for that of the machine, unless its `platform` says otherwise.
   *
   * @default - it is built from `directory`
   */
  readonly image?: ecs.ContainerImage;
  /**
   * Folder to build the image from when the CDK deploys, for the processor that the compute runs on: absolute, or relative to
   * the folder that the CDK runs in.
   *
   * @default - none: `image` is there
   */
  readonly directory?: string;
  /**
   * Path of the Dockerfile in `directory`.
   *
   * @default 'Dockerfile'
   */
  readonly dockerfile?: string;
  /**
   * Build arguments for the Dockerfile. No secrets: they are in the image.
   *
   * @default - none
   */
  readonly buildArgs?: { [name: string]: string };
  /**
   * Port that the container listens on, 1024 to 65535. It is also told as `PORT`, and as `HOST` to listen everywhere.
   *
   * @default 8080
   */
  readonly port?: number;
  /**
   * Path that answers 200 without authentication once the server takes calls.
   *
   * @default '/health'
   */
  readonly healthPath?: string;
  /**
   * What to run instead of the image's own command.
   *
   * @default - what the image says
   */
  readonly command?: string[];
  /**
   * User and group to run as, by number: `1000:1000`. Those of root, 0, are refused.
   *
   * @default '1000:1000'
   */
  readonly user?: string;
  /**
   * Environment variables that ECS fetches when a task starts.
   *
   * @default - none
   */
  readonly secrets?: { [name: string]: ecs.Secret };
  /**
   * Whether the container may write to its root file system. `/tmp` is a volume either way, which takes its owner from the
   * image: an image without `VOLUME ["/tmp"]` finds it owned by root.
   *
   * @default false
   */
  readonly writableRoot?: boolean;
}

const DEFAULT_PORT = 8080;
const DOCKERFILE = 'Dockerfile';
/** Below them a user other than root may not listen. */
const PORTS = { min: 1024, max: 65_535, unit: 'a port' };

/** @throws Error when there is no image and none can be built, or the port, the path or the user cannot work */
export function checkImage(props: ImageCodeProps): void {
  checkSource(props);
  checkWholeNumber('port', props.port, PORTS);
  if (props.healthPath !== undefined && !/^\/\S*$/.test(props.healthPath)) {
    throw new Error(`healthPath must be a path such as "/health", got ${JSON.stringify(props.healthPath)}`);
  }
  if (props.user !== undefined && !/^[1-9]\d*(?::[1-9]\d*)?$/.test(props.user)) {
    throw new Error(
      `user must be a number other than 0, with or without a group other than 0, such as "1000:1000", got ${JSON.stringify(props.user)}: ` +
        'servers do not run as root',
    );
  }
}

function checkSource({ directory, dockerfile = DOCKERFILE, ...props }: ImageCodeProps): void {
  const image: unknown = props.image; // callers in JavaScript have no compiler to tell them
  if (directory === undefined) {
    if (typeof image !== 'object' || image === null) {
      throw new Error(
        "an image is required: directory: 'server' to build one from a Dockerfile, or image: ecs.ContainerImage.fromEcrRepository(…)",
      );
    }
    if (props.buildArgs || dockerfile !== DOCKERFILE) {
      throw new Error(
        'dockerfile and buildArgs are for an image that is built: name the directory instead of an image',
      );
    }
    return;
  }
  if (image) throw new Error('there are both an image and a directory to build one from: leave one out');
  const folder = checkFolder(directory, 'name the folder that it is in, and the file as dockerfile');
  if (existsSync(join(folder, dockerfile))) return;
  throw new Error(
    `there is no ${dockerfile} in ${JSON.stringify(folder)}: write one, or name another file of this folder as dockerfile`,
  );
}

/** @internal */
export function bindImage(props: ImageCodeProps, { architecture }: McpCodeBindOptions): McpContainerConfig {
  return {
    image: props.image ?? imageOf(props, architecture),
    port: props.port ?? DEFAULT_PORT,
    healthPath: props.healthPath ?? '/health',
    command: props.command,
    user: props.user,
    secrets: props.secrets,
    writableRoot: props.writableRoot,
  };
}

function imageOf(
  { directory = '.', dockerfile, buildArgs }: ImageCodeProps,
  on: lambda.Architecture,
): ecs.ContainerImage {
  return ecs.ContainerImage.fromAsset(directory, { file: dockerfile, buildArgs, platform: platformOf(on) });
}
