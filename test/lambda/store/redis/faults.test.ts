import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import {
  type Certificates,
  makeCertificates,
  makeCertificatesOfAnother,
} from '../../../support/servers/certificates.ts';
import { freePort } from '../../../support/servers/free-port.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { openRedis, passwordLogin, recovered } from './opening.ts';

/** Far above the bound that the store keeps, 8 seconds: this machine is busy, and what is looked for is a call without end. */
const PATIENCE = 20_000;
const unavailable = { name: 'StoreUnavailableError', retryable: true };

describeWith('redis', 'faults of a single node', (program) => {
  let certificates: Certificates;
  let server: RedisServer;
  let stores: KeyValueStore[];
  let others: RedisServer[];

  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startRedis(program, { certificates, users: ['user kit on >first ~* -@all +@all'] });
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });
  beforeEach(() => {
    stores = [];
    others = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all(others.map((other) => other.stop()));
  });

  const open = (url: string, login?: Parameters<typeof openRedis>[1]): KeyValueStore => {
    const store = openRedis(url, login);
    stores.push(store);
    return store;
  };
  const start = async (props: Parameters<typeof startRedis>[1] = {}): Promise<RedisServer> => {
    const other = await startRedis(program, props);
    others.push(other);
    return other;
  };
  /** How the calls ended, which they did in time. */
  const ended = async (calls: readonly Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> => {
    const begin = performance.now();
    const outcomes = await Promise.allSettled(calls);
    expect(performance.now() - begin).toBeLessThan(PATIENCE);
    return outcomes;
  };
  const refusal = { status: 'rejected', reason: unavailable };
  const openServer = (): KeyValueStore =>
    open(`rediss://${server.address}?ca=${certificates.ca}`, { login: passwordLogin('kit', 'first') });

  test.each(['redis://localhost', 'rediss://localhost'])('nobody listens: %s', async (scheme) => {
    const store = open(`${scheme}:${await freePort()}`);
    await expect(store.get('k')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
    expect(await ended([store.take('k'), store.put('k', { n: 1 })])).toMatchObject([refusal, refusal]);
  });

  test('a cluster whose nodes nobody knows', async () => {
    const store = open(`redis://localhost:${await freePort()}?cluster=true`);
    await expect(store.get('k')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test('a host that does not exist', async () => {
    const store = open('rediss://no-such-host.invalid');
    await expect(store.get('k')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('killed while calls are under way, and started again', async () => {
    const store = openServer();
    await store.put('k', { n: 1 });
    const outcomes = ended(Array.from({ length: 50 }, (_, n) => store.put(`k${n}`, { n })));
    await server.kill();
    for (const call of await outcomes) {
      if (call.status === 'rejected') expect(call.reason).toMatchObject(unavailable);
    }
    expect(await ended([store.get('k')])).toMatchObject([refusal]);
    await server.restart();
    await store.put('k', { n: 2 });
    expect(await store.get('k')).toEqual({ n: 2 });
  });

  test('hung: an error after a while, and the next call succeeds when it goes on', async () => {
    const [connected, fresh] = [openServer(), openServer()];
    await connected.put('k', { n: 1 });
    server.suspend();
    try {
      const calls = [connected.get('k'), connected.take('k'), fresh.get('k')];
      for (const call of await ended(calls)) expect(call).toMatchObject(refusal);
    } finally {
      server.resume();
    }
    await connected.put('k', { n: 2 });
    expect(await fresh.get('k')).toEqual({ n: 2 });
  }, 60_000);

  test('closing does not wait for a server that hangs', async () => {
    const store = openServer();
    await store.get('k');
    server.suspend();
    try {
      const call = store.get('k').catch((error: unknown) => error);
      const fresh = openServer();
      const opening = fresh.get('k').catch((error: unknown) => error);
      await Promise.all([store.close(), fresh.close()]);
      expect(await call).toMatchObject({ name: 'StoreClosedError' });
      expect(await opening).toMatchObject({ name: 'StoreClosedError' });
    } finally {
      server.resume();
    }
  }, 30_000);

  test('full: writes are refused, and what is there can be read, taken and deleted', async () => {
    const full = await start({ args: ['--maxmemory-policy', 'noeviction'] });
    const store = open(`redis://${full.address}`);
    await store.put('code', { n: 1 });
    await store.put('other', { n: 2 });
    await full.cli('CONFIG', 'SET', 'maxmemory', '1');
    const refused = { name: 'StoreRejectedError', retryable: false, message: expect.stringMatching(/full \(OOM\)/) };
    await expect(store.put('new', { n: 1 })).rejects.toMatchObject(refused);
    await expect(store.putIfAbsent('new', { n: 1 })).rejects.toMatchObject(refused);
    const read = await store.getVersioned('other');
    await expect(store.compareAndSet('other', read?.version ?? '', { n: 3 })).rejects.toMatchObject(refused);
    expect(await store.get('other')).toEqual({ n: 2 });
    expect(await store.take('code')).toEqual({ n: 1 });
    expect(await store.take('code')).toBeUndefined();
    expect(await store.delete('other')).toBe(true);
    await full.cli('CONFIG', 'SET', 'maxmemory', '0');
    await store.put('new', { n: 1 });
  });

  test('failed over: the node has become a replica, and the way leads to another', async () => {
    const primary = await start();
    const replica = await start({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
    await recovered(async () => {
      expect(await replica.cli('INFO', 'replication')).toMatch(/master_link_status:up/);
    });
    const store = open(`redis://${primary.address}`);
    await store.put('k', { n: 1 });
    await primary.cli('REPLICAOF', '127.0.0.1', String(replica.port));
    const call = store.put('k', { n: 2 }).catch((error: unknown) => error);
    expect(await call).toMatchObject({ ...unavailable, message: expect.stringMatching(/READONLY/) });
    const connections = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await primary.cli('INFO', 'stats'))?.[1]);
    expect(await connections()).toBeGreaterThan(4); // it has connected anew: the name may lead elsewhere by now
    await primary.cli('REPLICAOF', 'NO', 'ONE');
    await store.put('k', { n: 3 });
    expect(await store.get('k')).toEqual({ n: 3 });
  });

  test('a server that refuses for a moment is asked again', async () => {
    // As long as it lacks its primary, a replica says MASTERDOWN; LOADING and CLUSTERDOWN are words of the same kind.
    const replica = await start({ args: ['--replica-serve-stale-data', 'no'] });
    await replica.cli('REPLICAOF', '127.0.0.1', String(await freePort()));
    const store = open(`redis://${replica.address}`);
    const call = store.get('k');
    await replica.cli('REPLICAOF', 'NO', 'ONE');
    expect(await call).toBeUndefined();
  });

  test('too many connections', async () => {
    const busy = await start({ args: ['--maxclients', '4'] });
    const guests = Array.from({ length: 4 }, () => open(`redis://${busy.address}`));
    await Promise.all(guests.map((guest) => guest.get('k')));
    const late = open(`redis://${busy.address}`);
    await expect(late.get('k')).rejects.toMatchObject({ name: 'StoreThrottledError', retryable: true });
    await guests[0]?.close();
    await recovered(() => late.get('k'));
    expect(await late.get('k')).toBeUndefined();
    await Promise.all([late, ...guests].map((guest) => guest.close()));
  });

  describe('certificates', () => {
    const refused = { name: 'StoreRejectedError', message: expect.stringMatching(/certificate.*ca=/) };

    test.each(['', '&cluster=true'])('of an authority that nobody trusts%s', async (cluster) => {
      await expect(open(`rediss://${server.address}?${cluster}`).get('k')).rejects.toMatchObject(refused);
      const stranger = open(`rediss://${server.address}?ca=${certificates.strangerCa}${cluster}`);
      await expect(stranger.get('k')).rejects.toMatchObject(refused);
    });

    test('for another name', async () => {
      const another = makeCertificatesOfAnother();
      const elsewhere = await start({ certificates: another });
      const store = open(`rediss://127.0.0.1:${elsewhere.port}?ca=${another.ca}`);
      await expect(store.get('k')).rejects.toMatchObject(refused);
      another.remove();
    });

    test('a file of authorities that is not there', async () => {
      const store = open(`rediss://${server.address}?ca=/no/such/file.pem`);
      const message = expect.stringContaining('/no/such/file.pem') as string;
      await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreRejectedError', message });
    });

    test('TLS to a server without, and the other way round', async () => {
      const plain = createServer((socket) => {
        socket.on('error', () => undefined).end('-ERR unknown command\r\n');
      }).listen(0, '127.0.0.1');
      await once(plain, 'listening');
      const { port } = plain.address() as AddressInfo;
      const message = expect.stringMatching(/does not speak TLS/) as string;
      const call = open(`rediss://localhost:${port}`).get('k');
      await expect(call).rejects.toMatchObject({ name: 'StoreRejectedError', message });
      plain.close();
      await expect(open(`redis://${server.address}`).get('k')).rejects.toMatchObject(unavailable);
    });
  });

  describe('passwords', () => {
    test('a wrong one is no reason to try again', async () => {
      const store = open(`rediss://${server.address}?ca=${certificates.ca}`, { login: passwordLogin('kit', 'wrong') });
      await server.cli('CONFIG', 'RESETSTAT');
      const error: unknown = await store.get('k').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'StoreAccessError', message: expect.stringMatching(/WRONGPASS/) });
      expect(String(error)).not.toContain('wrong');
      expect(await server.cli('INFO', 'commandstats')).toMatch(/cmdstat_hello:calls=1,/);
    });

    test('a password that was rotated is fetched again, once', async () => {
      const login = passwordLogin('kit', 'first');
      let renewals = 0;
      const renewing = {
        ...login,
        credentials: () => login.credentials(),
        renew: () => {
          renewals++;
          login.password = 'second';
          return Promise.resolve(true);
        },
      };
      const store = open(`rediss://${server.address}?ca=${certificates.ca}`, { login: renewing });
      await store.put('k', { n: 1 });
      await server.cli('ACL', 'SETUSER', 'kit', '<first', '>second');
      expect(await store.get('k')).toEqual({ n: 1 }); // the connection lives on
      await server.cli('CLIENT', 'KILL', 'USER', 'kit');
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(renewals).toBe(1);
      await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', '>first');
      await server.cli('CLIENT', 'KILL', 'USER', 'kit');
      await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreAccessError' });
      expect(renewals).toBe(2);
    });

    test('a password for a server that knows none', async () => {
      const plain = await start();
      const store = open(`redis://${plain.address}`, { login: passwordLogin('kit', 'any') });
      await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreAccessError' });
    });
  });
});
