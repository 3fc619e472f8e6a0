import type { Authenticator } from './auth/authenticator.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { StoreAdapter } from './store/key-value-store.ts';
import type { JwtAuthPolicy } from './wiring.ts';

/**
 * The parts that a bundle was built with. The entry that `McpCode` generates imports exactly what the deployment needs
 * and hands it to the host, so that a memory server carries no AWS client and a server without tokens no `jose`.
 */
export interface RuntimeParts {
  /** Adapters for the schemes that `MCP_STORE_URL` may have. */
  readonly stores: readonly StoreAdapter[];
  /** Checks bearer tokens; needed when `MCP_AUTH` has the mode `jwt`. */
  readonly authenticator?: (policy: JwtAuthPolicy) => Authenticator;
  /** Reads the key ring; needed when `MCP_KEYS_SECRET` is set. */
  readonly keyRing?: (secretArn: string) => KeyRing;
}
