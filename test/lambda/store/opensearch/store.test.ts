import { openWire } from '../../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore, type OpenSearchStoreProps } from '../../../../lambda/store/opensearch/opensearch-store.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../../support/servers/opensearch.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { SearchServer } from '../../../support/servers/search-node.ts';
import { storeContract } from '../contract.ts';
import { olderDocuments } from './older-documents.ts';

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

    olderDocuments(
      () => server,
      (sanitize) => freshStore({ sanitize }),
    );

    test('two servers with a prefix each never see, take or delete what the other has', async () => {
      const [one, other] = [freshStore().store, freshStore().store];
      await one.put('k', { of: 'one' });
      expect(await other.get('k')).toBeUndefined();
      expect(await other.take('k')).toBeUndefined();
      expect(await other.delete('k')).toBe(false);
      expect(await other.putIfAbsent('k', { of: 'other' })).toBe(true);
      expect(await other.getMany(['k'])).toEqual([{ of: 'other' }]);
      expect(await one.get('k')).toEqual({ of: 'one' });
      await Promise.all([one.close(), other.close()]);
    });

    test('names that come to one index do not hand out entries of each other', async () => {
      const { store, prefix } = freshStore();
      const other = freshStore({ indexPrefix: `${prefix}-a` }).store;
      await store.put('k', { n: 1 }, { collection: 'a-b' });
      for (const [reader, collection] of [
        [store, 'A-B'],
        [other, 'b'],
      ] as const) {
        expect(await reader.get('k', { collection })).toBeUndefined();
        expect(await reader.getMany(['k'], { collection })).toEqual([undefined]);
        expect(await reader.take('k', { collection })).toBeUndefined();
        expect(await reader.delete('k', { collection })).toBe(false);
      }
      expect(await store.get('k', { collection: 'a-b' })).toEqual({ n: 1 });
      await Promise.all([store.close(), other.close()]);
    });

    test('documents are those of py-key-value, and what take leaves has ended for everybody', async () => {
      const { store, prefix } = freshStore({ now: () => Date.UTC(2026, 10, 22, 10, 0, 0, 123) });
      await store.put('k/1', { b: 1, a: 'é' }, { collection: 'c', ttl: 60.5 });
      const entry = {
        collection: 'c',
        created_at: '2026-11-22T10:00:00.123000+00:00',
        expires_at: '2026-11-22T10:01:00.623000+00:00',
        key: 'k/1',
        value: { flat: { a: 'é', b: 1 } },
        version: 1,
      };
      const read = async (): Promise<unknown> => (await server.ask('GET', `/${prefix}-c/_doc/k%2F1`)).body._source;
      expect(await read()).toEqual(entry);
      expect(await store.take('k/1', { collection: 'c' })).toEqual({ a: 'é', b: 1 });
      expect(await read()).toEqual({
        ...entry,
        expires_at: '2026-11-22T09:00:00.123000+00:00',
        ended: entry.expires_at,
        taken: expect.stringMatching(/^[A-Za-z0-9_-]{12}$/) as unknown,
      });
      await store.close();
    });

    test('a document that is no entry is told as such, and can be deleted', async () => {
      const { store, prefix } = freshStore();
      await store.put('entry', {}, { collection: 'c' });
      for (const [id, value] of [
        ['list', [1]],
        ['none', null],
      ] as const) {
        await server.ask('PUT', `/${prefix}-c/_doc/${id}`, { value: { flat: value } });
        await expect(store.get(id, { collection: 'c' })).rejects.toMatchObject({ name: 'CorruptEntryError' });
        expect(await store.putIfAbsent(id, {}, { collection: 'c' })).toBe(false);
        expect(await store.delete(id, { collection: 'c' })).toBe(true);
        expect(await store.get(id, { collection: 'c' })).toBeUndefined();
      }
      await store.close();
    });

    test('values that an index of py-key-value refuses fit into one of ours; too large ones are refused unsent', async () => {
      const long = { text: 'x'.repeat(1_000_000) };
      const { store } = freshStore();
      const searched = freshStore({ searchable: true }).store;
      await store.put('k', long);
      expect(await store.take('k')).toEqual(long);
      const fault: unknown = await searched.put('k', long).catch((error: unknown) => error);
      expect(fault).toMatchObject({ name: 'StoreRejectedError' });
      expect((fault as Error).message).toMatch(/no text above 32766 bytes/);
      await searched.put('k', { small: true });
      expect(await searched.take('k')).toEqual({ small: true });
      await expect(store.put('k', { text: 'x'.repeat(11_000_000) })).rejects.toMatchObject({
        name: 'ItemTooLargeError',
      });
      await Promise.all([store.close(), searched.close()]);
    });
  });
});
