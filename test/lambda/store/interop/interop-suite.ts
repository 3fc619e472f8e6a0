import { setTimeout as sleep } from 'node:timers/promises';

import * as fc from 'fast-check';

import type { JsonObject, KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { sharedKey, sharedValue } from '../../../support/json-arbitraries.ts';
import { describeBesidePython, type PythonPeer, runPython } from '../../../support/python-peer.ts';
import { type Form, PLAIN, PREFIXED, TOGETHER } from './forms.ts';

/** The ways in which every backend is shared. */
export const FORMS: readonly Form[] = [PLAIN, PREFIXED, TOGETHER];

export interface InteropProps {
  readonly name: string;
  /** Opens our store, again for each test; the suite closes it before Python opens its own. */
  open(): KeyValueStore | Promise<KeyValueStore>;
  /** Python's store of the same backend. Asked when the servers run. */
  peer(): PythonPeer;
  /**
   * Keys that both sides can hold in this backend.
   *
   * @default - any
   */
  readonly keys?: fc.Arbitrary<string>;
  /**
   * Values that both sides can hold in this backend.
   *
   * @default - any
   */
  readonly values?: fc.Arbitrary<JsonObject>;
  /**
   * Bytes of text in the largest value.
   *
   * @default 300000
   */
  readonly largest?: number;
  /**
   * Seconds that Python's store can keep an entry for.
   *
   * @default - 90 days
   */
  readonly longestOfPython?: number;
  /**
   * Seconds of the shortest lifetime that Python's store can write.
   *
   * @default 1
   */
  readonly shortest?: number;
  /** @default - all of `FORMS` */
  readonly forms?: readonly Form[];
}

interface Entry {
  readonly collection: string;
  readonly key: string;
  readonly value: JsonObject;
  readonly ttl?: number;
}

/** Values per backend and direction, divided among the forms. */
const RUNS = 1200;

/** Python writes and TypeScript reads, and the other way round, over one backend, in every form. */
export function interopSuite(props: InteropProps): void {
  const forms = props.forms ?? FORMS;
  const shortest = props.shortest ?? 1;
  const runs = Math.ceil(RUNS / forms.length);

  describeBesidePython(`${props.name}, beside py-key-value itself`, () => {
    const withOurs = async <T>(form: Form, action: (store: KeyValueStore) => Promise<T>): Promise<T> => {
      const store = await props.open();
      try {
        return await action(form.ours(store));
      } finally {
        await store.close();
      }
    };
    const python = (form: Form, body: string, input?: unknown): Promise<unknown> => {
      const peer = props.peer();
      return runPython({ ...peer, setup: `${peer.setup}\n${form.setup ?? ''}`, store: form.theirs }, body, input);
    };
    const sample = (seed: number, name: string, longest = 86_400 * 90): Entry[] => {
      const entry = fc.record({
        key: props.keys ?? sharedKey,
        value: props.values ?? sharedValue,
        ttl: fc.option(fc.integer({ min: 600, max: longest }), { nil: undefined }),
      });
      const entries = new Map(fc.sample(entry, { numRuns: runs * 2, seed }).map((made) => [made.key, made]));
      return [...entries.values()]
        .slice(0, runs)
        .map((made, index) => ({ ...made, collection: `${name}-${index % 3}` }));
    };
    const expected = (entries: readonly Entry[]): unknown[] =>
      entries.map(({ value }) => JSON.parse(JSON.stringify(value)));

    describe.each(forms)('$name', (form) => {
      const at = `it-${form.name}`;

      test('it reads what we write, and misses what we deleted or took', async () => {
        const entries = sample(1, `${at}-ours`);
        await withOurs(form, async (store) => {
          for (const { key, value, ...options } of entries) await store.put(key, value, options);
          await store.put('deleted', { n: 1 }, { collection: at });
          await store.delete('deleted', { collection: at });
          await store.put('brief', { n: 2 }, { collection: at, ttl: 1 });
          await store.putMany(['many'], [{ n: 3 }], { collection: at, ttl: 60 });
          if (!store.capabilities.take) return;
          await store.put('taken', { n: 1 }, { collection: at });
          await store.take('taken', { collection: at });
        });
        await sleep(1_100);
        const read = await python(
          form,
          `
found = [await store.ttl(e["key"], collection=e["collection"]) for e in data]
names = ["deleted", "taken", "brief", "many"]
return [found, await store.get_many(names, collection="${at}")]`,
          entries,
        );
        const [found, rest] = read as [[JsonObject | null, number | null][], unknown[]];
        expect(found.map(([value]) => value)).toEqual(expected(entries));
        for (const [index, [, ttl]] of found.entries()) expectTtl(ttl, entries[index]?.ttl);
        expect(rest).toEqual([null, null, null, { n: 3 }]);
      }, 120_000);

      test('we read what it writes, and miss what it deleted', async () => {
        const entries = sample(2, `${at}-theirs`, props.longestOfPython);
        await python(
          form,
          `
for e in data:
    await store.put(e["key"], e["value"], collection=e["collection"], ttl=e.get("ttl"))
await store.put("deleted", {"n": 1}, collection="${at}-py")
await store.delete("deleted", collection="${at}-py")
await store.put("brief", {"n": 2}, collection="${at}-py", ttl=${shortest})
await store.put_many(["many"], [{"n": 3}], collection="${at}-py", ttl=60)`,
          entries,
        );
        await sleep(shortest * 1_000 + 100);
        await withOurs(form, async (store) => {
          const found = [];
          for (const { key, collection } of entries) found.push(await store.ttl(key, { collection }));
          expect(found.map((read) => read?.value)).toEqual(expected(entries));
          for (const [index, read] of found.entries()) expectTtl(read?.ttl, entries[index]?.ttl);
          const rest = await store.getMany(['deleted', 'brief', 'many'], { collection: `${at}-py` });
          expect(rest).toEqual([undefined, undefined, { n: 3 }]);
        });
      }, 120_000);

      test('a large value and one that the other side changes', async () => {
        const large = { text: 'é'.repeat((props.largest ?? 300_000) / 6) };
        const at2 = { collection: `${at}-large` };
        await withOurs(form, async (store) => {
          await store.put('ours', large, at2);
          await store.put('changed', { n: 1 }, { ...at2, ttl: 60 });
        });
        const read = await python(
          form,
          `
before = await store.get("ours", collection="${at2.collection}")
await store.put("theirs", before, collection="${at2.collection}")
await store.put("changed", {"n": 2}, collection="${at2.collection}")
return before == data`,
          large,
        );
        expect(read).toBe(true);
        await withOurs(form, async (store) => {
          expect(await store.get('theirs', at2)).toEqual(large);
          expect(await store.get('changed', at2)).toEqual({ n: 2 });
        });
      }, 60_000);
    });
  });
}

/** Some seconds have passed, and backends round down to whole ones. */
function expectTtl(read: number | null | undefined, written: number | undefined): void {
  if (written === undefined) {
    expect(read ?? undefined).toBeUndefined();
    return;
  }
  expect(read).toBeGreaterThan(written - 120);
  expect(read).toBeLessThanOrEqual(written);
}
