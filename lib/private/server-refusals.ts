import type { McpAuthConfig } from '../auth/mcp-auth.ts';
import type { McpNetwork } from '../network/mcp-network.ts';
import type { BoundStorage } from '../storage/bound-storage.ts';

/** @throws Error when the auth keeps clients and tokens, and the storage would lose them or hide them from other instances */
export function refuseForgetfulStorage(auth: McpAuthConfig, storage: BoundStorage): void {
  if (!auth.keepsState || storage.unfitForState === undefined) return;
  throw new Error(
    `this auth keeps clients and tokens, and this storage ${storage.unfitForState}: use storage: McpStorage.dynamoDb()`,
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
    'the network of this storage has no way to the internet, and McpAuth.jwt() fetches the keys of the issuer there: ' +
      "give the server network: new McpNetwork(this, 'Network', { natGateways: 1 }), a vpc of yours, or McpAuth.iam(). " +
      'McpStorage.choose() is told by internet: true',
  );
}
