import * as fc from 'fast-check';

import { DynamoDbStore } from '../../../lambda/store/dynamodb/dynamodb-store.ts';
import { connect } from '../../../lambda/store/dynamodb/sdk-calls.ts';
import { StoreError } from '../../../lambda/store/errors.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';

/** Many clients at once on few entries, while a good part of all answers is lost: what must hold whatever happens. */
const CLIENTS = 10;
const STEPS = 12;
/** Each is written once, as authorization codes are; and one name that everybody wants, as a nonce. */
const CODES = 12;

let db: LocalDynamoDb;
let proxy: FaultProxy;
beforeAll(async () => {
  db = await startDynalite();
  proxy = await startFaultProxy(db.endpoint);
});
afterAll(async () => {
  await proxy.stop();
  await db.stop();
});

interface Step {
  readonly verb: 'take' | 'putIfAbsent' | 'increment';
  readonly code: number;
}
const step = fc.record<Step>({
  verb: fc.constantFrom('take', 'take', 'putIfAbsent', 'increment'),
  code: fc.nat(CODES - 1),
});
const plans = fc.array(fc.array(step, { minLength: STEPS, maxLength: STEPS }), {
  minLength: CLIENTS,
  maxLength: CLIENTS,
});
const faults = fc.infiniteStream(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Fault>({ kind: 'pass' }) },
    { weight: 5, arbitrary: fc.constant<Fault>({ kind: 'lose-answer' }) },
    { weight: 1, arbitrary: fc.constant<Fault>({ kind: 'reset' }) },
  ),
);

/** What the clients were told. */
class Told {
  readonly taken: number[] = [];
  readonly winners: string[] = [];
  increments = 0;
  /** How many outcomes nobody knows. */
  readonly unknown = { take: 0, putIfAbsent: 0, increment: 0 };
}

test('a code is taken once, a nonce has one winner, and no increment is lost or made twice', async () => {
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(plans, faults, async (planned, stream) => {
      const table = `model-${tables++}`;
      await db.createTable(table);
      const open = (endpoint: string): DynamoDbStore =>
        new DynamoDbStore({ table, connect: () => connect({ endpoint, region: 'us-east-1' }) });
      const calm = open(db.endpoint);
      await calm.put('counter', { n: 0 });
      const told = new Told();
      proxy.inject(() => stream.next().value);
      const clients = planned.map(() => open(proxy.endpoint));
      // The writers race with those who take.
      const writers = Array.from({ length: CODES }, (_, n) => clients[n % CLIENTS]!.put(`code-${n}`, { n }));
      await Promise.all([
        Promise.allSettled(writers),
        ...planned.map(async (plan, client) => {
          for (const next of plan) await act(clients[client]!, next, `client-${client}`, told);
        }),
      ]);
      proxy.reset();
      for (let n = 0; n < CODES; n++) if (await calm.take(`code-${n}`)) told.taken.push(n);

      expect(new Set(told.taken).size).toBe(told.taken.length);
      expect(CODES - told.taken.length).toBeLessThanOrEqual(told.unknown.take);
      expect(new Set(told.winners).size).toBeLessThanOrEqual(1);
      const owner = await calm.get('nonce');
      if (told.winners.length > 0) expect(owner).toEqual({ owner: told.winners[0] });
      else if (owner) expect(told.unknown.putIfAbsent).toBeGreaterThan(0);
      const counted = (await calm.get('counter'))!.n;
      expect(counted).toBeGreaterThanOrEqual(told.increments);
      expect(counted).toBeLessThanOrEqual(told.increments + told.unknown.increment);
      await Promise.all([...clients, calm].map((store) => store.close()));
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 2), endOnFailure: true },
  );
}, 600_000);

async function act(store: DynamoDbStore, { verb, code }: Step, owner: string, told: Told): Promise<void> {
  try {
    if (verb === 'take') {
      if (await store.take(`code-${code}`)) told.taken.push(code);
    } else if (verb === 'putIfAbsent') {
      if (await store.putIfAbsent('nonce', { owner })) told.winners.push(owner);
    } else {
      while (!(await increment(store, told)));
    }
  } catch (error) {
    if (!(error instanceof StoreError) || !error.retryable) throw error;
    told.unknown[verb]++;
  }
}

async function increment(store: DynamoDbStore, told: Told): Promise<boolean> {
  const { value, version } = (await store.getVersioned('counter'))!;
  if (!(await store.compareAndSet('counter', version, { n: (value.n as number) + 1 }))) return false;
  told.increments++;
  return true;
}
