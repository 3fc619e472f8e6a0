import { openWire } from '../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore, type OpenSearchStoreProps } from '../../../lambda/store/opensearch/opensearch-store.ts';
import { type OpenSearchProgram, type OpenSearchServer, startOpenSearch } from '../../support/servers/opensearch.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { storeContract } from './contract.ts';

describeWith<OpenSearchProgram>('opensearch', 'the OpenSearch store', (program) => {
  describe.each<{ name: string; settings: Record<string, string> }>([
    { name: 'OpenSearch', settings: {} },
    { name: 'OpenSearch without scripts', settings: { 'script.allowed_types': 'none' } },
  ])('$name', ({ name, settings }) => {
    let server: OpenSearchServer;
    let stores = 0;
    beforeAll(async () => {
      server = await startOpenSearch(program, settings);
    }, 90_000);
    afterAll(() => server.stop());
    // Every test makes indexes of its own, and a node takes a thousand.
    afterEach(async () => {
      const { body } = await server.ask('GET', '/_settings?filter_path=*.settings.index.provided_name');
      const names = Object.keys(body);
      if (names.length > 0) await server.ask('DELETE', `/${names.map(encodeURIComponent).join(',')}`);
    });

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
