import { type ElasticsearchProgram, startElasticsearch } from '../../test/support/servers/elasticsearch.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import { searchLike } from './opensearch.ts';
import { serverTakesMost } from './reasons.ts';

/** The kit's adapter and the client are those of OpenSearch; Python's store is another, on another client. */
export const backend = searchLike(
  'elasticsearch+http',
  async () => {
    const { program, missing } = findProgram<ElasticsearchProgram>('elasticsearch');
    if (!program) throw new Error(missing);
    return startElasticsearch(program);
  },
  {
    bundled: false,
    // The node of the tests lacks the module that tells its version.
    python: `
from elasticsearch import AsyncElasticsearch
from key_value.aio.stores.elasticsearch import ElasticsearchStore
from urllib.parse import urlsplit
async def info(self): return {"version": {"build_flavor": "default"}}
AsyncElasticsearch.info = info
inner = ElasticsearchStore(url="http://" + urlsplit(args[0]).netloc, index_prefix="python")`,
    reason: (miss) =>
      miss.figure === 'calls' && miss.verb === 'take'
        ? 'the node of the tests runs no scripts: the entry is read, then ended if it is still the same'
        : serverTakesMost(miss, 'the server takes most of the time'),
  },
);
