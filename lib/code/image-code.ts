import type * as ecs from 'aws-cdk-lib/aws-ecs';

import { checkWholeNumber } from '../private/limits.ts';
import type { McpContainerConfig } from './mcp-code.ts';

/** Properties of `McpCode.image()`. */
export interface ImageCodeProps {
  /** The image, such as `ecs.ContainerImage.fromAsset('server')` or `fromEcrRepository(…)`. */
  readonly image: ecs.ContainerImage;
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
   * User and group to run as, by number: `1000:1000`. The user root, 0, is refused.
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
/** Below them a user other than root may not listen. */
const PORTS = { min: 1024, max: 65_535, unit: 'a port' };

/** @throws Error when there is no image, or the port, the path or the user cannot work */
export function checkImage(props: ImageCodeProps): void {
  // Callers in JavaScript have no compiler to tell them.
  const image: unknown = props.image;
  if (typeof image !== 'object' || image === null) {
    throw new Error("image is required: an image of ECS, such as image: ecs.ContainerImage.fromAsset('server')");
  }
  checkWholeNumber('port', props.port, PORTS);
  if (props.healthPath !== undefined && !/^\/\S*$/.test(props.healthPath)) {
    throw new Error(`healthPath must be a path such as "/health", got ${JSON.stringify(props.healthPath)}`);
  }
  if (props.user !== undefined && !/^[1-9]\d*(?::\d+)?$/.test(props.user)) {
    throw new Error(
      `user must be a number other than 0, with or without a group, such as "1000:1000", got ${JSON.stringify(props.user)}: ` +
        'servers do not run as root',
    );
  }
}

/** @internal */
export function bindImage(props: ImageCodeProps): McpContainerConfig {
  return {
    image: props.image,
    port: props.port ?? DEFAULT_PORT,
    healthPath: props.healthPath ?? '/health',
    command: props.command,
    user: props.user,
    secrets: props.secrets,
    writableRoot: props.writableRoot,
  };
}
