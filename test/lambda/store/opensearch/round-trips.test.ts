import type { OpenSearchStore } from '../../../../lambda/store/opensearch/opensearch-store.ts';
import { StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import type { OpenSearchProgram } from '../../../support/servers/opensearch.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { faultOf, openSearch } from './opening.ts';
import { proxiedOpenSearch } from './proxied.ts';

describeWith<OpenSearchProgram>('opensearch', 'what the OpenSearch store sends', (program) => {
  const opensearch = proxiedOpenSearch(program);

  describe('round trips', () => {
    const targets = (): string[] =>
      opensearch.proxy.seen.map(({ method, target }) => `${method} ${target.split('?')[0] ?? ''}`);

    test('one for get, put, take and delete; one for many', async () => {
      const store = openSearch(opensearch.proxy.url, { indexPrefix: 'trips' });
      await store.put('k', { n: 1 });
      expect(targets()).toEqual(['PUT /trips-default_collection', 'PUT /trips-default_collection/_doc/k']);
      const verbs: [string, () => Promise<unknown>][] = [
        ['PUT /trips-default_collection/_doc/k', () => store.put('k', { n: 2 })],
        ['GET /trips-default_collection/_doc/k', () => store.get('k')],
        ['GET /trips-default_collection/_doc/none', () => store.ttl('none')],
        ['POST /trips-default_collection/_update/k', () => store.take('k')],
        ['POST /trips-default_collection/_update/k', () => store.take('k')],
        ['PUT /trips-default_collection/_create/new', () => store.putIfAbsent('new', { n: 1 })],
        ['POST /trips-default_collection/_update/new', () => store.delete('new')],
        ['POST /trips-default_collection/_bulk', () => store.putMany(['a', 'b'], [{}, {}])],
        ['POST /trips-default_collection/_mget', () => store.getMany(['a', 'b', 'c'])],
        ['POST /trips-default_collection/_bulk', () => store.deleteMany(['a', 'b', 'c'])],
      ];
      for (const [target, call] of verbs) {
        opensearch.proxy.reset();
        await call();
        expect(targets()).toEqual([target]);
      }
      await store.put('k', { n: 3 });
      const { version } = (await store.getVersioned('k'))!;
      opensearch.proxy.reset();
      expect(await store.compareAndSet('k', version, { n: 4 })).toBe(true);
      expect(targets()).toEqual(['PUT /trips-default_collection/_doc/k']);
      expect(opensearch.proxy.seen.every(({ target }) => !target.includes('refresh'))).toBe(true);
      await store.close();
    });

    test('a process that has read a collection does not ask for its index again', async () => {
      const store = openSearch(opensearch.proxy.url, { indexPrefix: 'trips' });
      await store.get('k');
      await store.put('k', { n: 1 });
      expect(targets()).toEqual(['GET /trips-default_collection/_doc/k', 'PUT /trips-default_collection/_doc/k']);
      await store.close();
    });

    test('many calls at once make a new index once', async () => {
      const store = openSearch(opensearch.proxy.url, { indexPrefix: 'race' });
      await Promise.all(Array.from({ length: 20 }, (_, n) => store.put(`k${n}`, { n })));
      expect(targets().filter((target) => target === 'PUT /race-default_collection')).toHaveLength(1);
      await store.close();
    });
  });

  describe('an answer that is lost after the server has committed', () => {
    /** Loses the answer to the first request of this kind. */
    const lose = (kind: RegExp, meanwhile: () => Promise<unknown> = () => Promise.resolve()): void => {
      let lost = false;
      opensearch.proxy.treat(({ method, target }) => {
        if (lost || !kind.test(`${method} ${target}`)) return 'pass';
        lost = true;
        return { loseAnswerAnd: meanwhile };
      });
    };
    let keys = 0;
    let key: string;
    let store: OpenSearchStore;
    let other: OpenSearchStore;
    beforeEach(async () => {
      key = `lost-${keys++}`;
      store = openSearch(opensearch.proxy.url);
      other = openSearch(opensearch.server.url);
      await store.get(key);
      await other.put('warm', {});
    });
    afterEach(() => Promise.all([store.close(), other.close()]));
    /** How often: a take that finds its own mark writes once more, since only a write tells that the copies have it. */
    const written = async (): Promise<unknown> => {
      const { body } = await opensearch.server.ask('GET', `/faults-default_collection/_doc/${key}`);
      return (body as { readonly _version?: unknown })._version;
    };

    test('take still hands out the value, once', async () => {
      await store.put(key, { n: 1 }, { ttl: 60 });
      lose(/_update/, async () => {
        expect(await other.take(key)).toBeUndefined();
      });
      expect(await store.take(key)).toEqual({ n: 1 });
      expect(await written()).toBe(3);
      expect(await store.take(key)).toBeUndefined();
    });

    test('take without scripts does, too', async () => {
      await store.put(key, { n: 1 }, { ttl: 60 });
      let lost = false;
      opensearch.proxy.treat(({ method, target }) => {
        if (target.includes('_update')) {
          return {
            status: 400,
            body: { error: { type: 'illegal_argument_exception', reason: 'cannot execute [inline] scripts' } },
          };
        }
        if (lost || method !== 'PUT') return 'pass';
        lost = true;
        return 'lose-answer';
      });
      expect(await store.take(key)).toEqual({ n: 1 });
      expect(lost).toBe(true);
      expect(await written()).toBe(3);
      expect(await store.take(key)).toBeUndefined();
      expect(await other.get(key)).toBeUndefined();
    });

    test('putIfAbsent knows its own entry, also when it was taken meanwhile', async () => {
      lose(/_create/);
      expect(await store.putIfAbsent(key, { n: 1 })).toBe(true);
      expect(await other.putIfAbsent(key, { n: 2 })).toBe(false);
      lose(/_create/, () => other.take(`${key}-b`));
      expect(await store.putIfAbsent(`${key}-b`, { n: 1 })).toBe(true);
      expect(await store.get(`${key}-b`)).toBeUndefined();
    });

    test('putIfAbsent over an expired entry, too', async () => {
      const past = openSearch(opensearch.server.url, { now: () => Date.now() - 100_000 });
      await past.put(key, { n: 0 }, { ttl: 5 });
      lose(/PUT .*_doc/);
      expect(await store.putIfAbsent(key, { n: 1 })).toBe(true);
      expect(await store.get(key)).toEqual({ n: 1 });
      await past.close();
    });

    test('compareAndSet tells that it wrote, also when another wrote after it', async () => {
      await other.put(key, { n: 1 });
      const { version } = (await store.getVersioned(key))!;
      lose(/PUT .*_doc/, async () => {
        const next = (await other.getVersioned(key))!;
        expect(next.value).toEqual({ n: 2 });
        expect(await other.compareAndSet(key, next.version, { n: 3 })).toBe(true);
      });
      expect(await store.compareAndSet(key, version, { n: 2 })).toBe(true);
      expect(await store.get(key)).toEqual({ n: 3 });
    });

    test('compareAndSet says that it cannot know when the traces are gone', async () => {
      await other.put(key, { n: 1 });
      const { version } = (await store.getVersioned(key))!;
      lose(/PUT .*_doc/, () => other.put(key, { n: 9 }));
      expect(await faultOf(store.compareAndSet(key, version, { n: 2 }))).toBeInstanceOf(StoreUnavailableError);
    });

    test('put and putMany are simply repeated', async () => {
      lose(/PUT .*_doc/);
      await store.put(key, { n: 1 });
      lose(/_bulk/);
      await store.putMany([key, `${key}-b`], [{ n: 2 }, { n: 3 }]);
      expect(await store.getMany([key, `${key}-b`])).toEqual([{ n: 2 }, { n: 3 }]);
    });
  });
});
