import { DEFAULT_COLLECTION } from '../names.ts';
import { type Call, type Verb, WrappedStore } from './wrapped-store.ts';

/** How many keys were asked for, and for how many the answer was yes. Calls that failed are not counted. */
export interface HitMissCount {
  readonly count: number;
  readonly hit: number;
  readonly miss: number;
}

/** What happened to one collection. The lists count once for each key. */
export interface CollectionStatistics {
  /** `get`, `getMany` and `getVersioned`; a hit found a value. */
  readonly get: HitMissCount;
  /** `ttl` and `ttlMany`. */
  readonly ttl: HitMissCount;
  /** `put` and `putMany`. */
  readonly put: { readonly count: number };
  /** `delete` and `deleteMany`; a hit existed. */
  readonly delete: HitMissCount;
  /** A hit was taken. */
  readonly take: HitMissCount;
  /** A hit was written. */
  readonly putIfAbsent: HitMissCount;
  /** A hit was written. */
  readonly compareAndSet: HitMissCount;
}

type Row = keyof CollectionStatistics;

const ROW_OF: Readonly<Record<Verb, Row>> = {
  get: 'get',
  getMany: 'get',
  getVersioned: 'get',
  ttl: 'ttl',
  ttlMany: 'ttl',
  put: 'put',
  putMany: 'put',
  delete: 'delete',
  deleteMany: 'delete',
  take: 'take',
  putIfAbsent: 'putIfAbsent',
  compareAndSet: 'compareAndSet',
};

type Counts = { -readonly [Name in Row]: { -readonly [Field in keyof CollectionStatistics[Name]]: number } };

/** Counts calls, hits and misses in this process, as py-key-value's StatisticsWrapper. */
export class Statistics extends WrappedStore {
  readonly #collections = new Map<string, Counts>();

  /** What was counted so far, by collection; a copy. */
  statistics(): ReadonlyMap<string, CollectionStatistics> {
    return structuredClone(this.#collections);
  }

  protected override async around<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const result = await run();
    const counted = this.#of(call.collection ?? DEFAULT_COLLECTION)[ROW_OF[call.verb]];
    counted.count += call.keys;
    if ('hit' in counted) {
      const hits = hitsOf(result);
      counted.hit += hits;
      counted.miss += call.keys - hits;
    }
    return result;
  }

  #of(collection: string): Counts {
    let counts = this.#collections.get(collection);
    if (!counts) {
      const none = (): { count: number; hit: number; miss: number } => ({ count: 0, hit: 0, miss: 0 });
      counts = {
        get: none(),
        ttl: none(),
        put: { count: 0 },
        delete: none(),
        take: none(),
        putIfAbsent: none(),
        compareAndSet: none(),
      };
      this.#collections.set(collection, counts);
    }
    return counts;
  }
}

/** A verb answers with a number of keys, with a yes or no, with a value or none, or with a list of those. */
function hitsOf(result: unknown): number {
  if (typeof result === 'number') return result;
  if (Array.isArray(result)) return result.filter((value) => value !== undefined).length;
  return result === undefined || result === false ? 0 : 1;
}
