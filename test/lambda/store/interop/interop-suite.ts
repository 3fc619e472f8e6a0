import { setTimeout as sleep } from 'node:timers/promises';

import * as fc from 'fast-check';

import type { JsonObject, KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { mapLimit } from '../../../../lambda/store/map-limit.ts';
import { sharedKey, sharedValue } from '../../../support/json-arbitraries.ts';
import { describeBesidePython, type PythonPeer, runPython } from '../../../support/python-peer.ts';
import { COMPRESSED, ENCRYPTED, type Form, PLAIN, PREFIXED, TOGETHER } from './forms.ts';

/** The ways in which every backend is shared. */
export const FORMS: readonly Form[] = [PLAIN, PREFIXED, ENCRYPTED, COMPRESSED, TOGETHER];

export interface InteropProps {
  readonly name: string;
  /** Opens our store, several times; the suite closes it before Python opens its own. */
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

/** What Python answers for one form. */
interface Read {
  /** Of each entry of ours: the value, and the seconds that are left. */
  readonly found: readonly (readonly [JsonObject | null, number | null])[];
  readonly rest: readonly unknown[];
  readonly large: boolean;
}

/** Values per backend and direction, divided among the forms. */
const RUNS = 1200;
/** Of our calls under way at a time. */
const PARALLEL = 8;

/**
 * TypeScript writes and Python reads, and the other way round, over one backend, in every form. Each side has its turn once,
 * for all forms together: to start Python takes longer than what it does here.
 */
export function interopSuite(props: InteropProps): void {
  const forms = props.forms ?? FORMS;
  const shortest = props.shortest ?? 1;
  const runs = Math.ceil(RUNS / forms.length);
  const large = { text: 'é'.repeat((props.largest ?? 300_000) / 6) };

  describeBesidePython(`${props.name}, beside py-key-value itself`, () => {
    const withOurs = async <T>(action: (store: KeyValueStore) => Promise<T>): Promise<T> => {
      const store = await props.open();
      try {
        return await action(store);
      } finally {
        await store.close();
      }
    };
    const sample = (seed: number, form: Form, name: string, longest = 86_400 * 90): Entry[] => {
      const entry = fc.record({
        key: props.keys ?? sharedKey,
        value: valuesFor(form, props.values ?? sharedValue),
        ttl: fc.option(fc.integer({ min: 3600, max: longest }), { nil: undefined }),
      });
      const made = new Map(fc.sample(entry, { numRuns: runs * 2, seed }).map((each) => [each.key, each]));
      const entries = [...made.values()].slice(0, runs);
      return entries.map((each, index) => ({ ...each, collection: `${at(form)}-${name}-${index % 2}` }));
    };

    const cases = forms.map((form) => ({
      form,
      ours: sample(1, form, 'ours'),
      theirs: sample(2, form, 'theirs', props.longestOfPython),
    }));
    let reads: readonly Read[];

    const weWrite = async (inner: KeyValueStore, form: Form, entries: readonly Entry[]): Promise<void> => {
      const store = form.ours(inner);
      const collection = at(form);
      await mapLimit(entries, PARALLEL, ({ key, value, ...options }) => store.put(key, value, options));
      await store.put('deleted', { n: 1 }, { collection });
      await store.delete('deleted', { collection });
      await store.put('brief', { n: 2 }, { collection, ttl: 1 });
      await store.putMany(['many'], [{ n: 3 }], { collection, ttl: 3600 });
      await store.put('large', large, { collection });
      await store.put('changed', { n: 1 }, { collection, ttl: 3600 });
      if (!store.capabilities.take) return;
      await store.put('taken', { n: 1 }, { collection });
      await store.take('taken', { collection });
    };

    beforeAll(async () => {
      await withOurs(async (inner) => {
        for (const { form, ours } of cases) await weWrite(inner, form, ours);
      });
      await sleep(1_100);
      const peer = props.peer();
      const setup = [peer.setup, ...new Set(forms.map((form) => form.setup ?? ''))].join('\n');
      const store = `[${forms.map(({ theirs }) => theirs).join(', ')}]`;
      const data = cases.map(({ form, ours, theirs }) => ({ at: at(form), ours, theirs, large }));
      reads = (await runPython({ ...peer, setup, store }, THEIR_TURN(shortest), data)) as Read[];
      await sleep(shortest * 1_000 + 100);
    }, 600_000);

    describe.each(cases)('$form.name', ({ form, ours, theirs }) => {
      const read = (): Read => reads[forms.indexOf(form)] as Read;
      const withForm = <T>(action: (store: KeyValueStore) => Promise<T>): Promise<T> =>
        withOurs((inner) => action(form.ours(inner)));

      test('it reads what we write, and misses what we deleted or took', () => {
        expect(ours).toHaveLength(runs);
        const { found, rest } = read();
        expect(found.map(([value]) => value)).toEqual(expected(ours));
        for (const [index, [, ttl]] of found.entries()) expectTtl(ttl, ours[index]?.ttl);
        expect(rest).toEqual([null, null, null, { n: 3 }]);
      });

      test('we read what it writes, and miss what it deleted', async () => {
        expect(theirs).toHaveLength(runs);
        await withForm(async (store) => {
          const found = await mapLimit(theirs, PARALLEL, ({ key, collection }) => store.ttl(key, { collection }));
          expect(found.map((each) => each?.value)).toEqual(expected(theirs));
          for (const [index, each] of found.entries()) expectTtl(each?.ttl, theirs[index]?.ttl);
          const rest = await store.getMany(['deleted', 'brief', 'many'], { collection: `${at(form)}-py` });
          expect(rest).toEqual([undefined, undefined, { n: 3 }]);
        });
      }, 60_000);

      test('a large value and one that the other side changes', async () => {
        expect(read().large).toBe(true);
        await withForm(async (store) => {
          expect(await store.get('large-of-python', { collection: at(form) })).toEqual(large);
          expect(await store.get('changed', { collection: at(form) })).toEqual({ n: 2 });
        });
      }, 60_000);

      const { compressed } = form;
      if (!compressed) return;
      test.each([
        ['we', ours],
        ['it', theirs],
      ])(
        'most of what %s wrote is compressed',
        async (_, entries) => {
          await withOurs(async (inner) => {
            const store = compressed(inner);
            const stored = await mapLimit(entries, PARALLEL, ({ key, collection }) => store.get(key, { collection }));
            const count = stored.filter((value) => value?.__compression_algorithm__ === 'gzip').length;
            expect(count).toBeGreaterThan(entries.length * 0.7);
          });
        },
        60_000,
      );
    });
  });
}

/** Python's turn: reads what we wrote, then writes what we shall read. `store` is a list, one for each form. */
const THEIR_TURN = (shortest: number): string => `
answers = []
for its, e in zip(store, data):
    found = [await its.ttl(o["key"], collection=o["collection"]) for o in e["ours"]]
    rest = await its.get_many(["deleted", "taken", "brief", "many"], collection=e["at"])
    before = await its.get("large", collection=e["at"])
    answers.append({"found": found, "rest": rest, "large": before == e["large"]})
    for o in e["theirs"]:
        await its.put(o["key"], o["value"], collection=o["collection"], ttl=o.get("ttl"))
    of_python = e["at"] + "-py"
    await its.put("deleted", {"n": 1}, collection=of_python)
    await its.delete("deleted", collection=of_python)
    await its.put("brief", {"n": 2}, collection=of_python, ttl=${shortest})
    await its.put_many(["many"], [{"n": 3}], collection=of_python, ttl=3600)
    await its.put("large-of-python", before, collection=e["at"])
    await its.put("changed", {"n": 2}, collection=e["at"])
return answers`;

/** The collection of a form, and how the names of its others begin. */
function at(form: Form): string {
  return `it-${form.name}`;
}

/** What is to be compressed must have something in it that comes again: most values get a member that does. */
function valuesFor(form: Form, values: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  if (!form.compressed) return values;
  const padding = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.integer({ min: 0, max: 60 }));
  return fc
    .tuple(values, padding)
    .map(([value, [text, times]]) => ({ ...value, padding: `${text}again and `.repeat(times) }));
}

function expected(entries: readonly Entry[]): unknown[] {
  return entries.map(({ value }) => JSON.parse(JSON.stringify(value)));
}

/** Minutes may have passed where machines are busy, and backends round down to whole seconds. */
function expectTtl(read: number | null | undefined, written: number | undefined): void {
  if (written === undefined) {
    expect(read ?? undefined).toBeUndefined();
    return;
  }
  expect(read).toBeGreaterThan(written - 600);
  expect(read).toBeLessThanOrEqual(written);
}
