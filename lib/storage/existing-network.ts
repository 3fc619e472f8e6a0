import type { Construct } from 'constructs';

import type { McpNetwork } from '../network/mcp-network.ts';
import type { ServerNetwork } from '../network/server-network.ts';

/**
 * The network of storage that exists: the server must have been put there, since nothing tells where the storage is.
 *
 * @throws Error when the server is in no network
 */
export function existingNetwork(server: Construct, network: ServerNetwork, what: string): McpNetwork {
  if (network.current) return network.current;
  throw new Error(
    `this ${what} is in a network, and the server ${JSON.stringify(server.node.path)} is in none: give the server that ` +
      `network, network: new McpNetwork(this, 'Network', { vpc }), or vpc in McpCompute.lambda()`,
  );
}
