import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { join } from 'node:path';

import type { ImageCodeProps } from '../../../lib/index.ts';
import { McpCode } from '../../../lib/index.ts';
import { testStack } from '../support/test-app.ts';
import { folderWith } from './fixtures.ts';

function deploy(directory: string, props: ecs.AssetImageProps = {}): void {
  const stack = testStack();
  const code = McpCode.image({ image: ecs.ContainerImage.fromAsset(directory, props) });
  const { image } = code.bindContainer(stack, { parts: [], architecture: lambda.Architecture.ARM_64 });
  new ecs.FargateTaskDefinition(stack, 'Task').addContainer('Server', { image });
}

describe('an image that is built from a folder', () => {
  test('with a Dockerfile in it', () => {
    const folder = folderWith({ Dockerfile: 'FROM scratch', 'other/Dockerfile.dev': 'FROM scratch' });
    expect(() => {
      deploy(folder);
      deploy(folder, { file: 'other/Dockerfile.dev' });
    }).not.toThrow();
  });

  test('without one is an error at synth that names what is missing', () => {
    const folder = folderWith({ 'server.py': '' });
    expect(() => {
      deploy(folder);
    }).toThrow(`Cannot find file at ${join(folder, 'Dockerfile')}`);
    expect(() => {
      deploy(folder, { file: 'Dockerfile.dev' });
    }).toThrow(`Cannot find file at ${join(folder, 'Dockerfile.dev')}`);
  });

  test('that does not exist', () => {
    const folder = join(folderWith({}), 'gone');
    expect(() => {
      deploy(folder);
    }).toThrow(`Cannot find image directory at ${folder}`);
  });
});

test('an image that is missing is told to callers without a compiler', () => {
  expect(() => McpCode.image({} as ImageCodeProps)).toThrow(/^image is required: .*fromAsset/);
});
