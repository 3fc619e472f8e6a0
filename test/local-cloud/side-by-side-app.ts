// The app of bin/app.ts several times over in one stack, each with a storage of its own: `-c storages=valkey,memory`. One
// update, one rollback and one `destroy` are then those of all. `-c fail=true` adds a resource that cannot be created, after
// all servers have been updated.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { readContext } from '../../bin/context.ts';
import { McpServer } from '../../lib/index.ts';
import { addBrokenResource } from './broken-resource.ts';

const app = new App();
const stack = new Stack(app, 'SideBySide');
const read = (name: string): string => String(app.node.tryGetContext(name));

const servers = read('storages')
  .split(',')
  .map((storage) => {
    const scope = new Construct(stack, storage);
    scope.node.setContext('storage', storage);
    const { server: props, compute } = readContext(scope);
    const serverName = `${props.serverName ?? 'server'}-${storage}`;
    const server = new McpServer(scope, 'Server', { ...props, serverName, environment: { RELEASE: read('release') } });
    new CfnOutput(stack, `${storage}Url`, { value: server.url });
    new CfnOutput(stack, `${storage}Store`, { value: server.storage.url });
    if (compute === 'fargate') new CfnOutput(stack, `${storage}Service`, { value: server.compute.service.serviceName });
    return server;
  });

if (read('fail') === 'true') addBrokenResource(stack, servers);
