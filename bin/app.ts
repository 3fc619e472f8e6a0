import { App, CfnOutput, Stack } from 'aws-cdk-lib';

import type { BoundCompute } from '../lib/index.ts';
import { McpServer } from '../lib/index.ts';
import type { ComputeKind } from './compute-context.ts';
import { readContext } from './context.ts';

function outputs(stack: Stack, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) new CfnOutput(stack, name, { value });
}

function computeOutputs(kind: ComputeKind, compute: BoundCompute): Record<string, string> {
  if (kind === 'lambda') return { FunctionName: compute.function.functionName };
  return {
    ClusterName: compute.cluster.clusterName,
    ServiceName: compute.service.serviceName,
    LoadBalancer: compute.loadBalancer.loadBalancerDnsName,
  };
}

function build(app: App): void {
  const stack = new Stack(app, 'McpKit', { description: 'An MCP server with the storage and the keys that it needs' });
  const choices = readContext(stack);
  const server = new McpServer(stack, 'Weather', choices.server);

  new CfnOutput(stack, 'Url', { value: server.url });
  new CfnOutput(stack, 'Auth', { value: choices.auth });
  outputs(stack, computeOutputs(choices.compute, server.compute));
  new CfnOutput(stack, 'LogGroup', { value: server.compute.logGroup.logGroupName });
  new CfnOutput(stack, 'Store', { value: server.storage.url });
}

try {
  build(new App());
} catch (error) {
  // What a person mistyped is told in one line; `--debug` shows where it was found, and a fault of ours always does.
  const mistyped = error instanceof Error && error.name === 'Error';
  if (!mistyped || process.env.CDK_DEBUG) throw error;
  console.error(error.message);
  process.exit(1); // not by `exitCode`: the App synthesizes what is there when the process ends by itself
}
