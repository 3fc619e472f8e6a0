import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CredentialsSource, StoreCredentials } from '../../../lambda/store/credentials/store-credentials.ts';
import { StoreError, StoreRejectedError, StoreUnavailableError } from '../../../lambda/store/errors.ts';
import { openWire } from '../../../lambda/store/opensearch/client.ts';
import { LIMITS } from '../../../lambda/store/opensearch/limits.ts';
import { OpenSearchStore, type OpenSearchStoreProps } from '../../../lambda/store/opensearch/opensearch-store.ts';
import { type HttpProxy, startHttpProxy } from '../../support/http-proxy.ts';
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../support/servers/opensearch.ts';
import { describeWith } from '../../support/servers/programs.ts';
import type { SearchServer } from '../../support/servers/search-node.ts';

const SECRETS = /hunter2|the-value|the-key|the-collection/;

function open(node: string, props: Partial<OpenSearchStoreProps> & { ca?: string } = {}): OpenSearchStore {
  return new OpenSearchStore({
    product: 'OpenSearch',
    indexPrefix: 'faults',
    connect: () => openWire({ node, ca: props.ca, auth: { kind: 'none' } }),
    ...props,
  });
}

async function faultOf(call: Promise<unknown>): Promise<StoreError> {
  const fault: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(StoreError);
  expect((fault as StoreError).message).not.toMatch(SECRETS);
  return fault as StoreError;
}

const at = { collection: 'the-collection' };

