import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { McpAuthConfig } from '../auth/mcp-auth.ts';
import type { McpCode } from '../code/mcp-code.ts';
import type { BoundCompute } from '../compute/bound-compute.ts';
import type { McpNetwork } from '../network/mcp-network.ts';
import type { BoundStorage } from '../storage/bound-storage.ts';

/** Warns, until it is acknowledged, that anybody may call. */
export function warnOfPublicServer(server: Construct, auth: McpAuthConfig): void {
  if (auth._policy.mode !== 'none') return;
  Annotations.of(server).addWarningV2(
    'cdk-mcp-kit:publicServer',
    'anybody who reaches the address may call this server and cause costs: McpAuth.none() asks for nothing. Use ' +
      'McpAuth.jwt(), for a FastMCP server with an auth provider McpAuth.fastmcp(), or on Lambda McpAuth.iam(), or acknowledge ' +
      'this warning',
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

/** Warns, until it is acknowledged, that the code alone can keep out whom the auth does not let in. */
export function warnOfUncheckedCallers(server: Construct, auth: McpAuthConfig, code: McpCode): void {
  if (auth._policy.mode !== 'jwt' || !code.ownHost) return;
  Annotations.of(server).addWarningV2(
    'cdk-mcp-kit:uncheckedCallers',
    'nothing of this kit runs in the container, so it has to check tokens itself: McpAuth.jwt() tells it issuer and audience in ' +
      'MCP_AUTH, and a container that does not read them lets everybody in. Acknowledge this warning when it does',
  );
}

/** Warns, until it is acknowledged, that the auth of the code cannot reach a provider such as GitHub. */
export function warnOfUnreachableProvider(
  server: Construct,
  auth: McpAuthConfig,
  network: McpNetwork | undefined,
): void {
  if (!auth.ownAuth || !network || network.reachesInternet) return;
  Annotations.of(server).addWarningV2(
    'cdk-mcp-kit:unreachableProvider',
    'the network of this server has no way to the internet, so its auth reaches no provider there, such as GitHub or Google: ' +
      "give the server network: new McpNetwork(this, 'Network', { natGateways: 1 }), a vpc of yours, or " +
      'McpCompute.fargate({ internet: true }). Acknowledge this warning when the provider is in the network',
  );
}
