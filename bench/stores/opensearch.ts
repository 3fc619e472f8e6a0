import { Client } from '@opensearch-project/opensearch';

import { type OpenSearchProgram, startOpenSearch } from '../../test/support/servers/opensearch.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import type { BenchBackend } from './backend.ts';

/** As the kit makes its own: values are kept, not searched. */
const MAPPING = { mappings: { properties: { value: { type: 'object', enabled: false } } } } as const;

export const backend: BenchBackend = {
  bundled: true,
  operations: 300,
  async start() {
    const { program, missing } = findProgram<OpenSearchProgram>('opensearch');
    if (!program) throw new Error(missing);
    const server = await startOpenSearch(program);
    return { url: `opensearch+http://${new URL(server.url).host}/bench`, stop: () => server.stop() };
  },
  adapter: async () => (await import('../../lambda/store/adapters/opensearch.ts')).openSearchAdapter,
  async bare(url) {
    const client = new Client({ node: `http://${url.host}` });
    await client.indices.create({ index: 'bare', body: MAPPING });
    return {
      get: async (id) => (await client.get({ index: 'bare', id })).body,
      put: (id, value, ttl) => {
        const expires_at = new Date(Date.now() + ttl * 1000).toISOString();
        return client.index({ index: 'bare', id, body: { value: { flat: value }, expires_at } });
      },
      close: () => client.close(),
    };
  },
  python: `
from key_value.aio.stores.opensearch import OpenSearchStore
from urllib.parse import urlsplit
inner = OpenSearchStore(url="http://" + urlsplit(args[0]).netloc, index_prefix="python")`,
};
