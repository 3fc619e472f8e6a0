import { runningMongo } from '../../support/running-mongo.ts';
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts';
import { type MongoProgram, type MongoServer, startMongo } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { type KitSession, type LocalSecret, openKit, startSecret } from './kit-session.ts';

const CLIENTS = { collection: 'notes__clients' };

describeWith<MongoProgram>('mongodb', 'mcp_kit on MongoDB', (program) => {
  const mongo = runningMongo(program);
  let secret: LocalSecret;
  beforeAll(async () => {
    secret = await startSecret('');
  });
  afterAll(() => secret.stop());
  beforeEach(() => {
    mongo.proxy.reset();
  });
  const using = async (query: string, action: (kit: KitSession) => Promise<void>): Promise<void> => {
    const kit = openKit(`mongodb://127.0.0.1:${mongo.proxy.port}/kit${query}`, secret.env);
    try {
      await action(kit);
    } finally {
      await kit.stop();
    }
  };

  test('every verb; an entry that is written again without an end has none', async () => {
    await using('?retryWrites=false', async (kit) => {
      expect(await kit.call('put', 'a', { n: 1 }, { ...CLIENTS, ttl: 60 })).toEqual({ is: null });
      expect(await kit.call('ttl', 'a', CLIENTS)).toMatchObject({ is: [{ n: 1 }, expect.any(Number)] });
      expect(await kit.call('put', 'a', { n: 2 }, CLIENTS)).toEqual({ is: null });
      expect(await kit.call('ttl', 'a', CLIENTS)).toEqual({ is: [{ n: 2 }, null] });
      expect(await kit.call('put_many', ['b', 'a'], [{ n: 3 }, { n: 4 }], CLIENTS)).toEqual({ is: null });
      expect(await kit.call('get_many', ['a', 'none', 'b', 'a'], CLIENTS)).toEqual({
        is: [{ n: 4 }, null, { n: 3 }, { n: 4 }],
      });
      expect(await kit.call('delete_many', ['b', 'none'], CLIENTS)).toEqual({ is: 1 });
      expect(await kit.call('delete', 'a', CLIENTS)).toEqual({ is: true });
      expect(await kit.call('get', 'a', CLIENTS)).toEqual({ is: null });
    });
  });

  test('a number that BSON cannot hold is refused', async () => {
    await using('', async (kit) => {
      const { fault } = await kit.evaluate(`store.put('k', {'n': 2**70}, collection='notes__clients')`);
      expect(fault).toBe('StoreFault: mongodb: put: SerializationError');
    });
  });

  test('connections that are reset while it is set up are a fault, and the next call works', async () => {
    await using('?retryWrites=false', async (kit) => {
      mongo.proxy.inject(() => ({ kind: 'reset' }));
      expect((await kit.call('get', 'k', CLIENTS)).fault).toMatch(/^StoreFault: mongodb/);
      mongo.proxy.reset();
      expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
    });
  }, 30_000);

  test('what does not answer, and what is no entry, is a fault, never "not found"', async () => {
    await mongo.client
      .db('kit')
      .collection('notes__clients')
      .insertOne({ key: 'broken', value: { other: 'CANARY' } });
    await using('', async (kit) => {
      expect((await kit.call('get', 'broken', CLIENTS)).fault).toBe('StoreFault: mongodb: what is stored is no entry');
      expect((await kit.call('get_many', ['k', 'broken'], CLIENTS)).fault).toMatch(/what is stored is no entry$/);
      mongo.proxy.inject(({ name }) => (name === 'find' ? { kind: 'hang' } : undefined));
      expect((await kit.call('get', 'k', CLIENTS)).fault).toMatch(/^StoreFault: mongodb/);
    });
  }, 30_000);

  test('a password that was rotated is looked up again; a wrong one is a fault without it', async () => {
    mongo.proxy.protect({ username: 'notes', password: 'hunter2', database: 'kit' });
    secret.text = '{"username":"notes","password":"CANARY"}';
    await using(`?secret=${secret.arn}`, async (kit) => {
      const { fault } = await kit.call('get', 'k', CLIENTS);
      expect(fault).toMatch(/^StoreFault: mongodb/);
      expect(fault).not.toContain('CANARY');
      secret.text = '{"username":"notes","password":"hunter2"}';
      await kit.evaluate('asyncio.sleep(2)'); // the pause in which it is not asked for again
      expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
    });
  }, 30_000);
});

describeWith<MongoProgram>('mongodb', 'mcp_kit on MongoDB with TLS', (program) => {
  let certificates: Certificates;
  let server: MongoServer;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startMongo(program, certificates);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });

  test('the authority of the URL is trusted, another is not', async () => {
    for (const [ca, outcome] of [
      [certificates.ca, { is: null }],
      [certificates.strangerCa, { fault: expect.stringMatching(/^StoreFault: /) as unknown }],
    ] as const) {
      const kit = openKit(`${server.url}/kit?ca=${ca}`);
      try {
        expect(await kit.call('get', 'k', CLIENTS)).toEqual(outcome);
      } finally {
        await kit.stop();
      }
    }
  }, 60_000);
});
