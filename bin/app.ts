import { App, CfnOutput, Stack } from 'aws-cdk-lib';

import { McpServer } from '../lib/index.ts';
import { readContext } from './context.ts';

const app = new App();
const stack = new Stack(app, 'McpKit', { description: 'An MCP server with the storage and the keys that it needs' });
const choices = readContext(app.node);
const server = new McpServer(stack, 'Weather', choices.server);

new CfnOutput(stack, 'Url', { value: server.url });
new CfnOutput(stack, 'Auth', { value: choices.auth });
new CfnOutput(stack, 'FunctionName', { value: server.compute.function.functionName });
if (server.storage.durable) new CfnOutput(stack, 'TableName', { value: server.storage.table.tableName });
