import { Client } from '@opensearch-project/opensearch';

import { type OpenSearchProgram, startOpenSearch } from '../../test/support/servers/opensearch.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import type { SearchServer } from '../../test/support/servers/search-node.ts';
import { BARE, type BenchBackend, SAMPLE_KEY, SHARED } from './backend.ts';
import { countTurns, cpuOf } from './counting.ts';

/** As the kit makes its own: values are kept, not searched. */
const MAPPING = { mappings: { properties: { value: { type: 'object', enabled: false } } } } as const;

/** A server that speaks as Elasticsearch does. */
export function searchLike(
  scheme: 'opensearch+http' | 'elasticsearch+http',
  start: () => Promise<SearchServer>,
  rest: Pick<BenchBackend, 'bundled' | 'python' | 'reason'>,
): BenchBackend {
  const urlOf = (port: number): string => `${scheme}://127.0.0.1:${port}/${SHARED}`;
  const index = { kit: `${SHARED}-${SHARED}`, bare: BARE, python: `python-${SHARED}` };
  return {
    ...rest,
    seconds: 1,
    async start() {
      const server = await start();
      return {
        url: urlOf(server.port),
        cpu: () => cpuOf(server.pid()),
        count: () => countTurns(server.port, urlOf),
        bytes: async (side) => {
          const answer = await fetch(`${server.url}/${index[side]}/_source/${SAMPLE_KEY}`);
          return (await answer.arrayBuffer()).byteLength;
        },
        stop: () => server.stop(),
      };
    },
    adapter: async () => (await import('../../lambda/store/adapters/opensearch.ts')).openSearchAdapter,
    async bare(url) {
      const client = new Client({ node: `http://${url.host}` });
      const { body: exists } = await client.indices.exists({ index: BARE });
      if (!exists) await client.indices.create({ index: BARE, body: MAPPING });
      return {
        get: async (id) => (await client.get({ index: BARE, id })).body,
        put: (id, value, ttl) => {
          const expires_at = new Date(Date.now() + ttl * 1000).toISOString();
          return client.index({ index: BARE, id, body: { value: { flat: value }, expires_at } });
        },
        close: () => client.close(),
      };
    },
  };
}

export const backend = searchLike(
  'opensearch+http',
  () => {
    const { program, missing } = findProgram<OpenSearchProgram>('opensearch');
    if (!program) throw new Error(missing);
    return startOpenSearch(program);
  },
  {
    bundled: true,
    python: `
from key_value.aio.stores.opensearch import OpenSearchStore
from urllib.parse import urlsplit
inner = OpenSearchStore(url="http://" + urlsplit(args[0]).netloc, index_prefix="python")`,
  },
);
