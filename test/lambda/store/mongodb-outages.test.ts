import { mongoDbAdapter } from '../../../lambda/store/adapters/mongodb.ts';
import type { KeyValueStore } from '../../../lambda/store/key-value-store.ts';
import { faultOf } from '../../support/fault-of.ts';
import { type Certificates, makeCertificates, makeCertificatesOfAnother } from '../../support/servers/certificates.ts';
import { type MongoProgram, type MongoServer, startMongo } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { startTlsFront } from '../../support/tls-front.ts';

/** Above the bound that the store keeps, 10 seconds: this machine is busy. */
const PATIENCE = 25_000;

describeWith<MongoProgram>('mongodb', 'the MongoDB store and a server that comes and goes', (program) => {
  let server: MongoServer;
  let store: KeyValueStore;
  beforeEach(async () => {
    server = await startMongo(program);
    store = mongoDbAdapter.open(new URL(`${server.url}/outages`));
  });
  afterEach(async () => {
    await store.close();
    await server.stop();
  });

  const expectUnavailable = async (call: Promise<unknown>): Promise<void> => {
    const start = performance.now();
    expect(await faultOf(call)).toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    expect(performance.now() - start).toBeLessThan(PATIENCE);
  };

  test('absent at the first call, there at the second', async () => {
    await server.kill();
    await expectUnavailable(store.get('k'));
    await server.restart();
    await store.put('k', { n: 1 });
    expect(await store.get('k')).toEqual({ n: 1 });
  }, 90_000);

  test('killed and started again: what was acknowledged is there, and calls meanwhile end in time', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => store.put(`k${n}`, { n })));
    expect(await store.take('k0')).toEqual({ n: 0 });
    await server.kill();
    await expectUnavailable(store.take('k1'));
    await server.restart();
    expect(await store.take('k0')).toBeUndefined();
    for (let n = 1; n < 50; n++) expect(await store.take(`k${n}`)).toEqual({ n });
  }, 90_000);

  test('killed in the middle of calls and back within their time: no call fails', async () => {
    await store.put('counter', { n: 0 });
    const puts = Array.from({ length: 20 }, (_, n) => store.put(`k${n}`, { n }));
    await server.kill();
    await server.restart();
    await Promise.all(puts);
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
    expect(await store.getMany(keys)).toEqual(keys.map((_, n) => ({ n })));
  }, 90_000);

  test('hung: calls end in time, and work when it goes on', async () => {
    await store.put('k', { n: 1 });
    server.suspend();
    await expectUnavailable(store.take('k'));
    server.resume();
    // Whether the take was applied is not known; it was applied once at most.
    expect([undefined, 1]).toContain((await store.take('k'))?.n);
    await store.put('k2', { n: 2 });
    expect(await store.get('k2')).toEqual({ n: 2 });
  }, 90_000);

  test('two servers, and two databases of one server, know nothing of each other', async () => {
    const second = await startMongo(program);
    const others = [`${server.url}/other`, `${second.url}/outages`].map((url) => mongoDbAdapter.open(new URL(url)));
    await store.put('k', { n: 1 });
    for (const other of others) {
      expect(await other.get('k')).toBeUndefined();
      expect(await other.delete('k')).toBe(false);
      expect(await other.putIfAbsent('k', { n: 2 })).toBe(true);
      expect(await other.take('k')).toEqual({ n: 2 });
      await other.close();
    }
    expect(await store.get('k')).toEqual({ n: 1 });
    await second.stop();
  }, 60_000);
});

describeWith<MongoProgram>('mongodb', 'the MongoDB store over TLS', (program) => {
  let certificates: Certificates;
  let server: MongoServer;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startMongo(program, certificates);
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });

  const attempt = async (url: string): Promise<unknown> => {
    const store = mongoDbAdapter.open(new URL(url));
    try {
      await store.put('k', { n: 1 });
      return await store.take('k');
    } catch (error) {
      return error;
    } finally {
      await store.close();
    }
  };

  test('with its authority', async () => {
    expect(await attempt(`${server.url}/tls?ca=${certificates.ca}`)).toEqual({ n: 1 });
  }, 60_000);

  test.each([
    ['the authority of somebody else', () => `?ca=${certificates.strangerCa}`],
    ["Amazon's authorities", () => '?ca=rds'],
    ["Node's authorities", () => ''],
  ])(
    'with %s: refused, and nothing was sent',
    async (_, options) => {
      const error = (await attempt(`${server.url}/tls${options()}`)) as Error;
      expect(error.name).toBe('StoreRejectedError');
      expect(error.message).toMatch(/^the certificate of MongoDB is not trusted: [A-Z_]+; name its authority with ca=/);
    },
    60_000,
  );

  test('with a certificate for another name: refused, and nothing was sent', async () => {
    const plain = await startMongo(program);
    const another = makeCertificatesOfAnother();
    const [right, wrong] = await Promise.all([
      startTlsFront(plain.port, certificates),
      startTlsFront(plain.port, another),
    ]);
    expect(await attempt(`mongodb+tls://127.0.0.1:${right.port}/tls?ca=${certificates.ca}`)).toEqual({ n: 1 });
    expect(right.received).toBeGreaterThan(0);
    const error = (await attempt(`mongodb+tls://127.0.0.1:${wrong.port}/tls?ca=${another.ca}`)) as Error;
    expect(error.name).toBe('StoreRejectedError');
    expect(error.message).toMatch(/^the certificate of MongoDB is not trusted: ERR_TLS_CERT_ALTNAME_INVALID;/);
    expect(wrong.connections).toBeGreaterThan(0);
    expect(wrong.received).toBe(0);
    await Promise.all([right.stop(), wrong.stop()]);
    await plain.stop();
    another.remove();
  }, 60_000);

  test('with a file that is not there', async () => {
    const error = (await attempt(`${server.url}/tls?ca=/nowhere/ca.pem`)) as Error;
    expect(error.message).toBe('the file that the store URL names as ca cannot be read: ENOENT');
  });

  test('without TLS', async () => {
    const error = (await attempt(`mongodb://127.0.0.1:${server.port}/tls`)) as Error;
    expect(error.name).toBe('StoreUnavailableError');
  }, 60_000);
});
