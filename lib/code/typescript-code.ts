import { DockerImage, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';

import { bundle, virtualEntry } from './bundle.ts';
import type { BundleRequest } from './bundle.ts';
import { checkEntry } from './entry.ts';
import type { McpCodeBindOptions, McpCodeConfig } from './mcp-code.ts';
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
}

/** @internal */
export function bindTypeScript(
  props: TypeScriptCodeProps,
  scope: Construct,
  options: McpCodeBindOptions,
): McpCodeConfig {
  const { bundling = {} } = props;
  const request: BundleRequest = {
    entry: checkEntry(props.entry),
    host: options.host,
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
  return {
    code: assetOf(request, Stack.of(scope).bundlingRequired),
    handler: 'index.handler',
  };
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
