import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { StoreRejectedError, StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import { MemcachedStore } from '../../../../lambda/store/memcached/memcached-store.ts';
import { Ring } from '../../../../lambda/store/memcached/ring.ts';
import { DiscoveredServers } from '../../../../lambda/store/memcached/servers.ts';
import { memcachedSays, startMemcached } from '../../../support/servers/memcached.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { ServerProcess } from '../../../support/servers/server-process.ts';

/** A configuration endpoint, which answers as ElastiCache documents it. */
class Endpoint {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  list: string;
  asked = 0;

  constructor(list: string) {
    this.list = list;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        this.asked++;
        expect(chunk.toString()).toBe('config get cluster\r\n');
        const config = `12\n${this.list}\n`;
        socket.write(this.list === '' ? 'ERROR\r\n' : `CONFIG cluster 0 ${config.length}\r\n${config}\r\nEND\r\n`);
      });
    });
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

describeWith('memcached', 'a cluster behind a configuration endpoint', (program) => {
  let servers: ServerProcess[];
  let endpoint: Endpoint;
  let port: number;
  beforeAll(async () => {
    servers = await Promise.all([startMemcached(program), startMemcached(program), startMemcached(program)]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  const listOf = (some: readonly ServerProcess[]): string =>
    some.map((server) => `localhost|127.0.0.1|${server.port}`).join(' ');
  beforeEach(async () => {
    await Promise.all(servers.map((server) => memcachedSays(server.port, 'flush_all')));
    endpoint = new Endpoint(listOf(servers));
    port = await endpoint.start();
  });
  afterEach(() => {
    endpoint.stop();
  });
  const address = (): Promise<{ host: string; port: number }> => Promise.resolve({ host: '127.0.0.1', port });
  const countOf = async (server: ServerProcess): Promise<number> =>
    Number(/STAT curr_items (\d+)/.exec(await memcachedSays(server.port, 'stats'))?.[1]);

  test('entries are spread over the nodes, and found again, one by one and together', async () => {
    const store = new MemcachedStore({ address, discovery: true });
    const keys = Array.from({ length: 300 }, (_, n) => `key-${n}`);
    const values = keys.map((key) => ({ key }));
    await store.putMany(keys, values);
    for (const server of servers) expect(await countOf(server)).toBeGreaterThan(50);
    expect(await store.getMany(keys)).toEqual(values);
    expect(await store.get('key-7')).toEqual({ key: 'key-7' });
    expect(await store.take('key-7')).toEqual({ key: 'key-7' });
    expect(endpoint.asked).toBe(1);
    expect(await store.deleteMany(keys)).toBe(299);
    await store.close();
    // another process finds the same nodes
    const other = new MemcachedStore({ address, discovery: true });
    await other.put('again', { n: 1 });
    const third = new MemcachedStore({ address, discovery: true });
    expect(await third.get('again')).toEqual({ n: 1 });
    await Promise.all([other.close(), third.close()]);
  });

  test('a node that is down makes only its own keys fail', async () => {
    const store = new MemcachedStore({ address, discovery: true });
    const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`);
    await servers[0]!.kill();
    const outcomes = await Promise.allSettled(keys.map((key) => store.put(key, { key })));
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed.length).toBeGreaterThan(5);
    expect(failed.length).toBeLessThan(40);
    for (const { reason } of failed) expect(reason).toBeInstanceOf(StoreUnavailableError);
    await servers[0]!.restart();
    await Promise.all(keys.map((key) => store.put(key, { key })));
    await store.close();
  });

  test('the list is asked for again after a minute, beside the calls; until then the known one serves', async () => {
    let now = 1_000_000;
    endpoint.list = listOf(servers.slice(0, 1));
    const discovered = new DiscoveredServers(address, { timeoutMs: 1000, maxPending: 10 }, () => now);
    const ports = async (): Promise<Set<string>> => {
      const names = new Set<string>();
      for (let n = 0; n < 100; n++) names.add((await discovered.nodeFor(`key-${n}`)).name);
      return names;
    };
    const named = (some: readonly ServerProcess[]): Set<string> =>
      new Set(some.map((server) => `localhost:${server.port}`));
    expect(await ports()).toEqual(named(servers.slice(0, 1)));
    endpoint.list = listOf(servers);
    now += 59_000;
    expect(await ports()).toEqual(named(servers.slice(0, 1)));
    expect(endpoint.asked).toBe(1);
    now += 2_000;
    await ports();
    while (endpoint.asked < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    while ((await ports()).size < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await ports()).toEqual(named(servers));
    expect(endpoint.asked).toBe(2);
    // the endpoint is gone: what is known goes on
    endpoint.stop();
    now += 120_000;
    expect(await ports()).toEqual(named(servers));
    discovered.close();
  });

  test('a server that is no configuration endpoint, and one that is not there', async () => {
    const plain = new MemcachedStore({
      address: () => Promise.resolve({ host: '127.0.0.1', port: servers[0]!.port }),
      discovery: true,
    });
    await expect(plain.get('k')).rejects.toBeInstanceOf(StoreRejectedError);
    await plain.close();
    endpoint.stop();
    const absent = new MemcachedStore({ address, discovery: true });
    await expect(absent.get('k')).rejects.toBeInstanceOf(StoreUnavailableError);
    await absent.close();
  });
});

describe('the ring', () => {
  const nodes = (count: number): { name: string }[] =>
    Array.from({ length: count }, (_, n) => ({ name: `cache.000${n + 1}.use1.example:11211` }));
  const keys = Array.from({ length: 10_000 }, (_, n) => `c::key-${n}`);

  test('shares are even, whatever the order of the list', () => {
    const [ring, reversed] = [new Ring(nodes(5)), new Ring(nodes(5).reverse())];
    const shares = new Map<string, number>();
    for (const key of keys) {
      const { name } = ring.nodeFor(key);
      expect(reversed.nodeFor(key).name).toBe(name);
      shares.set(name, (shares.get(name) ?? 0) + 1);
    }
    expect(shares.size).toBe(5);
    for (const share of shares.values()) {
      expect(share).toBeGreaterThan(1_500);
      expect(share).toBeLessThan(2_600);
    }
  });

  test('a node that comes takes its share, and moves no other key', () => {
    const [before, after] = [new Ring(nodes(5)), new Ring(nodes(6))];
    const moved = keys.filter((key) => before.nodeFor(key).name !== after.nodeFor(key).name);
    expect(moved.length).toBeGreaterThan(1_000);
    expect(moved.length).toBeLessThan(2_400);
    expect(new Set(moved.map((key) => after.nodeFor(key).name))).toEqual(new Set([nodes(6)[5]!.name]));
  });
});
