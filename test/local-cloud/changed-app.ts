// The app of bin/app.ts one release later: other code (-c entry=…), one more variable, and with -c fail=true a resource
// that cannot be created, after the function has been updated.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import { readContext } from '../../bin/context.ts';
import { McpServer } from '../../lib/index.ts';

const app = new App();
const stack = new Stack(app, 'McpKit');
const { server: props } = readContext(stack);
const release = String(app.node.tryGetContext('release'));
const server = new McpServer(stack, 'Weather', { ...props, environment: { RELEASE: release } });

if (app.node.tryGetContext('fail') === 'true') {
  const broken = new lambda.CfnUrl(stack, 'Broken', {
    targetFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:does-not-exist',
    authType: 'NONE',
  });
  broken.node.addDependency(server.compute);
}
new CfnOutput(stack, 'Url', { value: server.url });
