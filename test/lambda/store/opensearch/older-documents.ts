import type { JsonObject } from '../../../../lambda/store/key-value-store.ts';
import type { OpenSearchStore } from '../../../../lambda/store/opensearch/opensearch-store.ts';
import type { SearchServer } from '../../../support/servers/search-node.ts';

/** Where the documents of a test are. */
export interface OlderStore {
  readonly store: OpenSearchStore;
  readonly prefix: string;
}

const HOUR = 3_600_000;
const iso = (time: number): string => new Date(time).toISOString().replace('Z', '000+00:00');

/** An index as py-key-value 0.2.8 makes it. */
const MAPPINGS = {
  properties: {
    created_at: { type: 'date' },
    expires_at: { type: 'date' },
    collection: { type: 'keyword' },
    key: { type: 'keyword' },
    value: { type: 'keyword', index: false, doc_values: false, ignore_above: 256 },
  },
};

/** Values in the forms of earlier versions, and whether an index of 0.2.8 holds them. */
const FORMS: readonly { name: string; asText: boolean; document: (value: JsonObject, end: number) => object }[] = [
  {
    name: 'the value as text',
    asText: true,
    document: (value, end) => {
      return { value: JSON.stringify(value), created_at: iso(end - 2 * HOUR), expires_at: iso(end) };
    },
  },
  {
    name: 'the whole entry as text',
    asText: true,
    document: (value, end) => {
      return { value: JSON.stringify({ value, created_at: iso(end - 2 * HOUR), expires_at: iso(end) }) };
    },
  },
  {
    name: 'the value as text under string',
    asText: false,
    document: (value, end) => {
      const dates = { created_at: iso(end - 2 * HOUR), expires_at: iso(end) };
      return { version: 1, value: { string: JSON.stringify(value) }, ...dates };
    },
  },
  {
    name: 'the whole entry as text under string',
    asText: false,
    document: (value, end) => {
      return { value: { string: JSON.stringify({ value, created_at: iso(end - 2 * HOUR), expires_at: iso(end) }) } };
    },
  },
];

/** Documents that earlier versions of py-key-value left are read, taken and replaced. */
export function olderDocuments(server: () => SearchServer, fresh: (sanitize?: 'v0') => OlderStore): void {
  const collection = 'c';
  const at = { collection };

  describe.each(FORMS)('documents of earlier versions: $name', ({ asText, document }) => {
    const value = { n: 1, text: 'é'.repeat(300), value: { of: 'its own' } };
    let store: OpenSearchStore;
    let prefix: string;
    const leave = async (key: string, end = Date.now() + HOUR): Promise<void> => {
      const body = { collection, key, ...document(value, end) };
      const { status } = await server().ask('PUT', `/${prefix}-c/_doc/${key}`, body);
      expect(status).toBe(201);
    };
    beforeEach(async () => {
      ({ store, prefix } = fresh());
      if (asText) await server().ask('PUT', `/${prefix}-c`, { mappings: MAPPINGS });
      else await store.put('other', {}, at);
    });
    afterEach(() => store.close());

    test('get, ttl and getMany', async () => {
      await leave('live');
      await leave('ended', Date.now() - HOUR);
      expect(await store.get('live', at)).toEqual(value);
      expect((await store.ttl('live', at))!.ttl).toBeGreaterThan(3000);
      expect(await store.getMany(['ended', 'live'], at)).toEqual([undefined, value]);
    });

    test('take, once', async () => {
      await leave('live');
      await leave('ended', Date.now() - HOUR);
      expect(await store.take('live', at)).toEqual(value);
      expect(await store.take('live', at)).toBeUndefined();
      expect(await store.get('live', at)).toBeUndefined();
      expect(await store.take('ended', at)).toBeUndefined();
    });

    test('putIfAbsent, over one that has ended only', async () => {
      await leave('live');
      await leave('ended', Date.now() - HOUR);
      expect(await store.putIfAbsent('live', { n: 2 }, at)).toBe(false);
      expect(await store.get('live', at)).toEqual(value);
      expect(await store.putIfAbsent('ended', { n: 2 }, at)).toBe(true);
      expect(await store.putIfAbsent('new', { n: 3 }, at)).toBe(true);
      expect(await store.getMany(['ended', 'new'], at)).toEqual([{ n: 2 }, { n: 3 }]);
    });

    test('compareAndSet', async () => {
      await leave('live');
      const { version } = (await store.getVersioned('live', at))!;
      expect(await store.compareAndSet('live', version, { n: 2 }, at)).toBe(true);
      expect(await store.compareAndSet('live', version, { n: 3 }, at)).toBe(false);
      expect(await store.get('live', at)).toEqual({ n: 2 });
      await leave('taken');
      const before = (await store.getVersioned('taken', at))!;
      expect(await store.take('taken', at)).toEqual(value);
      expect(await store.compareAndSet('taken', before.version, { n: 3 }, at)).toBe(false);
    });

    test('put, putMany and delete', async () => {
      await leave('a');
      await leave('b');
      await store.putMany(['a', 'new'], [{ n: 2 }, { n: 3 }], at);
      await store.put('b', { n: 4 }, at);
      expect(await store.getMany(['a', 'new', 'b'], at)).toEqual([{ n: 2 }, { n: 3 }, { n: 4 }]);
      const { body } = await server().ask('GET', `/${prefix}-c/_doc/b`);
      expect((body._source as { value: unknown }).value).toEqual(asText ? '{"n": 4}' : expect.any(Object));
      expect(await store.deleteMany(['a', 'b', 'none'], at)).toBe(2);
    });
  });

  test('an index that is made anew is written to in its new form', async () => {
    const { store, prefix } = fresh();
    await server().ask('PUT', `/${prefix}-c`, { mappings: MAPPINGS });
    await store.put('k', { n: 1 }, at);
    await server().ask('DELETE', `/${prefix}-c`);
    await server().ask('PUT', `/${prefix}-c`, { mappings: { properties: { value: { type: 'object' } } } });
    await store.put('k', { n: 2 }, at);
    expect(await store.get('k', at)).toEqual({ n: 2 });
    expect((await server().ask('GET', `/${prefix}-c/_doc/k`)).body._source).not.toMatchObject({
      value: expect.any(String) as unknown,
    });
    await store.close();
  });

  test('with sanitize=v0 they are found where py-key-value 0.2.8 left them', async () => {
    const { store, prefix } = fresh('v0');
    await server().ask('PUT', `/${prefix}-c`, { mappings: MAPPINGS });
    const document = { collection, key: 'k1', value: '{"n": 1}', created_at: iso(Date.now()) };
    await server().ask('PUT', `/${prefix}-c/_doc/c_k1-4fd87da8`, document);
    expect(await store.get('k1', at)).toEqual({ n: 1 });
    expect(await store.getMany(['k1', 'k2'], at)).toEqual([{ n: 1 }, undefined]);
    expect(await store.putIfAbsent('k1', { n: 2 }, at)).toBe(false);
    expect(await store.take('k1', at)).toEqual({ n: 1 });
    await store.close();
  });
}
