import type { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import type { McpServer } from '../../lib/index.ts';

/** Adds a resource that cannot be created, after all servers have been updated. */
export function addBrokenResource(stack: Stack, servers: readonly McpServer[]): void {
  const broken = new lambda.CfnUrl(stack, 'Broken', {
    targetFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:does-not-exist',
    authType: 'NONE',
  });
  for (const server of servers) broken.node.addDependency(server.compute);
}
