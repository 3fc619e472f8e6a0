import type { RuntimeParts } from './parts.ts';
import { StoreUrlError } from './store/errors.ts';
import type { KeyValueStore } from './store/key-value-store.ts';
import { openStore } from './store/open-store.ts';
import { PrefixCollections } from './store/wrappers/prefix-collections.ts';
import { type Wiring, WIRING, WiringError } from './wiring.ts';

/**
 * Opens the server's store, with collections of its own. Connects at the first use.
 *
 * @throws {WiringError} when the bundle has no adapter for it, or the adapter does not understand its URL
 */
export function openServerStore(wiring: Wiring, parts: Pick<RuntimeParts, 'stores'>): KeyValueStore {
  try {
    return new PrefixCollections(openStore(wiring.storeUrl, parts.stores), { prefix: wiring.serverName });
  } catch (error) {
    if (!(error instanceof StoreUrlError)) throw error;
    throw new WiringError(WIRING.store, `cannot be used: ${error.problem}`, error.example);
  }
}
