import { DockerImage, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { esbuild } from './esbuild.ts';
import { runtimeModule, runtimeSources } from './runtime-sources.ts';

/**
 * The code of a function of the kit's own, which is no server: a module of the runtime that exports `handler`. It uses the AWS
 * SDK that Lambda has. Stacks that are not deployed are not bundled.
 */
export function runtimeFunctionCode(scope: Construct, module: string): lambda.Code {
  const sources = runtimeSources();
  const text = Stack.of(scope).bundlingRequired ? bundle(runtimeModule(sources, module)) : module;
  return lambda.Code.fromAsset(join(sources.directory, 'rotation'), {
    assetHash: createHash('sha256').update(text).digest('hex'),
    bundling: {
      image: DockerImage.fromRegistry('bundled-without-docker'),
      local: {
        tryBundle(folder: string): boolean {
          writeFileSync(join(folder, 'index.mjs'), text);
          return true;
        },
      },
    },
  });
}

function bundle(entry: string): string {
  const { outputFiles } = esbuild().buildSync({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['@aws-sdk/*'],
    minify: true,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
