import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import { freePort } from '../../../support/servers/free-port.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../../support/servers/opensearch.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { SearchServer } from '../../../support/servers/search-node.ts';
import { eventually, faultOf, openSearch } from './opening.ts';

const at = { collection: 'the-collection' };

describeWith<OpenSearchProgram>('opensearch', 'outages of OpenSearch', (program) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await startOpenSearch(program);
  }, 90_000);
  afterAll(() => server.stop());

  test('a server that hangs: calls end in time, and go on when it does', async () => {
    const store = openSearch(server.url, { indexPrefix: 'hung' });
    await store.put('k', { n: 1 });
    server.suspend();
    try {
      const faults = await Promise.all([
        faultOf(store.get('k')),
        faultOf(store.put('k', { n: 2 })),
        faultOf(store.take('other')),
      ]);
      for (const fault of faults) {
        expect(fault).toBeInstanceOf(StoreUnavailableError);
        expect(fault.message).toMatch(/after [23] attempts: no answer/);
      }
    } finally {
      server.resume();
    }
    // A key of its own: the server may still apply the put that it was given while it hung.
    expect(await eventually(() => store.put('after', { n: 3 }).then(() => store.get('after')))).toEqual({ n: 3 });
    await store.close();
  }, 40_000);

  test('a server that is killed and started again: the store goes on, with what was acknowledged', async () => {
    const store = openSearch(server.url, { indexPrefix: 'killed' });
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
    const store = openSearch(`http://127.0.0.1:${await freePort()}`);
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
    const store = openSearch(`http://127.0.0.1:${port}`);
    const fault = await faultOf(store.get('k'));
    expect(fault).toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    expect(fault.message).toMatch(/after [23] attempts: no answer \(ETIMEDOUT\)/);
    await store.close();
    const closed = once(silent, 'close');
    silent.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }, 20_000);

  test('a name that does not exist', async () => {
    const store = openSearch('http://no-such-host.invalid');
    expect(await faultOf(store.get('k'))).toBeInstanceOf(StoreUnavailableError);
    await store.close();
  }, 20_000);
});
