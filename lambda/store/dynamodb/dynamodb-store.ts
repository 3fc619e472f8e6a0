import { LengthMismatchError } from '../errors.ts';
import type {
  JsonObject,
  KeyValueStore,
  PutOptions,
  StoreCapabilities,
  StoreOptions,
  ValueWithTtl,
  VersionedValue,
} from '../key-value-store.ts';
import type { Place } from '../local-store.ts';
import { dumpValue, type NewEntry, withTtl } from '../managed-entry.ts';
import { mapLimit } from '../map-limit.ts';
import { appliedAfter, marksAfter, newMark } from '../marks.ts';
import { checkKey, collectionOf } from '../names.ts';
import { expiryOf } from '../ttl.ts';
import { absent, type Condition, taking, unchanged, unlessApplied } from './conditions.ts';
import { type ConditionFailure, isConditionFailure, wasRepeated } from './faults.ts';
import { ATTRIBUTE, type Item, itemOf, liveRow, type Row, rowOf, wasLive } from './row.ts';
import { type Connect, Table } from './table.ts';

export interface DynamoDbStoreProps {
  /** Name of the table: hash key `collection` and range key `key`, both strings; TTL attribute `ttl`. */
  readonly table: string;
  /** Opens the client, at the first call. */
  readonly connect: Connect;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

/** Single deletions under way at a time. */
const PARALLEL_DELETES = 16;

/**
 * Entries in one DynamoDB table, in the layout of py-key-value's DynamoDBStore. Reads are strongly consistent.
 *
 * The atomic verbs are one conditional write each. An answer may be lost after the write was applied, and the SDK then
 * repeats the call by itself; each write therefore bears a mark, by which its repetition knows it again. What that cannot
 * save is in docs/stores.md.
 */
export class DynamoDbStore implements KeyValueStore {
  readonly capabilities: StoreCapabilities = {
    putIfAbsent: true,
    take: true,
    compareAndSet: true,
    durable: true,
    shared: true,
  };
  readonly #table: Table;
  readonly #now: () => number;

  constructor(props: DynamoDbStoreProps) {
    this.#table = new Table(props.table, props.connect);
    this.#now = props.now ?? Date.now;
  }

  async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return (await this.#read(placeOf(key, options)))?.entry.value;
  }

  async ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined> {
    const row = await this.#read(placeOf(key, options));
    return row && withTtl(row.entry, this.#now());
  }

  async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    const mark = newMark();
    const place = placeOf(key, options);
    const item = itemOf(place, this.#entry(value, options), mark);
    await this.#putWhen(item, unlessApplied(mark)); // when it does not hold, the entry has been written already
  }

  async delete(key: string, options?: StoreOptions): Promise<boolean> {
    const { Attributes } = await this.#table.call('DeleteItem', {
      Key: keyOf(placeOf(key, options)),
      ReturnValues: 'ALL_OLD',
    });
    return wasLive(Attributes, this.#now());
  }

  async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    return (await this.#readMany(keys, options)).map((row) => row?.entry.value);
  }

  async ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]> {
    return (await this.#readMany(keys, options)).map((row) => row && withTtl(row.entry, this.#now()));
  }

  async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    if (keys.length !== values.length) throw new LengthMismatchError(keys.length, values.length);
    // A key that comes twice is written once, with its last value: DynamoDB refuses duplicates in a batch.
    const items = new Map<string, Item>();
    for (const [index, value] of values.entries()) {
      const place = placeOf(keys[index] ?? '', options);
      items.set(place.key, itemOf(place, this.#entry(value, options), newMark()));
    }
    await this.#table.write([...items.values()]);
  }

  /** BatchWriteItem does not tell what existed, so each key is a call of its own. */
  async deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number> {
    for (const key of keys) placeOf(key, options);
    const existed = await mapLimit([...new Set(keys)], PARALLEL_DELETES, (key) => this.delete(key, options));
    return existed.filter(Boolean).length;
  }

  async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    const mark = newMark();
    const place = placeOf(key, options);
    const item = itemOf(place, this.#entry(value, options), mark);
    const failure = await this.#putWhen(item, absent(this.#now(), mark));
    return !failure || (wasRepeated(failure) && (await this.#table.marks(keyOf(place))).includes(mark));
  }

  async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    const now = this.#now();
    let old: Item | undefined;
    try {
      const { Attributes } = await this.#table.call('UpdateItem', {
        Key: keyOf(placeOf(key, options)),
        ReturnValues: 'ALL_OLD',
        ...taking(now, newMark()),
      });
      old = Attributes;
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
    if (!old) return undefined;
    // On a repetition the old item is the one that the lost attempt marked: its end is ours, and the condition held then.
    if (old[ATTRIBUTE.taken] !== undefined) return rowOf(old).entry.value;
    return liveRow(old, now)?.entry.value;
  }

  async getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined> {
    const row = await this.#read(placeOf(key, options));
    return row && { value: row.entry.value, version: row.version };
  }

  async compareAndSet(key: string, version: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    const mark = newMark();
    const place = placeOf(key, options);
    const item = itemOf(place, this.#entry(value, options), marksAfter(mark, version));
    const condition = unchanged(this.#now(), version);
    if (!condition) return false;
    const failure = await this.#putWhen(item, condition);
    if (!failure) return true;
    return wasRepeated(failure) && appliedAfter(version, mark, await this.#table.marks(keyOf(place)));
  }

  close(): Promise<void> {
    return this.#table.close();
  }

  async #read(place: Place): Promise<Row | undefined> {
    const { Item } = await this.#table.call('GetItem', { Key: keyOf(place), ConsistentRead: true });
    return liveRow(Item, this.#now());
  }

  async #readMany(keys: readonly string[], options: StoreOptions | undefined): Promise<(Row | undefined)[]> {
    const places = new Map(keys.map((key) => [key, placeOf(key, options)]));
    const found = await this.#table.read([...places.values()].map(keyOf));
    const items = new Map(found.map((item) => [item[ATTRIBUTE.key]?.S, item]));
    const now = this.#now();
    return keys.map((key) => liveRow(items.get(key), now)); // each its own: callers may change what they are given
  }

  /** Writes when the condition holds. When it did not, an earlier attempt of the same call may still have been applied. */
  async #putWhen(item: Item, condition: Condition): Promise<ConditionFailure | undefined> {
    try {
      await this.#table.call('PutItem', { Item: item, ...condition });
      return undefined;
    } catch (error) {
      if (isConditionFailure(error)) return error;
      throw error;
    }
  }

  #entry(value: JsonObject, options: PutOptions | undefined): NewEntry {
    const now = this.#now();
    return { json: dumpValue(value), createdAt: now, expiresAt: expiryOf(options?.ttl, now) };
  }
}

function placeOf(key: string, options: StoreOptions | undefined): Place {
  return { collection: collectionOf(options), key: checkKey(key) };
}

function keyOf({ collection, key }: Place): Item {
  return { [ATTRIBUTE.collection]: { S: collection }, [ATTRIBUTE.key]: { S: key } };
}
