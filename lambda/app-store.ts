import type { RuntimeParts } from './parts.ts';
import type { KeyValueStore } from './store/key-value-store.ts';
import { type Wiring, WIRING, WiringError } from './wiring.ts';

/** Opens the server's store. */
export function openServerStore(wiring: Wiring, parts: RuntimeParts): KeyValueStore {
  const scheme = wiring.storeUrl.protocol.slice(0, -1);
  const adapter = parts.stores.find((candidate) => candidate.schemes.includes(scheme));
  if (!adapter)
    throw new WiringError(WIRING.store, `has the scheme "${scheme}", which this bundle was built without`, 'memory:');
  return adapter.open(wiring.storeUrl);
}