describeWith<OpenSearchProgram>('opensearch', 'faults of OpenSearch', (program) => {
  let server: SearchServer;
  let proxy: HttpProxy;
  beforeAll(async () => {
    server = await startOpenSearch(program);
    proxy = await startHttpProxy(server.url);
  }, 90_000);
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(() => {
    proxy.reset();
  });

  describe('round trips', () => {
    const targets = (): string[] => proxy.seen.map(({ method, target }) => `${method} ${target.split('?')[0] ?? ''}`);

    test('one for get, put, take and delete; one for many', async () => {
      const store = open(proxy.url, { indexPrefix: 'trips' });
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
        proxy.reset();
        await call();
        expect(targets()).toEqual([target]);
      }
      await store.put('k', { n: 3 });
      const { version } = (await store.getVersioned('k'))!;
      proxy.reset();
      expect(await store.compareAndSet('k', version, { n: 4 })).toBe(true);
      expect(targets()).toEqual(['PUT /trips-default_collection/_doc/k']);
      expect(proxy.seen.every(({ target }) => !target.includes('refresh'))).toBe(true);
      await store.close();
    });

    test('a process that has read a collection does not ask for its index again', async () => {
      const store = open(proxy.url, { indexPrefix: 'trips' });
      await store.get('k');
      await store.put('k', { n: 1 });
      expect(targets()).toEqual(['GET /trips-default_collection/_doc/k', 'PUT /trips-default_collection/_doc/k']);
      await store.close();
    });

    test('many calls at once make a new index once', async () => {
      const store = open(proxy.url, { indexPrefix: 'race' });
      await Promise.all(Array.from({ length: 20 }, (_, n) => store.put(`k${n}`, { n })));
      expect(targets().filter((target) => target === 'PUT /race-default_collection')).toHaveLength(1);
      await store.close();
    });
  });

  describe('an answer that is lost after the server has committed', () => {
    /** Loses the answer to the first request of this kind. */
    const lose = (kind: RegExp, meanwhile: () => Promise<unknown> = () => Promise.resolve()): void => {
      let lost = false;
      proxy.treat(({ method, target }) => {
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
      store = open(proxy.url);
      other = open(server.url);
      await store.get(key);
      await other.put('warm', {});
    });
    afterEach(() => Promise.all([store.close(), other.close()]));

    test('take still hands out the value, once', async () => {
      await store.put(key, { n: 1 }, { ttl: 60 });
      lose(/_update/, async () => {
        expect(await other.take(key)).toBeUndefined();
      });
      expect(await store.take(key)).toEqual({ n: 1 });
      expect(await store.take(key)).toBeUndefined();
    });

    test('take without scripts does, too', async () => {
      await store.put(key, { n: 1 }, { ttl: 60 });
      let lost = false;
      proxy.treat(({ method, target }) => {
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
      const past = open(server.url, { now: () => Date.now() - 100_000 });
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

  describe('what the server or a gateway says', () => {
    const error = (type: string, reason = 'the-value'): object => ({ error: { type, reason }, status: 0 });

    test.each([
      [502, error('bad_gateway'), 'StoreUnavailableError', true, 3],
      [503, error('no_shard_available_action_exception'), 'StoreUnavailableError', true, 3],
      [504, {}, 'StoreUnavailableError', true, 3],
      [500, error('null_pointer_exception'), 'StoreUnavailableError', true, 1],
      [429, error('rejected_execution_exception'), 'StoreThrottledError', true, 3],
      [
        429,
        error(
          'cluster_block_exception',
          'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];',
        ),
        'StoreRejectedError',
        false,
        1,
      ],
      [
        403,
        error('cluster_block_exception', 'blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];'),
        'StoreRejectedError',
        false,
        1,
      ],
      [403, error('security_exception'), 'StoreAccessError', false, 1],
      [401, error('security_exception'), 'StoreAccessError', false, 1],
      [413, {}, 'StoreRejectedError', false, 1],
      [400, error('mapper_parsing_exception'), 'StoreRejectedError', false, 1],
      [404, error('resource_not_found_exception'), 'StoreRejectedError', false, 1],
    ])('%i %j is a %s', async (status, body, name, retryable, attempts) => {
      await open(server.url).put('the-key', {}, at);
      const store = open(proxy.url);
      await store.get('the-key', at);
      proxy.reset();
      proxy.treat(({ method }) => (method === 'GET' ? 'pass' : { status, body }));
      const fault = await faultOf(store.put('the-key', { secret: 'the-value' }, at));
      expect(fault).toMatchObject({ name, retryable });
      expect(proxy.seen.filter(({ target }) => target.includes('_doc'))).toHaveLength(attempts);
      await store.close();
    });

    test('one bad answer is not the end', async () => {
      const store = open(proxy.url);
      proxy.treat((_, nth) => (nth === 1 ? { status: 503, body: {} } : nth === 2 ? 'reset' : 'pass'));
      expect(await store.get('none')).toBeUndefined();
      expect(proxy.seen).toHaveLength(3);
      await store.close();
    });

    test('an answer that begins and does not end is given up', async () => {
      const store = open(proxy.url);
      const start = Date.now();
      proxy.treat((_, nth) => (nth === 1 ? 'stall' : 'pass'));
      expect(await store.get('none')).toBeUndefined();
      expect(Date.now() - start).toBeGreaterThanOrEqual(LIMITS.ATTEMPT_MS - 100);
      await store.close();
    }, 20_000);

    test('who may not make indexes writes to those that exist, and is told about those that do not', async () => {
      await open(server.url, { indexPrefix: 'given' }).put('k', {});
      const denied = { status: 403, body: error('security_exception') };
      proxy.treat(({ method, target }) => (method === 'PUT' && !target.includes('/_') ? denied : 'pass'));
      const store = open(proxy.url, { indexPrefix: 'given' });
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(await faultOf(store.put('k', {}, at))).toMatchObject({ name: 'StoreAccessError' });
      expect((await server.ask('GET', '/given-the-collection')).status).toBe(404);
      await store.close();
    });
  });

  test('a full disk is told as one, and what can be read is read', async () => {
    const store = open(server.url, { indexPrefix: 'full' });
    await store.put('k', { n: 1 });
    const block = (value: true | null): Promise<unknown> => {
      return server.ask('PUT', '/full-default_collection/_settings', { 'index.blocks.read_only_allow_delete': value });
    };
    await block(true);
    const fault = await faultOf(store.put('k', { n: 2 }));
    expect(fault).toBeInstanceOf(StoreRejectedError);
    expect(fault.message).toMatch(/the disk is full/);
    expect(await faultOf(store.putMany(['k', 'l'], [{}, {}]))).toBeInstanceOf(StoreRejectedError);
    expect(await store.get('k')).toEqual({ n: 1 });
    await block(null);
    await store.put('k', { n: 2 });
    await store.close();
  });

  describe('credentials', () => {
    const basic = (password: string): string => `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
    const source = (first: StoreCredentials, next?: StoreCredentials): CredentialsSource & { renewals: number } => {
      const held = { credentials: first, renewals: 0 };
      return {
        get renewals() {
          return held.renewals;
        },
        get: () => Promise.resolve(held.credentials),
        renew: () => {
          held.renewals++;
          if (next) held.credentials = next;
          return Promise.resolve(next);
        },
      };
    };
    /** The proxy plays the server's security. */
    const only = (authorization: string): void => {
      proxy.treat(({ headers }) => {
        return headers.authorization === authorization
          ? 'pass'
          : { status: 401, body: { error: { type: 'security_exception' } } };
      });
    };

    test('user and password, and an API key', async () => {
      only(basic('hunter2'));
      const user = open(proxy.url, { credentials: source({ username: 'user', password: 'hunter2' }) });
      expect(await user.get('none')).toBeUndefined();
      only('ApiKey aWQ6a2V5');
      const key = open(proxy.url, { credentials: source({ apiKey: 'aWQ6a2V5' }) });
      expect(await key.get('none')).toBeUndefined();
      await Promise.all([user.close(), key.close()]);
    });

    test('a rotated password is looked up again, in the same call', async () => {
      only(basic('hunter2-new'));
      const credentials = source(
        { username: 'user', password: 'hunter2' },
        { username: 'user', password: 'hunter2-new' },
      );
      const store = open(proxy.url, { credentials });
      expect(await store.get('none')).toBeUndefined();
      expect(await store.get('none')).toBeUndefined();
      expect(credentials.renewals).toBe(1);
      await store.close();
    });

    test('a wrong one is told without it, and asked for once', async () => {
      only(basic('right'));
      const credentials = source({ username: 'user', password: 'hunter2' });
      const store = open(proxy.url, { credentials });
      expect(await faultOf(store.get('none'))).toMatchObject({ name: 'StoreAccessError' });
      expect(proxy.seen).toHaveLength(1);
      expect(await faultOf(open(proxy.url, { credentials: source({ password: 'hunter2' }) }).get('k'))).toMatchObject({
        name: 'StoreAccessError',
      });
      await store.close();
    });
  });

  describe('TLS', () => {
    let certificates: Certificates;
    let secure: HttpProxy;
    beforeAll(async () => {
      certificates = makeCertificates();
      secure = await startHttpProxy(server.url, certificates);
    });
    afterAll(async () => {
      await secure.stop();
      certificates.remove();
    });

    test('with its authority', async () => {
      const store = open(secure.url, { ca: certificates.ca });
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
      await store.close();
    });

    test.each([
      ['a stranger', () => secure.url, () => certificates.strangerCa],
      ['nobody', () => secure.url, () => undefined],
      ['another name', () => secure.url.replace('127.0.0.1', '127.0.0.2'), () => certificates.ca],
    ])('a certificate of %s is refused at once, and nothing is sent', async (_, url, ca) => {
      secure.reset();
      const authority = ca();
      const store = open(url(), authority === undefined ? {} : { ca: authority });
      const fault = await faultOf(store.put('k', { secret: 'the-value' }));
      if (url().includes('127.0.0.2')) {
        // Nobody may listen there; who does is not believed.
        expect(['StoreRejectedError', 'StoreUnavailableError']).toContain(fault.name);
      } else {
        expect(fault).toBeInstanceOf(StoreRejectedError);
        expect(fault.message).toMatch(/certificate of OpenSearch is not trusted/);
      }
      expect(secure.seen).toEqual([]);
      await store.close();
    });

    test('a server without TLS, and a missing file', async () => {
      const plain = open(server.url.replace('http:', 'https:'));
      expect((await faultOf(plain.get('k'))).message).toMatch(/does not speak TLS/);
      const lost = open(secure.url, { ca: '/nowhere/ca.pem' });
      expect((await faultOf(lost.get('k'))).message).toMatch(/cannot be read: ENOENT/);
      await Promise.all([plain.close(), lost.close()]);
    });
  });

  test('a server that hangs: calls end in time, and go on when it does', async () => {
    const store = open(server.url, { indexPrefix: 'hung' });
    await store.put('k', { n: 1 });
    server.suspend();
    try {
      const start = Date.now();
      const faults = await Promise.all([
        faultOf(store.get('k')),
        faultOf(store.put('k', { n: 2 })),
        faultOf(store.take('other')),
      ]);
      for (const fault of faults) expect(fault).toBeInstanceOf(StoreUnavailableError);
      expect(Date.now() - start).toBeLessThan(LIMITS.CALL_MS + 2_000);
    } finally {
      server.resume();
    }
    expect(await eventually(() => store.put('k', { n: 3 }).then(() => store.get('k')))).toEqual({ n: 3 });
    await store.close();
  }, 40_000);

  test('a server that is killed and started again: the store goes on, with what was acknowledged', async () => {
    const store = open(server.url, { indexPrefix: 'killed' });
    await store.put('k', { n: 1 });
    await server.kill();
    expect(await faultOf(store.get('k'))).toMatchObject({ retryable: true });
    await server.restart();
    expect(await eventually(() => store.get('k'))).toEqual({ n: 1 });
    expect(await store.take('k')).toEqual({ n: 1 });
    await store.close();
  }, 120_000);
});

describe('no server', () => {
  test('nobody listens', async () => {
    const store = open(`http://127.0.0.1:${await freePort()}`);
    const fault = await faultOf(store.put('the-key', { secret: 'the-value' }, at));
    expect(fault).toBeInstanceOf(StoreUnavailableError);
    expect(fault.message).toMatch(/after 3 attempts: no answer \(ECONNREFUSED\)/);
    await store.close();
  });

  test('somebody listens and never answers: the call ends within its bound', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
      0,
      '127.0.0.1',
    );
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const store = open(`http://127.0.0.1:${port}`);
    const start = Date.now();
    expect(await faultOf(store.get('k'))).toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    expect(Date.now() - start).toBeLessThan(LIMITS.CALL_MS + 2_000);
    await store.close();
    const closed = once(silent, 'close');
    silent.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }, 20_000);

  test('a name that does not exist', async () => {
    const store = open('http://no-such-host.invalid');
    expect(await faultOf(store.get('k'))).toBeInstanceOf(StoreUnavailableError);
    await store.close();
  }, 20_000);
});

/** For a server that needs a moment after it is back. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(200);
    }
  }
}
