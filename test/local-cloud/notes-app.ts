// The notes example on Lambda three times over, each with a storage of its own; where a storage is shared, with GitHub as the
// way in. `-c directory=…` is another version of it, `-c fail=true` adds a resource that cannot be created, after all have
// been updated.
import { App, CfnOutput, SecretValue, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';

import { McpAuth, McpCode, McpCompute, McpServer, McpStorage } from '../../lib/index.ts';
import { addBrokenResource } from './broken-resource.ts';

const app = new App();
const stack = new Stack(app, 'McpKit');
const read = (name: string): string => String(app.node.tryGetContext(name));

const code = McpCode.fastmcp({
  directory: read('directory'),
  app: 'server:mcp',
  python: new lambda.Runtime(`python${read('python')}`, lambda.RuntimeFamily.PYTHON),
});
const architecture = process.arch === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64;
const github = new Secret(stack, 'GitHub', {
  secretStringValue: SecretValue.unsafePlainText('{"client_id":"local-app","client_secret":"a secret of the app"}'),
});

const storages = {
  Memory: McpStorage.memory(),
  DynamoDb: McpStorage.dynamoDb(),
  ...(read('cache') === 'true' && { Valkey: McpStorage.valkey({ allowLostWrites: true }) }),
};
const servers = Object.entries(storages).map(([name, storage]) => {
  const isOpen = name === 'Memory';
  const server = new McpServer(stack, name, {
    serverName: `notes-${name.toLowerCase()}`,
    ...{ code, storage, compute: McpCompute.lambda({ architecture }) },
    auth: isOpen ? McpAuth.none() : McpAuth.fastmcp(),
    ...(!isOpen && { baseUrl: read('baseUrl') }),
    environment: {
      RELEASE: read('release'),
      GITHUB_OAUTH_SECRET: github.secretArn,
      GITHUB_URL: read('github'),
      GITHUB_API_URL: `${read('github')}/api`,
    },
  });
  github.grantRead(server.compute.role);
  new CfnOutput(stack, `${name}Function`, { value: server.compute.function.functionName });
  new CfnOutput(stack, `${name}Store`, { value: server.storage.url });
  return server;
});

if (read('fail') === 'true') addBrokenResource(stack, servers);
