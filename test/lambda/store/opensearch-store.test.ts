import { openWire } from '../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore, type OpenSearchStoreProps } from '../../../lambda/store/opensearch/opensearch-store.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../support/servers/opensearch.ts';
import { describeWith } from '../../support/servers/programs.ts';
import type { SearchServer } from '../../support/servers/search-node.ts';
import { storeContract } from './contract.ts';

describeWith<OpenSearchProgram>('opensearch', 'the OpenSearch store', (program) => {
  describe.each<{ name: string; settings: Record<string, string> }>([
    { name: 'OpenSearch', settings: {} },
    { name: 'OpenSearch without scripts', settings: { 'script.allowed_types': 'none' } },
  ])('$name', ({ name, settings }) => {
    let server: SearchServer;
    let stores = 0;
    beforeAll(async () => {
      server = await startOpenSearch(program, settings);
    }, 90_000);
    afterAll(() => server.stop());
    afterEach(() => server.clear());

    function freshStore(props: Partial<OpenSearchStoreProps> = {}): { store: OpenSearchStore; prefix: string } {
      const prefix = `t${stores++}`;
      const store = new OpenSearchStore({
        product: 'OpenSearch',
        indexPrefix: prefix,
        connect: () => openWire({ node: server.url, ca: undefined, auth: { kind: 'none' } }),
        ...props,
      });
      return { store, prefix };
    }

    storeContract(name, ({ now }) => freshStore({ now }).store);
  });
});
