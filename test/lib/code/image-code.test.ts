import type { Stack } from 'aws-cdk-lib';
import { App } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AssetManifest } from 'aws-cdk-lib/cloud-assembly-schema';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ImageCodeProps } from '../../../lib/index.ts';
import { McpAuth, McpCode, McpCompute } from '../../../lib/index.ts';
import { silenceWarnings, testServer, testStack } from '../support/test-app.ts';
import { folderWith } from './fixtures.ts';

silenceWarnings();

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

describe('an image that the kit has built from a folder', () => {
  const imageOf = (props: ImageCodeProps, architecture: lambda.Architecture) => {
    const stack = testStack();
    const { image } = McpCode.image(props).bindContainer(stack, { parts: [], architecture });
    new ecs.FargateTaskDefinition(stack, 'Task').addContainer('Server', { image });
    const { directory } = App.of(stack)!.synth();
    const { dockerImages = {} } = JSON.parse(
      readFileSync(join(directory, `${stack.artifactId}.assets.json`), 'utf8'),
    ) as AssetManifest;
    return Object.values(dockerImages).map(({ source }) => source);
  };

  test.each([
    [lambda.Architecture.ARM_64, 'linux/arm64'],
    [lambda.Architecture.X86_64, 'linux/amd64'],
  ])('is for the processor that it runs on', (architecture, platform) => {
    const directory = folderWith({ Dockerfile: 'FROM scratch' });
    expect(imageOf({ directory }, architecture)).toEqual([expect.objectContaining({ platform })]);
  });

  test('by another Dockerfile, with arguments', () => {
    const directory = folderWith({ 'other/Dockerfile.dev': 'FROM scratch' });
    const props = { directory, dockerfile: 'other/Dockerfile.dev', buildArgs: { VERSION: '2' } };
    expect(imageOf(props, lambda.Architecture.ARM_64)).toEqual([
      expect.objectContaining({ dockerFile: 'other/Dockerfile.dev', dockerBuildArgs: { VERSION: '2' } }),
    ]);
  });

  test('that does not exist, or holds no Dockerfile, is told with what to do', () => {
    const directory = folderWith({ 'server.py': '' });
    expect(() => McpCode.image({ directory: join(directory, 'gone') })).toThrow(
      /^directory ".*gone" does not exist: no folder .*gone; paths are relative to the folder that cdk runs in/,
    );
    expect(() => McpCode.image({ directory })).toThrow(`there is no Dockerfile in "${directory}": write one, or name`);
    expect(() => McpCode.image({ directory, dockerfile: 'Containerfile' })).toThrow(`there is no Containerfile in`);
  });
});

test.each<[string, ImageCodeProps, RegExp]>([
  ['no image', {}, /^an image is required: directory: .* image: /],
  ['nothing in its place', { image: null as never }, /^an image is required: directory: .* image: /],
  ['a file', { directory: __filename }, /^directory ".*" is a file: name the folder that it is in/],
  [
    'two images',
    { image: ecs.ContainerImage.fromRegistry('a'), directory: '.' },
    /both an image and a directory.*leave one out/,
  ],
  [
    'arguments for an image that is there',
    { image: ecs.ContainerImage.fromRegistry('a'), buildArgs: { VERSION: '2' } },
    /buildArgs are for an image that is built: name the directory/,
  ],
  ['the user root', { image: ecs.ContainerImage.fromRegistry('a'), user: '0' }, /user must be a number other than 0/],
  [
    'the group root',
    { image: ecs.ContainerImage.fromRegistry('a'), user: '1000:0' },
    /a group other than 0.* got "1000:0": servers do not run as root/,
  ],
])('%s is refused', (_, props, message) => {
  expect(() => McpCode.image(props)).toThrow(message);
});

describe('tokens that nobody of the kit checks', () => {
  const WARNING = Match.stringLikeRegexp('it has to check tokens itself: .* MCP_AUTH');
  const serverWith = (auth: McpAuth): Stack => {
    const stack = testStack();
    const code = McpCode.image({ directory: folderWith({ Dockerfile: 'FROM scratch' }) });
    testServer({ code, auth, compute: McpCompute.fargate({ internet: true }) }, stack);
    return stack;
  };

  test('are warned of', () => {
    const issuer = McpAuth.jwt({ issuer: 'https://issuer.example.com', audience: 'https://mcp.example.com' });
    Annotations.fromStack(serverWith(issuer)).hasWarning('/Test/Server', WARNING);
  });

  test('are none where there is no auth', () => {
    Annotations.fromStack(serverWith(McpAuth.none())).hasNoWarning('*', WARNING);
  });
});
