import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { McpAuthConfig } from '../auth/mcp-auth.ts';
import type { BoundCompute } from '../compute/bound-compute.ts';
import type { BoundStorage } from '../storage/bound-storage.ts';

/** Warns, until it is acknowledged, that anybody may call. */
export function warnOfPublicServer(server: Construct, auth: McpAuthConfig): void {
  if (auth._policy.mode !== 'none') return;
  Annotations.of(server).addWarningV2(
    'cdk-mcp-kit:publicServer',
    'anybody who knows the address may call this server and cause costs: McpAuth.none() asks for nothing. ' +
      'Use McpAuth.iam() or McpAuth.jwt(), or acknowledge this warning',
  );
}

/** Warns, until it is acknowledged, that entries go with the instance that stored them. */
export function warnOfForgetfulStorage(server: Construct, compute: BoundCompute, storage: BoundStorage): void {
  if (!compute.ephemeral || storage.durable || storage.shared) return;
  Annotations.of(server).addWarningV2(
    'cdk-mcp-kit:forgetfulStorage',
    'what the server stores is lost whenever its instance ends, and other instances never see it: ' +
      'use McpStorage.dynamoDb(), or acknowledge this warning',
  );
}
