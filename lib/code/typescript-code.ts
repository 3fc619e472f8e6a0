import { DockerImage, FileSystem, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { bundle, virtualEntry } from './bundle.ts';
import type { BundleRequest } from './bundle.ts';
import { checkEntry } from './entry.ts';
import { writeNodeDockerfile } from './dockerfile.ts';
import { platformOf } from './image-platform.ts';
import type { McpCodeBindOptions, McpCodeConfig, McpContainerConfig } from './mcp-code.ts';
import { RuntimeHost } from './runtime-part.ts';
import { writeBundle } from './write-bundle.ts';

/** Settings of the bundler, esbuild. */
export interface BundlingOptions {
  /**
   * Whether to minify the code.
   *
   * @default true
   */
  readonly minify?: boolean;
  /**
   * Whether stack traces name lines of your source. Maps lie next to the code and are read when a trace is made, so that
   * a cold start does not pay for them.
   *
   * @default true
   */
  readonly sourceMap?: boolean;
  /**
   * Modules to leave out of the bundle. Node cannot load them from the asset: name only what a layer provides.
   *
   * @default - everything that the server imports is bundled, the AWS SDK too
   */
  readonly externalModules?: string[];
  /**
   * Expressions to replace by constants, such as `{ 'process.env.NODE_ENV': '"production"' }`.
   *
   * @default - nothing is replaced
   */
  readonly define?: { [expression: string]: string };
  /**
   * How to load files that are not JavaScript, such as `{ '.md': 'text' }`.
   *
   * @see https://esbuild.github.io/content-types/
   * @default - esbuild's own loaders
   */
  readonly loader?: { [extension: string]: string };
  /**
   * Path of the `tsconfig.json` to use.
   *
   * @default - the one nearest to each source file
   */
  readonly tsconfig?: string;
}

/** Properties of `McpCode.typescript()`. */
export interface TypeScriptCodeProps {
  /**
   * The module with `export default serve(…)`: a path, absolute or relative to the folder that the CDK runs in.
   * Ends with `.ts`, `.mts`, `.js` or `.mjs`.
   */
  readonly entry: string;
  /**
   * Settings of the bundler.
   *
   * @default - ES modules for Node 24, minified, with source maps
   */
  readonly bundling?: BundlingOptions;
  /**
   * Image that the image of a container begins with: one with Node 24 as `node` and glibc.
   *
   * @default 'public.ecr.aws/docker/library/node:24-slim'
   */
  readonly baseImage?: string;
}

/** Port of the container; nothing else runs in it. */
const CONTAINER_PORT = 8080;

/** @internal */
export function bindTypeScript(
  props: TypeScriptCodeProps,
  scope: Construct,
  options: McpCodeBindOptions,
): McpCodeConfig {
  const request = requestOf(props, RuntimeHost.LAMBDA, options);
  return {
    code: assetOf(request, Stack.of(scope).bundlingRequired),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
  };
}

/** @internal */
export function bindTypeScriptContainer(
  props: TypeScriptCodeProps,
  scope: Construct,
  options: McpCodeBindOptions,
): McpContainerConfig {
  const request = requestOf(props, RuntimeHost.NODE, options);
  return {
    image: ecs.ContainerImage.fromAsset(imageFolderOf(request, Stack.of(scope).bundlingRequired, options.folders), {
      buildArgs: props.baseImage === undefined ? undefined : { BASE_IMAGE: props.baseImage },
      platform: platformOf(options.architecture),
    }),
    port: CONTAINER_PORT,
    healthPath: '/health',
    command: ['node', 'index.mjs'],
  };
}

function requestOf(props: TypeScriptCodeProps, host: RuntimeHost, options: McpCodeBindOptions): BundleRequest {
  const { bundling = {} } = props;
  return {
    entry: checkEntry(props.entry),
    host,
    parts: options.parts,
    settings: {
      ...(bundling.minify !== undefined && { minify: bundling.minify }),
      ...(bundling.sourceMap === false && { sourcemap: false as const }),
      ...(bundling.externalModules && { external: bundling.externalModules }),
      ...(bundling.define && { define: bundling.define }),
      ...(bundling.loader && { loader: bundling.loader as NonNullable<BundleRequest['settings']['loader']> }),
      ...(bundling.tsconfig !== undefined && { tsconfig: bundling.tsconfig }),
    },
  };
}

/** A folder that an image is built from: the bundle, and a Dockerfile that copies it. */
function imageFolderOf(request: BundleRequest, required: boolean, folders?: readonly string[]): string {
  const folder = FileSystem.mkdtemp('mcp-image-');
  if (required) writeBundle(bundle(request), folder);
  else writeFileSync(join(folder, 'index.mjs'), virtualEntry(request));
  writeNodeDockerfile(folder, folders);
  return folder;
}

/** An asset whose hash is that of the bundle. Stacks that are not deployed are not bundled, as with `NodejsFunction`. */
function assetOf(request: BundleRequest, required: boolean): lambda.Code {
  const made = required ? bundle(request) : undefined;
  return lambda.Code.fromAsset(dirname(request.entry), {
    assetHash: made?.hash ?? createHash('sha256').update(virtualEntry(request)).digest('hex'),
    bundling: {
      image: DockerImage.fromRegistry('bundled-without-docker'),
      local: {
        tryBundle(folder: string): boolean {
          if (made) writeBundle(made, folder);
          return true;
        },
      },
    },
  });
}
