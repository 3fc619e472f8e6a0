import { ScanCommand } from '@aws-sdk/client-dynamodb';

import { DynamoDbStore } from '../../../lambda/store/dynamodb/dynamodb-store.ts';
import { connect } from '../../../lambda/store/dynamodb/sdk-calls.ts';
import {
  StoreAccessError,
  StoreError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../../../lambda/store/errors.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';

let db: LocalDynamoDb;
let proxy: FaultProxy;
let table: string;
let tables = 0;
/** Goes through the proxy. */
let store: DynamoDbStore;
/** Goes past it: somebody else. */
let other: DynamoDbStore;

beforeAll(async () => {
  db = await startDynalite();
  proxy = await startFaultProxy(db.endpoint);
});
afterAll(async () => {
  await proxy.stop();
  await db.stop();
});
beforeEach(async () => {
  table = `faults-${tables++}`;
  await db.createTable(table);
  proxy.reset();
  store = new DynamoDbStore({ table, connect: () => connect({ endpoint: proxy.endpoint, region: 'us-east-1' }) });
  other = new DynamoDbStore({ table, connect: () => connect({ endpoint: db.endpoint, region: 'us-east-1' }) });
});
afterEach(() => Promise.all([store.close(), other.close()]));

/** Fewer than the client's four attempts: whichever calls are hit, one of them gets through in the end. */
const MOST_LOST = 3;

const throttled: Fault = {
  kind: 'answer',
  status: 400,
  body: { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'slow down' },
};
const broken: Fault = {
  kind: 'answer',
  status: 500,
  body: { __type: 'InternalServerError', message: 'k3y-and-v4lue' },
};

describe('an answer is lost after the write was applied', () => {
  const loseFirst = (operation: string, meanwhile?: () => Promise<unknown>): void => {
    proxy.reset();
    proxy.inject((request) =>
      request.operation === operation && request.nth === 1 ? { kind: 'lose-answer', meanwhile } : undefined,
    );
  };

  test('take: the caller gets its value, a replay gets nothing', async () => {
    for (let round = 0; round < 10; round++) {
      const key = `code-${round}`;
      await store.put(key, { round }, { ttl: 60 });
      loseFirst('UpdateItem');
      expect(await store.take(key)).toEqual({ round });
      expect(proxy.counts.get('UpdateItem')).toBe(2);
      expect(await store.take(key)).toBeUndefined();
      expect(await other.take(key)).toBeUndefined();
    }
  });

  test('take: several at once, answers lost among them, and still exactly one gets the value', async () => {
    for (let round = 0; round < 5; round++) {
      proxy.reset();
      const key = `code-${round}`;
      await store.put(key, { round });
      proxy.inject(({ operation, nth }) =>
        operation === 'UpdateItem' && nth % 3 === 1 && nth <= 3 * MOST_LOST ? { kind: 'lose-answer' } : undefined,
      );
      const got = await Promise.all(Array.from({ length: 12 }, () => store.take(key)));
      expect(got.filter((value) => value !== undefined)).toEqual([{ round }]);
    }
  });

  test('putIfAbsent: the caller that wrote is told so, a replay is not', async () => {
    for (let round = 0; round < 10; round++) {
      const key = `lock-${round}`;
      loseFirst('PutItem');
      expect(await store.putIfAbsent(key, { round })).toBe(true);
      expect(await store.putIfAbsent(key, { round: -1 })).toBe(false);
      expect(await other.get(key)).toEqual({ round });
    }
  });

  test('putIfAbsent: an entry that was consumed meanwhile does not come back', async () => {
    const taken: unknown[] = [];
    loseFirst('PutItem', async () => taken.push(await other.take('k')));
    expect(await store.putIfAbsent('k', { n: 1 })).toBe(true);
    expect(taken).toEqual([{ n: 1 }]);
    expect(await other.take('k')).toBeUndefined();
  });

  test('putIfAbsent: somebody else was first, and the answer to our vain attempt is lost', async () => {
    await other.put('k', { n: 'theirs' });
    loseFirst('PutItem');
    expect(await store.putIfAbsent('k', { n: 'ours' })).toBe(false);
    expect(await other.get('k')).toEqual({ n: 'theirs' });
  });

  test('compareAndSet: the caller that wrote is told so, a replay is not', async () => {
    await store.put('k', { n: 0 });
    for (let n = 1; n <= 10; n++) {
      const { version } = (await store.getVersioned('k'))!;
      loseFirst('PutItem');
      expect(await store.compareAndSet('k', version, { n })).toBe(true);
      expect(await store.compareAndSet('k', version, { n: -1 })).toBe(false);
      expect(await other.get('k')).toEqual({ n });
    }
  });

  test('compareAndSet: even when somebody has built on our write before we ask again', async () => {
    await store.put('k', { n: 0 });
    const { version } = (await store.getVersioned('k'))!;
    loseFirst('PutItem', async () => {
      for (let n = 2; n <= 5; n++) {
        const read = (await other.getVersioned('k'))!;
        expect(await other.compareAndSet('k', read.version, { n })).toBe(true);
      }
    });
    expect(await store.compareAndSet('k', version, { n: 1 })).toBe(true);
    expect(await other.get('k')).toEqual({ n: 5 });
  });

  test('compareAndSet: answers lost among many, and no increment is lost or made twice', async () => {
    await other.put('counter', { n: 0 });
    proxy.inject(({ operation, nth }) =>
      operation === 'PutItem' && nth % 4 === 1 && nth <= 4 * MOST_LOST ? { kind: 'lose-answer' } : undefined,
    );
    const increment = async (): Promise<void> => {
      for (;;) {
        const { value, version } = (await store.getVersioned('counter'))!;
        if (await store.compareAndSet('counter', version, { n: (value.n as number) + 1 })) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, increment));
    expect(await other.get('counter')).toEqual({ n: 8 });
  });

  test('compareAndSet: when too much has happened meanwhile to tell, it says that it does not know', async () => {
    await store.put('k', { n: 0 });
    const { version } = (await store.getVersioned('k'))!;
    loseFirst('PutItem', async () => {
      for (let n = 2; n <= 12; n++) {
        const read = (await other.getVersioned('k'))!;
        expect(await other.compareAndSet('k', read.version, { n })).toBe(true);
      }
    });
    const outcome = store.compareAndSet('k', version, { n: 1 });
    await expect(outcome).rejects.toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    expect(await other.get('k')).toEqual({ n: 12 });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['put', () => other.put('k', { n: 'theirs' })],
    ['deleted', () => other.delete('k')],
  ])('compareAndSet: nor does it know when the entry was %s meanwhile', async (_, meanwhile) => {
    await store.put('k', { n: 0 });
    const { version } = (await store.getVersioned('k'))!;
    loseFirst('PutItem', meanwhile);
    await expect(store.compareAndSet('k', version, { n: 1 })).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  test('compareAndSet: a version that was old before is refused without doubt, answer lost or not', async () => {
    await other.put('k', { n: 0 });
    const { version } = (await store.getVersioned('k'))!;
    expect(await other.compareAndSet('k', version, { n: 1 })).toBe(true);
    loseFirst('PutItem');
    expect(await store.compareAndSet('k', version, { n: -1 })).toBe(false);
    expect(await other.get('k')).toEqual({ n: 1 });
  });

  test('put: an entry that was consumed meanwhile does not come back', async () => {
    const taken: unknown[] = [];
    loseFirst('PutItem', async () => taken.push(await other.take('k')));
    await store.put('k', { n: 1 });
    expect(taken).toEqual([{ n: 1 }]);
    expect(await other.take('k')).toBeUndefined();
  });

  test('put: what somebody has built on it meanwhile is not written over', async () => {
    loseFirst('PutItem', async () => {
      const { version } = (await other.getVersioned('k'))!;
      expect(await other.compareAndSet('k', version, { n: 2 })).toBe(true);
    });
    await store.put('k', { n: 1 });
    expect(await other.get('k')).toEqual({ n: 2 });
  });

  test('put and delete arrive', async () => {
    loseFirst('PutItem');
    await store.put('k', { a: 1 });
    expect(await other.get('k')).toEqual({ a: 1 });
    loseFirst('DeleteItem');
    await store.delete('k');
    expect(await other.get('k')).toBeUndefined();
  });

  test('every answer lost: a fault that may be tried again, never "already taken"', async () => {
    await store.put('k', { a: 1 });
    proxy.inject(({ operation }) => (operation === 'UpdateItem' ? { kind: 'lose-answer' } : undefined));
    await expect(store.take('k')).rejects.toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    expect(proxy.counts.get('UpdateItem')).toBe(4);
  });
});

describe('DynamoDB is not well', () => {
  const verbs: [string, () => Promise<unknown>][] = [
    ['get', () => store.get('k')],
    ['getMany', () => store.getMany(['k', 'l'])],
    ['put', () => store.put('k', { a: 2 })],
    ['putMany', () => store.putMany(['k', 'l'], [{ a: 2 }, { a: 2 }])],
    ['delete', () => store.delete('k')],
    ['putIfAbsent', () => store.putIfAbsent('k', { a: 2 })],
    ['take', () => store.take('k')],
    ['compareAndSet', () => store.compareAndSet('k', 'oabc', { a: 2 })],
  ];

  test.each(verbs)('%s: an internal error is unavailable, after a bounded number of attempts', async (_, verb) => {
    await other.put('k', { a: 1 });
    proxy.inject(() => broken);
    const error: unknown = await verb().catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toMatchObject({ retryable: true });
    expect((error as Error).message).toMatch(/InternalServerError after 4 attempts/);
    expect((error as Error).message).not.toContain('k3y-and-v4lue');
    expect([...proxy.counts.values()]).toEqual([4]);
    expect(await other.get('k')).toEqual({ a: 1 });
  });

  test.each<[string, Fault, number | undefined]>([
    ['resets the connection', { kind: 'reset' }, undefined],
    ['never answers', { kind: 'hang' }, 200],
  ])('%s: unavailable, and nothing was lost', async (_, fault, requestTimeout) => {
    const hasty = new DynamoDbStore({
      table,
      connect: () => connect({ endpoint: proxy.endpoint, region: 'us-east-1', requestTimeout }),
    });
    await other.put('k', { a: 1 });
    proxy.inject(() => fault);
    await expect(hasty.take('k')).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(hasty.get('k')).rejects.toBeInstanceOf(StoreUnavailableError);
    expect([...proxy.counts.values()]).toEqual([4, 4]);
    await hasty.close();
    proxy.reset();
    expect(await store.take('k')).toEqual({ a: 1 });
  });

  test('two errors and then an answer: the caller notices nothing', async () => {
    proxy.inject(({ nth }) => (nth <= 2 ? broken : undefined));
    await store.put('k', { a: 1 });
    expect(await store.get('k')).toEqual({ a: 1 });
  });

  test('nobody listens', async () => {
    const nowhere = new DynamoDbStore({
      table,
      connect: () => connect({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }),
    });
    await expect(nowhere.get('k')).rejects.toBeInstanceOf(StoreUnavailableError);
    await nowhere.close();
  });

  test('permissions are missing: not to be tried again', async () => {
    const message = 'User: arn:aws:sts::111122223333:assumed-role/x is not authorized';
    proxy.inject(() => ({ kind: 'answer', status: 400, body: { __type: 'AccessDeniedException', message } }));
    const error: unknown = await store.get('k').catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(StoreAccessError);
    expect(error).toMatchObject({ retryable: false });
    expect(proxy.counts.get('GetItem')).toBe(1);
  });
});

describe('throttling', () => {
  test('half of all requests refused: every call that ends well is true, and attempts are bounded', async () => {
    proxy.inject(({ nth }) => (nth % 2 === 1 ? throttled : undefined));
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
    const puts = await Promise.allSettled(keys.map((key) => store.put(key, { key })));
    proxy.reset();
    for (const [index, put] of puts.entries()) {
      if (put.status === 'fulfilled') expect(await store.get(keys[index]!)).toEqual({ key: keys[index] });
      else expect(put.reason).toBeInstanceOf(StoreThrottledError);
    }
    expect(puts.some(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test('all refused: a fault of its own, after four attempts', async () => {
    proxy.inject(() => throttled);
    const error: unknown = await store.putIfAbsent('k', { a: 1 }).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(StoreThrottledError);
    expect(error).toMatchObject({ retryable: true });
    expect(proxy.counts.get('PutItem')).toBe(4);
  });

  /** Answers for the first item of a batch only. */
  const trickle = (operation: string): void => {
    proxy.inject((request) => {
      if (request.operation !== operation) return undefined;
      const write = operation === 'BatchWriteItem';
      return {
        kind: 'change',
        request: (body: { RequestItems: Record<string, { Keys: object[] } & object[]> }) => {
          const all = body.RequestItems[table]!;
          const part = write ? all.slice(0, 1) : { Keys: all.Keys.slice(0, 1), ConsistentRead: true };
          return { ...body, RequestItems: { [table]: part } };
        },
        answer: (answer: object) => {
          const all = (request.body.RequestItems as Record<string, { Keys: object[] } & object[]>)[table]!;
          const rest = write ? all.slice(1) : all.Keys.slice(1);
          if (rest.length === 0) return answer;
          return write
            ? { ...answer, UnprocessedItems: { [table]: rest } }
            : { ...answer, UnprocessedKeys: { [table]: { Keys: rest, ConsistentRead: true } } };
        },
      };
    });
  };

  test('what a batch leaves unprocessed is sent again, and order is kept', async () => {
    const keys = ['c', 'a', 'missing', 'b', 'a'];
    await other.putMany(['a', 'b', 'c'], [{ n: 1 }, { n: 2 }, { n: 3 }]);
    trickle('BatchGetItem');
    expect(await store.getMany(keys)).toEqual([{ n: 3 }, { n: 1 }, undefined, { n: 2 }, { n: 1 }]);
    expect(proxy.counts.get('BatchGetItem')).toBe(4);

    trickle('BatchWriteItem');
    const many = Array.from({ length: 12 }, (_, index) => `w${index}`);
    await store.putMany(
      many,
      many.map((key) => ({ key })),
      { ttl: 60 },
    );
    expect(await other.getMany(many)).toEqual(many.map((key) => ({ key })));
  });

  test('a batch of which nothing is ever processed is a fault, never a list of misses', async () => {
    await other.put('a', { n: 1 });
    const nothing = (requests: unknown, name: string): Fault => ({
      kind: 'answer',
      status: 200,
      body: { [name]: requests },
    });
    proxy.inject(({ operation, body }) =>
      nothing(body.RequestItems, operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems'),
    );
    await expect(store.getMany(['a', 'b'])).rejects.toBeInstanceOf(StoreThrottledError);
    await expect(store.putMany(['a', 'b'], [{ n: 2 }, { n: 2 }])).rejects.toBeInstanceOf(StoreThrottledError);
    expect(proxy.counts.get('BatchGetItem')).toBe(6);
    expect(await other.get('a')).toEqual({ n: 1 });
  });
});

test('no message of any fault bears keys, collections or values', async () => {
  const secret = 's3cret';
  const options = { collection: `${secret}-collection` };
  const messages: string[] = [];
  for (const fault of [throttled, broken, { kind: 'reset' } as const]) {
    proxy.inject(() => fault);
    const faults = await Promise.all(
      [
        store.take(`${secret}-key`, options),
        store.put(`${secret}-key`, { secret }, options),
        store.getMany([`${secret}-key`], options),
      ].map((call) => call.catch((error: unknown) => error)),
    );
    for (const error of faults) {
      expect(error).toBeInstanceOf(StoreError);
      messages.push(JSON.stringify(error, Object.getOwnPropertyNames(error)));
    }
  }
  expect(messages.join('\n')).not.toContain(secret);
  const scan = await db.client.send(new ScanCommand({ TableName: table }));
  expect(scan.Count).toBe(0);
});
