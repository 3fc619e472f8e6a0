import type { JsonObject } from '../../../../lambda/store/key-value-store.ts';
import { openWire } from '../../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore, type OpenSearchStoreProps } from '../../../../lambda/store/opensearch/opensearch-store.ts';
import { type ElasticsearchProgram, startElasticsearch } from '../../../support/servers/elasticsearch.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { SearchServer } from '../../../support/servers/search-node.ts';
import { storeContract } from '../contract.ts';
import { olderDocuments } from './older-documents.ts';

describeWith<ElasticsearchProgram>('elasticsearch', 'the store on Elasticsearch', (program) => {
  let server: SearchServer;
  let stores = 0;
  beforeAll(async () => {
    server = await startElasticsearch(program);
  }, 90_000);
  afterAll(() => server.stop());
  afterEach(() => server.clear());

  function freshStore(props: Partial<OpenSearchStoreProps> = {}): OpenSearchStore {
    return new OpenSearchStore({
      product: 'Elasticsearch',
      indexPrefix: `t${stores++}`,
      connect: () => openWire({ node: server.url, ca: undefined, auth: { kind: 'none' } }),
      ...props,
    });
  }

  storeContract('Elasticsearch', ({ now }) => freshStore({ now }));

  olderDocuments(
    () => server,
    (sanitize) => {
      const prefix = `older${stores++}`;
      return { store: freshStore({ indexPrefix: prefix, sanitize }), prefix };
    },
  );

  test('documents are those of py-key-value', async () => {
    const store = freshStore({ indexPrefix: 'layout', now: () => Date.UTC(2026, 10, 22, 10, 0, 0, 123) });
    await store.put('k1', { b: 1, a: 'é' }, { collection: 'c', ttl: 60.5 });
    await store.close();
    expect((await server.ask('GET', '/layout-c/_doc/k1')).body._source).toEqual({
      collection: 'c',
      created_at: '2026-11-22T10:00:00.123000+00:00',
      expires_at: '2026-11-22T10:01:00.623000+00:00',
      key: 'k1',
      value: { flattened: { a: 'é', b: 1 } },
      version: 1,
    });
  });

  test('an index in which values are searched refuses what a new one of ours takes', async () => {
    const values: JsonObject[] = [{ text: 'x'.repeat(40_000) }, { 'a\u0000b': 1 }, nested(25)];
    const ours = freshStore();
    const searched = freshStore({ searchable: true });
    for (const value of values) {
      await ours.put('k', value);
      expect(await ours.get('k')).toEqual(value);
      await expect(searched.put('k', value)).rejects.toMatchObject({ name: 'StoreRejectedError' });
    }
    await searched.put('k', { small: true });
    expect(await searched.get('k')).toEqual({ small: true });
    await Promise.all([ours.close(), searched.close()]);
  });
});

function nested(levels: number): JsonObject {
  return levels === 0 ? {} : { n: nested(levels - 1) };
}
