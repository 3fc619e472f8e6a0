// The app of bin/app.ts in a stack of another name, with an image of the author's (-c image=FOLDER) where one is named.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';

import { readContext } from '../../bin/context.ts';
import { McpCode, McpServer } from '../../lib/index.ts';

const app = new App();
const stack = new Stack(app, 'Bad');
const { server: props } = readContext(stack);
const read = (name: string): string => String(app.node.tryGetContext(name) ?? '');
const image = ContainerImage.fromAsset(read('image') || __dirname, { buildArgs: { BASE_IMAGE: read('baseImage') } });
const server = new McpServer(stack, 'Weather', {
  ...props,
  ...(read('image') && { code: McpCode.image({ image }), environment: { RELEASE: read('release') } }),
});
new CfnOutput(stack, 'Url', { value: server.url });
