import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import type { FastMcpCodeProps } from './fastmcp/fastmcp-code.ts';
import { bindFastMcp, bindFastMcpContainer, checkFastMcp } from './fastmcp/fastmcp-code.ts';
import type { ImageCodeProps } from './image-code.ts';
import { bindImage, checkImage } from './image-code.ts';
import type { RuntimePart } from './runtime-part.ts';
import type { TypeScriptCodeProps } from './typescript-code.ts';
import { bindTypeScript, bindTypeScriptContainer } from './typescript-code.ts';

/** What a compute asks of the code when it binds it. */
export interface McpCodeBindOptions {
  /** The parts of the runtime that the deployment needs. */
  readonly parts: RuntimePart[];
  /** Instruction set that the code will run on: what is compiled must fit it. */
  readonly architecture: lambda.Architecture;
  /**
   * Folders that a container mounts, such as `/mnt/mcp`: in an image that is built they belong to the user of the server.
   *
   * @default - none
   */
  readonly folders?: string[];
}

/** Code that is ready to run in a function. */
export interface McpCodeConfig {
  /** The asset to deploy. */
  readonly code: lambda.Code;
  /** The file and the export to call, as Lambda writes them. */
  readonly handler: string;
  /** What Lambda runs it on. */
  readonly runtime: lambda.Runtime;
  /**
   * Layers that it needs.
   *
   * @default - none
   */
  readonly layers?: lambda.ILayerVersion[];
  /**
   * Environment variables that the code needs; those of the server override them.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
  /**
   * Environment variables without which it does not start: the server may not set them.
   *
   * @default - none
   */
  readonly fixedEnvironment?: { [name: string]: string };
}

/** Code that is ready to run in a container. */
export interface McpContainerConfig {
  /** The image. */
  readonly image: ecs.ContainerImage;
  /** Port that it listens on, on every interface, as `PORT` and `HOST` tell it. */
  readonly port: number;
  /** Path that answers 200 without authentication once the server takes calls, such as `/health`. */
  readonly healthPath: string;
  /**
   * What to run, relative to the working directory of the image.
   *
   * @default - what the image says
   */
  readonly command?: string[];
  /**
   * User and group, by number.
   *
   * @default '1000:1000'
   */
  readonly user?: string;
  /**
   * Environment variables that the code needs; those of the server override them.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
  /**
   * Environment variables without which it does not start: the server may not set them.
   *
   * @default - none
   */
  readonly fixedEnvironment?: { [name: string]: string };
  /**
   * Environment variables that ECS fetches from Secrets Manager or Parameter Store when a task starts.
   *
   * @default - none
   */
  readonly secrets?: { [name: string]: ecs.Secret };
  /**
   * Whether the root file system may be written to. `/tmp` is a volume, which belongs to whom the image says.
   *
   * @default false
   */
  readonly writableRoot?: boolean;
}

/** Where the server's code comes from. */
export abstract class McpCode {
  /**
   * A server written in TypeScript or JavaScript, bundled by esbuild at synth.
   *
   * @throws Error when the entry does not exist, is not a module, or has no default export
   */
  static typescript(props: TypeScriptCodeProps): McpCode {
    return new TypeScriptCode(props);
  }

  /**
   * A FastMCP server in Python. Its packages are installed at synth for the platform that it will run on, without Docker.
   *
   * @throws Error when the folder, the module, the object or the requirements do not exist, or all versions that these
   * allow have a known hole
   */
  static fastmcp(props: FastMcpCodeProps): McpCode {
    checkFastMcp(props);
    return new FastMcpCode(props);
  }

  /**
   * A container that serves MCP over HTTP, in whatever language. It finds the wiring in its environment.
   *
   * @throws Error when there is no image and no folder to build one from, or the port, the path or the user cannot work
   */
  static image(props: ImageCodeProps): McpCode {
    checkImage(props);
    return new ImageCode(props);
  }

  /** Whether the code can check callers with an auth of its own. */
  get ownAuth(): boolean {
    return false;
  }

  /** Whether the code serves by itself, without the kit's host, which checks callers before they reach the code. */
  get ownHost(): boolean {
    return false;
  }

  /**
   * The code for a function. Called by the compute; not by applications.
   *
   * @throws Error when it runs in containers only
   */
  abstract bind(scope: Construct, options: McpCodeBindOptions): McpCodeConfig;

  /** The code for a container. Called by the compute; not by applications. */
  abstract bindContainer(scope: Construct, options: McpCodeBindOptions): McpContainerConfig;
}

class TypeScriptCode extends McpCode {
  private readonly props: TypeScriptCodeProps;

  constructor(props: TypeScriptCodeProps) {
    super();
    this.props = props;
  }

  override bind(scope: Construct, options: McpCodeBindOptions): McpCodeConfig {
    return bindTypeScript(this.props, scope, options);
  }

  override bindContainer(scope: Construct, options: McpCodeBindOptions): McpContainerConfig {
    return bindTypeScriptContainer(this.props, scope, options);
  }
}

class FastMcpCode extends McpCode {
  private readonly props: FastMcpCodeProps;

  constructor(props: FastMcpCodeProps) {
    super();
    this.props = props;
  }

  override get ownAuth(): boolean {
    return true;
  }

  override bind(scope: Construct, options: McpCodeBindOptions): McpCodeConfig {
    return bindFastMcp(this.props, scope, options);
  }

  override bindContainer(scope: Construct, options: McpCodeBindOptions): McpContainerConfig {
    return bindFastMcpContainer(this.props, scope, options);
  }
}

class ImageCode extends McpCode {
  private readonly props: ImageCodeProps;

  constructor(props: ImageCodeProps) {
    super();
    this.props = props;
  }

  override get ownAuth(): boolean {
    return true;
  }

  override get ownHost(): boolean {
    return true;
  }

  override bind(): McpCodeConfig {
    throw new Error('McpCode.image() runs in containers only: use compute: McpCompute.fargate()');
  }

  override bindContainer(_scope: Construct, options: McpCodeBindOptions): McpContainerConfig {
    return bindImage(this.props, options);
  }
}
