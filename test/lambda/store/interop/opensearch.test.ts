import { openWire } from '../../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore } from '../../../../lambda/store/opensearch/opensearch-store.ts';
import { sharedKey, sharedValue } from '../../../support/json-arbitraries.ts';
import { type ElasticsearchProgram, startElasticsearch } from '../../../support/servers/elasticsearch.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../../support/servers/opensearch.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { SearchServer } from '../../../support/servers/search-node.ts';
import { interopSuite } from './interop-suite.ts';

/** Python asks for longer ones as they are, and the server refuses. */
const keys = sharedKey.filter((key) => Buffer.byteLength(key) <= 512);

function open(product: 'OpenSearch' | 'Elasticsearch', server: SearchServer): OpenSearchStore {
  return new OpenSearchStore({
    product,
    indexPrefix: 'interop',
    connect: () => openWire({ node: server.url, ca: undefined, auth: { kind: 'none' } }),
  });
}

describeWith<OpenSearchProgram>('opensearch', 'OpenSearch', (program) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startOpenSearch(program);
  }, 90_000);
  afterAll(() => server.stop());

  interopSuite({
    name: 'opensearch',
    keys,
    open: () => open('OpenSearch', server),
    peer: () => ({
      args: [server.url],
      setup: `
from key_value.aio.stores.opensearch import OpenSearchStore
inner = OpenSearchStore(url=args[0], index_prefix="interop")`,
    }),
  });
});

describeWith<ElasticsearchProgram>('elasticsearch', 'Elasticsearch', (program) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startElasticsearch(program);
  }, 90_000);
  afterAll(() => server.stop());

  interopSuite({
    name: 'elasticsearch',
    // Dots alone lead Python's client to another path.
    keys: keys.filter((key) => !/^\.+$/.test(key)),
    // An index that Python makes takes no such name.
    values: sharedValue.filter((value) => !/"(?:[^"\\]|\\.)*\\u0000(?:[^"\\]|\\.)*":/.test(JSON.stringify(value))),
    open: () => open('Elasticsearch', server),
    peer: () => ({
      args: [server.url],
      // The node of the tests lacks the module that tells its version.
      setup: `
from elasticsearch import AsyncElasticsearch
from key_value.aio.stores.elasticsearch import ElasticsearchStore
async def info(self): return {"version": {"build_flavor": "default"}}
AsyncElasticsearch.info = info
inner = ElasticsearchStore(url=args[0], index_prefix="interop")`,
    }),
  });
});
