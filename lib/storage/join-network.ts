import type { Construct, IConstruct } from 'constructs';

import type { McpNetwork } from '../network/mcp-network.ts';
import type { ServerNetwork } from '../network/server-network.ts';

const homes = new WeakMap<IConstruct, McpNetwork>();

/** Remembers in which network a resource was made: servers that share it are put there. */
export function rememberNetwork(resource: IConstruct, network: McpNetwork): void {
  homes.set(resource, network);
}

/**
 * Puts a server into the network of storage that exists. Of a resource that is imported nothing tells which that is: then the
 * server must have been put there.
 *
 * @param what what the resource is called in a message
 * @throws Error when the server is in no network, or elsewhere than the resource
 */
export function joinNetwork(server: Construct, network: ServerNetwork, resource: IConstruct, what: string): void {
  const home = homes.get(resource);
  if (home) network.join(home);
  if (network.current) return;
  throw new Error(
    `this ${what} is in a network, and the server ${JSON.stringify(server.node.path)} is in none: give the server that ` +
      `network, network: new McpNetwork(this, 'Network', { vpc }), or vpc of its compute`,
  );
}
