// The app of bin/app.ts with GitHub as the way in: the OAuth app in a secret, and the GitHub of the test.
import { App, CfnOutput, SecretValue, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';

import { readContext } from '../../bin/context.ts';
import { McpServer } from '../../lib/index.ts';

const app = new App();
const stack = new Stack(app, 'McpKit');
const { server: props } = readContext(stack);
const read = (name: string): string => String(app.node.tryGetContext(name));
const secret = new Secret(stack, 'GitHub', { secretStringValue: SecretValue.unsafePlainText(read('githubApp')) });
const server = new McpServer(stack, 'Weather', {
  ...props,
  environment: {
    RELEASE: read('release'),
    GITHUB_URL: read('github'),
    GITHUB_API_URL: read('github'),
    GITHUB_OAUTH_SECRET: secret.secretArn,
  },
});
secret.grantRead(server);
new CfnOutput(stack, 'Url', { value: server.url });
new CfnOutput(stack, 'Store', { value: server.storage.url });
