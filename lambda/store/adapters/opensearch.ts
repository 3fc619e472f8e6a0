import { secretCredentials } from '../credentials/secret-credentials.ts';
import type { StoreAdapter } from '../key-value-store.ts';
import { OpenSearchStore } from '../opensearch/opensearch-store.ts';
import { parseSearchUrl } from '../opensearch/url.ts';

/**
 * OpenSearch and Elasticsearch: `opensearch+https://host/INDEX_PREFIX?auth=sigv4&region=REGION`,
 * `elasticsearch+https://host/INDEX_PREFIX?secret=ARN`. The client is loaded at the first call.
 */
export const openSearchAdapter: StoreAdapter = {
  schemes: ['opensearch+https', 'opensearch+http', 'elasticsearch+https', 'elasticsearch+http'],
  open: (url) => {
    const parsed = parseSearchUrl(url);
    const { product, indexPrefix, sanitize, searchable, auth } = parsed;
    return new OpenSearchStore({
      product,
      indexPrefix,
      sanitize,
      searchable,
      serverless: auth.kind === 'sigv4' && auth.service === 'aoss',
      connect: async () => (await import('../opensearch/client.ts')).openWire(parsed),
      ...(auth.kind === 'secret' && { credentials: secretCredentials(auth.arn) }),
    });
  },
};
