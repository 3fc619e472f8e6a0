import { StoreUrlError } from './errors.ts';
import type { KeyValueStore, StoreAdapter } from './key-value-store.ts';
import { exampleUrl, parseStoreUrl } from './parse-store-url.ts';

/**
 * Opens the store that a URL names, with one of the adapters of this bundle. Connects at the first use.
 *
 * @throws {StoreUrlError} when it is not a URL, no adapter has its scheme, or the adapter does not understand it. Only
 * the scheme is named: people put passwords into URLs
 */
export function openStore(url: URL | string, adapters: readonly StoreAdapter[]): KeyValueStore {
  if (!isList(adapters)) {
    throw new StoreUrlError(
      'openStore() needs a list of adapters beside the URL',
      "openStore('memory:', [memoryAdapter])",
    );
  }
  const parsed = isUrl(url) ? url : parseStoreUrl(url);
  const scheme = parsed.protocol.slice(0, -1);
  const adapter = adapters.find(({ schemes }) => schemes.includes(scheme));
  if (adapter) return adapter.open(parsed);
  const known = adapters.flatMap(({ schemes }) => schemes).map((name) => `${name}:`);
  throw new StoreUrlError(
    `no adapter for "${scheme}:" in this bundle; it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    exampleUrl(adapters[0]?.schemes[0] ?? 'memory'),
  );
}

/** JavaScript has no compiler that asks for the list. */
function isList(adapters: unknown): boolean {
  return Array.isArray(adapters);
}

/** Of any realm: `instanceof` knows only its own. */
function isUrl(url: unknown): url is URL {
  return typeof url === 'object' && url !== null && 'protocol' in url && typeof url.protocol === 'string';
}
