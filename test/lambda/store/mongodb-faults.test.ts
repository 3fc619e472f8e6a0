import { setTimeout as sleep } from 'node:timers/promises';

import { MongoClient } from 'mongodb';

import { mongoDbAdapter } from '../../../lambda/store/adapters/mongodb.ts';
import { StoreError } from '../../../lambda/store/errors.ts';
import { secretCredentials } from '../../../lambda/store/credentials/secret-credentials.ts';
import { openHandle } from '../../../lambda/store/mongodb/driver.ts';
import { LIMITS } from '../../../lambda/store/mongodb/limits.ts';
import { MongoDbStore } from '../../../lambda/store/mongodb/mongodb-store.ts';
import { parseMongoDbUrl } from '../../../lambda/store/mongodb/url.ts';
import type { JsonObject, KeyValueStore } from '../../../lambda/store/key-value-store.ts';
import { faultOf } from '../../support/fault-of.ts';
import { type MongoFault, refusal } from '../../support/mongo-proxy.ts';
import { runningMongo } from '../../support/running-mongo.ts';
import type { MongoProgram } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';

describeWith<MongoProgram>('mongodb', 'the MongoDB store when something fails', (program) => {
  const mongo = runningMongo(program);
  let databases = 0;
  /** Goes through the mongo.proxy. */
  let store: KeyValueStore;
  /** Goes past it: somebody else. */
  let other: KeyValueStore;

  beforeEach(async () => {
    const database = `faults${databases++}`;
    mongo.proxy.reset();
    store = mongoDbAdapter.open(new URL(`${mongo.proxy.url}/${database}`));
    other = mongoDbAdapter.open(new URL(`${mongo.server.url}/${database}`));
    // The indexes are made beside the first write: past the mongo.proxy, so that they do not disturb what is counted.
    await other.put('there', { n: 0 });
    await store.put('warm', { n: 0 });
    mongo.proxy.reset();
  });
  afterEach(async () => {
    mongo.proxy.reset();
    await Promise.all([store.close(), other.close()]);
  });

  const failFirst = (name: string, fault: MongoFault): void => {
    mongo.proxy.reset();
    mongo.proxy.inject((command) => (command.name === name && command.nth === 1 ? fault : undefined));
  };
  const loseFirst = (name: string, meanwhile?: () => Promise<unknown>): void => {
    failFirst(name, { kind: 'lose-answer', meanwhile });
  };

  describe('an answer is lost after the write was applied', () => {
    test('take: the caller gets its value, nobody else does', async () => {
      for (let round = 0; round < 5; round++) {
        const key = `code-${round}`;
        await store.put(key, { round }, { ttl: 60 });
        loseFirst('findAndModify', async () => {
          expect(await other.take(key)).toBeUndefined();
        });
        expect(await store.take(key)).toEqual({ round });
        expect(await store.take(key)).toBeUndefined();
        expect(await other.take(key)).toBeUndefined();
      }
    });

    test('take: several at once, answers lost among them, and still exactly one gets the value', async () => {
      // One more, and a call could lose them all: the driver fails whoever waits for a connection when another is cut.
      const most = LIMITS.ATTEMPTS - 1;
      for (let round = 0; round < 5; round++) {
        const key = `code-${round}`;
        await store.put(key, { round });
        mongo.proxy.reset();
        mongo.proxy.inject(({ name, nth }) =>
          name === 'findAndModify' && nth % 3 === 1 && nth <= 3 * most ? { kind: 'lose-answer' } : undefined,
        );
        const got = await Promise.all(Array.from({ length: 12 }, () => store.take(key)));
        expect(got.filter((value) => value !== undefined)).toEqual([{ round }]);
      }
    });

    test('take: what is put again while the answer is lost stays, and the caller still gets what it took', async () => {
      await store.put('k', { n: 1 });
      loseFirst('findAndModify', () => other.putIfAbsent('other', { n: 2 }));
      expect(await store.take('k')).toEqual({ n: 1 });
      expect(await other.get('other')).toEqual({ n: 2 });
    });

    test('putIfAbsent: true to the caller that wrote', async () => {
      loseFirst('findAndModify', async () => {
        expect(await other.putIfAbsent('k', { n: 2 })).toBe(false);
      });
      expect(await store.putIfAbsent('k', { n: 1 })).toBe(true);
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(await store.putIfAbsent('k', { n: 3 })).toBe(false);
    });

    test('putIfAbsent: what was consumed meanwhile does not come back', async () => {
      loseFirst('findAndModify', async () => {
        expect(await other.take('k')).toEqual({ n: 1 });
      });
      expect(await store.putIfAbsent('k', { n: 1 })).toBe(true);
      expect(await store.get('k')).toBeUndefined();
    });

    test.each([['put'], ['putMany']])('%s: what was consumed or changed meanwhile stays so', async (verb) => {
      const write = (value: JsonObject): Promise<void> =>
        verb === 'put' ? store.put('k', value) : store.putMany(['k', 'k2'], [value, value]);
      loseFirst('update', async () => {
        expect(await other.take('k')).toEqual({ n: 1 });
      });
      await write({ n: 1 });
      expect(await store.get('k')).toBeUndefined();
      await store.put('k', { n: 2 });
      loseFirst('update', async () => {
        const { version } = (await other.getVersioned('k'))!;
        expect(await other.compareAndSet('k', version, { n: 4 })).toBe(true);
      });
      await write({ n: 3 });
      expect(await store.get('k')).toEqual({ n: 4 });
    });

    test('compareAndSet: true to the caller that wrote, also when others wrote on top', async () => {
      const change = async (meanwhile?: () => Promise<unknown>): Promise<boolean> => {
        await store.put('k', { n: 1 });
        const { version } = (await store.getVersioned('k'))!;
        loseFirst('update', meanwhile);
        return store.compareAndSet('k', version, { n: 2 });
      };
      expect(await change()).toBe(true);
      expect(await store.get('k')).toEqual({ n: 2 });
      const onTop = async (): Promise<void> => {
        const { version } = (await other.getVersioned('k'))!;
        expect(await other.compareAndSet('k', version, { n: 3 })).toBe(true);
      };
      expect(await change(onTop)).toBe(true);
      expect(await store.get('k')).toEqual({ n: 3 });
      expect(await change(() => other.take('k'))).toBe(true);
      expect(await store.get('k')).toBeUndefined();
      // A put hides what was before it: nobody can tell.
      expect(await faultOf(change(() => other.put('k', { n: 4 })))).toMatchObject({ name: 'StoreUnavailableError' });
    });

    test('a lost request is simply sent again', async () => {
      for (const kind of ['reset'] as const) {
        failFirst('update', { kind });
        await store.put('k', { n: 1 });
        failFirst('findAndModify', { kind });
        expect(await store.take('k')).toEqual({ n: 1 });
        failFirst('findAndModify', { kind });
        expect(await store.putIfAbsent('k', { n: 2 })).toBe(true);
        failFirst('find', { kind });
        expect(await store.get('k')).toEqual({ n: 2 });
        failFirst('delete', { kind });
        expect(await store.delete('k')).toBe(true);
      }
    });
  });

  describe('the server refuses', () => {
    const passing: [string, MongoFault][] = [
      ['it is no primary any more', refusal(10107, 'NotWritablePrimary', 'not primary')],
      ['it steps down', refusal(189, 'PrimarySteppedDown')],
      ['it shuts down', refusal(11600, 'InterruptedAtShutdown')],
      ['it took too long', refusal(50, 'MaxTimeMSExpired')],
      ['something that its labels call passing', refusal(999_999, 'Odd', 'odd', ['RetryableWriteError'])],
      [
        'the majority did not confirm in time',
        {
          kind: 'change',
          answer: (body) => ({ ...body, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }),
        },
      ],
    ];
    test.each(passing)('%s: repeated, and then it works', async (_, fault) => {
      failFirst('update', fault);
      await store.put('k', { n: 1 });
      failFirst('findAndModify', fault);
      expect(await store.take('k')).toEqual({ n: 1 });
      expect(await store.get('k')).toBeUndefined();
    });

    test('the majority never confirms: no write is told to be durable, though its mark is found', async () => {
      const { version } = (await store.getVersioned('there'))!;
      await other.put('code', { n: 1 });
      const unconfirmed = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting for replication timed out' };
      mongo.proxy.inject(({ name }) =>
        name === 'update' || name === 'findAndModify'
          ? { kind: 'change', answer: (body) => ({ ...body, writeConcernError: unconfirmed }) }
          : undefined,
      );
      const calls: Promise<unknown>[] = [
        store.put('k1', { n: 1 }),
        store.putMany(['k2', 'k3'], [{ n: 1 }, { n: 1 }]),
        store.putIfAbsent('k4', { n: 1 }),
        store.take('code'),
        store.compareAndSet('there', version, { n: 1 }),
      ];
      for (const fault of await Promise.all(calls.map(faultOf))) {
        expect(fault).toMatchObject({ name: 'StoreUnavailableError', retryable: true });
      }
    });

    const lasting: [string, MongoFault, string, boolean][] = [
      ['no primary', refusal(10107, 'NotWritablePrimary', 'k3y-and-v4lue'), 'StoreUnavailableError', true],
      ['no permission', refusal(13, 'Unauthorized', 'k3y-and-v4lue'), 'StoreAccessError', false],
      ['a full disk', refusal(14031, 'OutOfDiskSpace', 'k3y-and-v4lue'), 'StoreRejectedError', false],
      ['too many requests', refusal(16500, 'RequestRateTooLarge', 'k3y-and-v4lue'), 'StoreThrottledError', true],
      ['an error unknown to us', refusal(424_242, 'Unheard', 'k3y-and-v4lue'), 'StoreRejectedError', false],
      ['a hung-up connection', { kind: 'reset' }, 'StoreUnavailableError', true],
      [
        'a duplicate without end',
        refusal(11000, 'DuplicateKey', 'E11000 duplicate key error dup key: { key: "k3y-and-v4lue" }'),
        'StoreUnavailableError',
        true,
      ],
    ];
    test.each(lasting)('%s: a fault that names it, not what was stored', async (_, fault, name, retryable) => {
      mongo.proxy.inject(() => fault);
      const calls: (() => Promise<unknown>)[] = [
        () => store.put('k3y-and-v4lue', { secret: 'k3y-and-v4lue' }, { collection: 'k3y-and-v4lue' }),
        () => store.putIfAbsent('k3y-and-v4lue', { secret: 'k3y-and-v4lue' }),
        () => store.putMany(['k3y-and-v4lue', 'b'], [{}, {}]),
      ];
      if (name !== 'StoreUnavailableError' || fault.kind === 'reset') {
        calls.push(
          () => store.take('k3y-and-v4lue'),
          () => store.get('k3y-and-v4lue'),
          () => store.delete('k3y-and-v4lue'),
        );
      }
      for (const call of calls) {
        const error = await faultOf(call());
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toMatchObject({ name, retryable });
        expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toContain('k3y-and-v4lue');
      }
      mongo.proxy.reset();
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
    });

    test('to make indexes: reads and writes go on', async () => {
      const fresh = mongoDbAdapter.open(new URL(`${mongo.proxy.url}/unindexed`));
      let asked = 0;
      mongo.proxy.inject(({ name, body }) => {
        if (name !== 'createIndexes' || body.$db !== 'unindexed') return undefined;
        asked++;
        return refusal(13, 'Unauthorized');
      });
      await fresh.put('k', { n: 1 });
      expect(await fresh.putIfAbsent('k', { n: 2 })).toBe(false);
      expect(await fresh.take('k')).toEqual({ n: 1 });
      await fresh.put('k', { n: 3 });
      await fresh.close();
      expect(asked).toBe(1);
    });

    test('names with $ and dots: the value is kept as JSON, and so are later ones at once', async () => {
      const isOdd = (body: object): boolean => JSON.stringify(body).includes('"object":{"$schema"');
      const refuse = (fault: MongoFault): void => {
        mongo.proxy.inject(({ name, body }) =>
          (name === 'update' || name === 'findAndModify') && isOdd(body) ? fault : undefined,
        );
      };
      const value = { $schema: 'x', 'a.b': { $defs: 1 } };
      refuse(
        refusal(52, 'DollarPrefixedFieldName', "The dollar ($) prefixed field '$schema' is not valid for storage."),
      );
      expect(await store.putIfAbsent('k', value)).toBe(true);
      expect(await store.get('k')).toEqual(value);
      const before = mongo.proxy.counts.get('update') ?? 0;
      await store.put('k2', value);
      expect(mongo.proxy.counts.get('update')).toBe(before + 1);
      expect(await other.get('k2')).toEqual(value);
    });
  });

  describe('somebody else inserts the same key between two steps', () => {
    const duplicate = {
      kind: 'answer',
      body: { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key error' }] },
    } as const;

    test('another of our kind: the last put stays', async () => {
      await other.put('k', { n: 1 });
      failFirst('update', duplicate);
      await store.put('k', { n: 2 });
      expect(await other.get('k')).toEqual({ n: 2 });
      failFirst('update', { kind: 'change', answer: (body) => ({ ...body, ...duplicate.body }) });
      await store.putMany(['k', 'k2'], [{ n: 3 }, { n: 4 }]);
      expect(await other.getMany(['k', 'k2'])).toEqual([{ n: 3 }, { n: 4 }]);
    });

    test('Python, whose document has an _id of its own', async () => {
      const client = await new MongoClient(mongo.server.url).connect();
      const documents = client.db(`faults${databases - 1}`).collection('default_collection');
      await documents.insertOne({ key: 'k', value: { object: { n: 1 } }, created_at: new Date() });
      failFirst('update', duplicate);
      await store.put('k', { n: 2 });
      failFirst('findAndModify', refusal(11000, 'DuplicateKey'));
      expect(await store.putIfAbsent('k', { n: 3 })).toBe(false);
      expect(await other.get('k')).toEqual({ n: 2 });
      expect(await documents.countDocuments({ key: 'k' })).toBe(1);
      await client.close();
    });

    test('in each of our steps: the call ends, and says that it may be tried again', async () => {
      mongo.proxy.inject(({ name }) => (name === 'update' ? duplicate : undefined));
      expect(await faultOf(store.put('k', {}))).toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    });
  });

  describe('the login', () => {
    /** A store that logs in, what its secret says, how often it was asked, and its clock. */
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mongo-AbCdEf';
    let clock: number;
    let secret: { username: string; password: string };
    let fetched: number;
    let store: KeyValueStore;
    beforeEach(() => {
      clock = Date.now();
      secret = { username: 'weather', password: 'right' };
      fetched = 0;
      const fetch = (): Promise<string> => {
        fetched++;
        return Promise.resolve(JSON.stringify(secret));
      };
      const url = parseMongoDbUrl(new URL(`${mongo.proxy.url}/mine?secret=${arn}`));
      store = new MongoDbStore({
        database: url.database,
        connect: (current) => openHandle(url, current),
        credentials: secretCredentials(arn, { source: { fetch }, now: () => clock }),
      });
    });
    afterEach(() => store.close());

    test('with the right password; another database of the same server is refused', async () => {
      mongo.proxy.protect({ username: 'weather', password: 'right', database: 'mine' });
      await store.put('k', { n: 1 });
      expect(await store.take('k')).toEqual({ n: 1 });
      const url = parseMongoDbUrl(new URL(`${mongo.proxy.url}/theirs?secret=${arn}`));
      const trespasser = new MongoDbStore({ database: 'theirs', connect: () => openHandle(url, secret) });
      const calls = [trespasser.get('k'), trespasser.put('k', {}), trespasser.take('k')];
      for (const fault of await Promise.all(calls.map(faultOf))) {
        expect(fault).toMatchObject({ name: 'StoreAccessError', retryable: false });
      }
      await trespasser.close();
    });

    test.each(['SCRAM-SHA-1', 'SCRAM-SHA-256'])('by %s, when the URL says so', async (mechanism) => {
      mongo.proxy.protect({ username: 'weather', password: 'right' });
      const url = parseMongoDbUrl(new URL(`${mongo.proxy.url}/mine?secret=${arn}&authMechanism=${mechanism}`));
      const told = new MongoDbStore({ database: 'mine', connect: () => openHandle(url, secret) });
      expect(await told.get('nothing')).toBeUndefined();
      await told.close();
    });

    test('with a wrong password: the secret is read once more, then it is told, and never the password', async () => {
      mongo.proxy.protect({ username: 'weather', password: 'right' });
      secret.password = 'wr0ng';
      const first = await faultOf(store.get('k'));
      expect(first).toMatchObject({ name: 'StoreAccessError', retryable: false });
      expect(first.message).toContain('AuthenticationFailed');
      expect(`${first.message} ${first.stack}`).not.toMatch(/wr0ng|weather/);
      expect(fetched).toBe(1); // it was read a moment ago
      clock += 60_000;
      expect(await faultOf(store.get('k'))).toMatchObject({ name: 'StoreAccessError' });
      expect(fetched).toBe(2);
    });

    test('with a password that was rotated: many calls at once work, the secret is read once', async () => {
      mongo.proxy.protect({ username: 'weather', password: 'right' });
      await store.put('k', { n: 1 });
      secret = { username: 'weather', password: 'second' };
      clock += 60_000;
      mongo.proxy.protect(secret);
      // The connections of the first password are cut: new ones are needed.
      mongo.proxy.inject(({ name, nth }) => (name === 'find' && nth === 1 ? { kind: 'reset' } : undefined));
      const got = await Promise.all(Array.from({ length: 20 }, () => store.get('k')));
      expect(got).toEqual(Array.from({ length: 20 }, () => ({ n: 1 })));
      expect(fetched).toBe(2);
      await store.put('k', { n: 2 });
      expect(await store.take('k')).toEqual({ n: 2 });
    });

    test('without a user name in the secret or the URL', async () => {
      secret.username = '';
      const error = await faultOf(store.get('k'));
      expect(error).toMatchObject({ name: 'StoreAccessError' });
      expect(error.message).toContain('lacks "username"');
    });
  });

  test('an answer that never comes: the call ends in time, and the next one works', async () => {
    mongo.proxy.inject(() => ({ kind: 'hang' }));
    const start = performance.now();
    expect(await faultOf(store.get('there'))).toMatchObject({ name: 'StoreUnavailableError' });
    expect(performance.now() - start).toBeLessThan(20_000); // its bound is 10 seconds
    mongo.proxy.reset();
    await sleep(10);
    expect(await store.get('there')).toEqual({ n: 0 });
  });
});
