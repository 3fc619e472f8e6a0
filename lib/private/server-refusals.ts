import type { McpAuthConfig } from '../auth/mcp-auth.ts';
import type { McpCode } from '../code/mcp-code.ts';
import type { McpCompute } from '../compute/mcp-compute.ts';
import type { McpNetwork } from '../network/mcp-network.ts';
import type { BoundStorage } from '../storage/bound-storage.ts';

/** @throws Error when the auth keeps clients and tokens, and the storage would lose them or hide them from other instances */
export function refuseForgetfulStorage(auth: McpAuthConfig, storage: BoundStorage): void {
  if (!auth.keepsState || storage.unfitForState === undefined) return;
  throw new Error(
    `this auth keeps clients and tokens, and this storage ${storage.unfitForState}: use storage: McpStorage.dynamoDb()`,
  );
}

/** @throws Error when the auth is left to code that has none */
export function refuseAuthOfOthers(auth: McpAuthConfig, code: McpCode): void {
  if (!auth.ownAuth || code.ownAuth) return;
  throw new Error(
    'McpAuth.fastmcp() leaves the check of callers to the auth provider of a FastMCP server, and this code is none: use ' +
      'McpAuth.jwt(), or on Lambda McpAuth.iam()',
  );
}

/**
 * FastMCP's auth providers name the server by its public address in all that they sign, and take none without https. A function
 * has one only when it is made, and cannot be told of it then.
 *
 * @throws Error when the server has an auth of its own, and neither application nor compute tells it such an address
 */
export function refuseUnknownAddress(auth: McpAuthConfig, baseUrl: string | undefined, compute: McpCompute): void {
  if (!auth.ownAuth || baseUrl !== undefined || compute.tellsAddress) return;
  throw new Error(
    'McpAuth.fastmcp() needs the public https address of the server. That of a function is known only after deployment, and a ' +
      "load balancer has one by its certificate only: give the server a domain of yours, baseUrl: 'https://mcp.example.com', " +
      'or McpCompute.fargate({ listener: McpListener.https(…) })',
  );
}

/**
 * The keys of an issuer are fetched through the internet. Without them every token would be refused.
 *
 * @throws Error when the network of the server has no way there
 */
export function refuseUnreachableIssuer(auth: McpAuthConfig, network: McpNetwork | undefined): void {
  if (auth._policy.mode !== 'jwt' || !network || network.reachesInternet) return;
  throw new Error(
    'the network of this server has no way to the internet, and McpAuth.jwt() fetches the keys of the issuer there: use ' +
      "McpCompute.fargate({ internet: true }), McpStorage.choose({ internet: true, … }), network: new McpNetwork(this, 'Network', " +
      '{ natGateways: 1 }), a vpc of yours, or on Lambda McpAuth.iam()',
  );
}
