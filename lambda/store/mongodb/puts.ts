import { mapLimit } from '../map-limit.ts';
import type { Place } from '../local-store.ts';
import { newMark } from '../marks.ts';
import type { Write } from '../remote-store.ts';
import { inBatches } from './batches.ts';
import type { Collections, Entries } from './collections.ts';
import { marksOf, updateTo } from './document.ts';
import { BOUNDED, confirmed, upsert, wasWritten } from './entries.ts';
import { failedWrites } from './faults.ts';
import type { Fitting } from './fitting.ts';

interface MarkedWrite extends Write {
  readonly mark: string;
}

/** Writes by themselves under way at a time. */
const PARALLEL = 8;

/** Writes entries whatever is there, many in one command; each once only, also when an answer was lost. */
export class Puts {
  readonly #collections: Collections;
  readonly #fitting: Fitting;

  constructor(collections: Collections, fitting: Fitting) {
    this.#collections = collections;
    this.#fitting = fitting;
  }

  async write(writes: readonly Write[]): Promise<void> {
    const marked = writes.map((write) => ({ ...write, mark: newMark() }));
    await inBatches(marked, async (batch, first) => {
      if (batch.length === 1) return this.#put(first);
      const single = await this.#putBatch(batch, first.place);
      await mapLimit(single, PARALLEL, (write) => this.#put(write));
      return undefined;
    });
  }

  async #put(write: MarkedWrite): Promise<void> {
    const { key } = write.place;
    await this.#fitting.fit(write, write.mark, (fields) =>
      this.#collections.run('update', write.place, async (entries, repeated) => {
        // What was consumed or changed since must stay so.
        if (repeated && (await wasWritten(entries, key, write.mark))) return;
        await upsert(entries, key, fields);
      }),
    );
  }

  /** @returns those that must be written by themselves: another insert came first, or their names are refused */
  async #putBatch(batch: readonly MarkedWrite[], place: Place): Promise<readonly MarkedWrite[]> {
    const prepared = await Promise.all(
      batch.map((write) => this.#fitting.fit(write, write.mark, (fields) => Promise.resolve({ write, fields }))),
    );
    return this.#collections.run('update', place, async (entries, repeated) => {
      const done = repeated ? await marksOfMany(entries, batch) : new Set();
      const rest = prepared.filter(({ write }) => !done.has(write.mark));
      const updates = rest.map(({ write, fields }) => ({
        updateOne: {
          filter: { key: fields.key },
          update: { ...updateTo(fields), $setOnInsert: { _id: write.place.key } },
          upsert: true,
        },
      }));
      try {
        if (updates.length > 0) await entries.bulkWrite(updates, { ...BOUNDED, ordered: false });
        else await confirmed(entries);
        return [];
      } catch (error) {
        const failed = failedWrites(error);
        if (!failed) throw error;
        return failed.flatMap((index) => rest[index]?.write ?? []);
      }
    });
  }
}

async function marksOfMany(entries: Entries, writes: readonly Write[]): Promise<ReadonlySet<string>> {
  const keys = writes.map(({ place }) => place.key);
  const filter = { $or: [{ key: { $in: keys } }, { _id: { $in: keys } }] };
  const found = entries.find(filter, { ...BOUNDED, projection: { 'value.op': 1 }, batchSize: 2 * keys.length + 1 });
  return new Set((await found.toArray()).flatMap(marksOf));
}
