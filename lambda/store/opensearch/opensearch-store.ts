import type { CredentialsSource } from '../credentials/store-credentials.ts';
import { CorruptEntryError, StoreRejectedError, StoreThrottledError } from '../errors.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import type { Place, StoredEntry } from '../local-store.ts';
import { isExpired, type ManagedEntry } from '../managed-entry.ts';
import { appliedAfter, marksAfter } from '../marks.ts';
import { RemoteStore, type Removed, type Write } from '../remote-store.ts';
import { Batches } from './batches.ts';
import { Calls } from './calls.ts';
import { asObject, documentOf, entryOf, type Found, foundOf, marksOf, takenBy } from './document.ts';
import { isWithoutScripts } from './faults.ts';
import { Indexes } from './indexes.ts';
import { LIMITS } from './limits.ts';
import { deleteScript, endedBy, type Script, takeScript } from './scripts.ts';
import type { Product } from './url.ts';
import { readVersion, versionOf } from './version.ts';
import type { Answer, Wire } from './wire.ts';

export interface OpenSearchStoreProps {
  readonly product: Product;
  /** What the names of all indexes begin with, lower-case. */
  readonly indexPrefix: string;
  /** Opens the client, at the first call. */
  readonly connect: () => Promise<Wire>;
  /**
   * User and password, or an API key.
   *
   * @default - the client signs, or the server asks for nothing
   */
  readonly credentials?: CredentialsSource;
  /**
   * Whether it is OpenSearch Serverless, which shows writes late and promises no order among them.
   *
   * @default false
   */
  readonly serverless?: boolean;
  /**
   * Whether all names are made as py-key-value's V1 strategies make them.
   *
   * @default false
   */
  readonly sanitize?: boolean;
  /**
   * Whether new indexes let values be searched, as those that py-key-value makes do.
   *
   * @default false
   */
  readonly searchable?: boolean;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

/**
 * Entries in the indexes of OpenSearch or Elasticsearch, in the layout of py-key-value's stores of the same names.
 *
 * A get by `_id` sees every acknowledged write, so nothing is refreshed. The atomic verbs rest on the numbers that the
 * server counts writes with, and on scripts where it runs them.
 */
export class OpenSearchStore extends RemoteStore {
  readonly capabilities: StoreCapabilities;
  readonly #product: Product;
  readonly #calls: Calls;
  readonly #indexes: Indexes;
  readonly #batches: Batches;
  /** Until the server says that it runs none. */
  #scripts: boolean;

  constructor(props: OpenSearchStoreProps) {
    super(props.now);
    const { product, indexPrefix, connect, credentials, serverless = false } = props;
    const { sanitize = false, searchable = false } = props;
    const atomic = !serverless;
    this.capabilities = { putIfAbsent: atomic, take: atomic, compareAndSet: atomic, durable: true, shared: true };
    this.#product = product;
    this.#calls = new Calls({ connect, product, ...(credentials && { credentials }) });
    this.#indexes = new Indexes({ calls: this.#calls, product, indexPrefix, sanitize, searchable });
    this.#batches = new Batches(this.#calls, this.#indexes);
    this.#scripts = atomic;
  }

  protected async read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]> {
    return (await this.#find(places)).map((found) => {
      if (!found || takenBy(found.source) !== undefined) return undefined;
      const entry = entryOf(found.source, this.#product);
      return { entry, version: versionOf(found, entry.expiresAt) };
    });
  }

  protected async write(writes: readonly Write[]): Promise<void> {
    const documents = writes.map((write) => documentOf(write, this.#product));
    const [first] = writes;
    if (!first) return;
    await this.#indexes.prepare(first.place.collection);
    if (writes.length === 1) {
      await this.#put(first.place, documents[0] ?? '', {}, () => false);
      return;
    }
    const items = writes.map(({ place }, index) => ({ action: 'index' as const, place, body: documents[index] ?? '' }));
    await this.#batches.write('putMany', items, () => false);
  }

  protected async remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    const [first] = places;
    if (!first) return [];
    await this.#indexes.prepare(first.collection);
    return (await this.#removeByScript(places)) ?? (await this.#removeInTwo(places));
  }

  protected async create(write: Write, mark: string): Promise<boolean> {
    this.#mustBeAtomic('putIfAbsent');
    const document = documentOf(write, this.#product, mark);
    const { place } = write;
    await this.#indexes.prepare(place.collection);
    return this.#rounds('putIfAbsent', async () => {
      const path = this.#indexes.documentPath(place, '_create');
      const created = await this.#calls.call('putIfAbsent', { method: 'PUT', path, body: document }, isConflict);
      if (created.status !== 409) return true;
      const [found] = await this.#find([place]);
      if (!found) return undefined; // deleted since
      if (marksOf(found.source).includes(mark)) return true; // written before its answer was lost
      if (!this.#hasEnded(found)) return false;
      const replaced = await this.#put(place, document, numbersOf(found), isConflict);
      return replaced.status === 409 ? undefined : true;
    });
  }

  protected async extract(place: Place, mark: string): Promise<ManagedEntry | undefined> {
    this.#mustBeAtomic('take');
    await this.#indexes.prepare(place.collection);
    const now = this.now();
    const taken = await this.#rounds('take', () => {
      return this.#scripts ? this.#takeByScript(place, mark, now) : this.#takeInTwo(place, mark, now);
    });
    return taken === 'nothing' ? undefined : entryOf(taken.source, this.#product);
  }

  protected async swap(write: Write, version: string, mark: string): Promise<boolean> {
    this.#mustBeAtomic('compareAndSet');
    const read = readVersion(version);
    if (!read || isExpired({ expiresAt: read.expiresAt }, this.now())) return false;
    const document = documentOf(write, this.#product, marksAfter(mark, read.marks));
    const numbers = { if_seq_no: read.seqNo, if_primary_term: read.primaryTerm };
    const answer = await this.#put(write.place, document, numbers, isConflictOrMissing, 'compareAndSet');
    if (answer.status < 300) return true;
    if (!answer.repeated) return false;
    const [found] = await this.#find([write.place]);
    if (found && versionOf(found, read.expiresAt) === version) return false; // nothing came of any attempt
    return appliedAfter(read.marks, mark, found ? marksOf(found.source) : []);
  }

  protected disconnect(): Promise<void> {
    return this.#calls.close();
  }

  async #find(places: readonly Place[]): Promise<readonly (Found | undefined)[]> {
    const [first] = places;
    if (!first || places.length > 1) return this.#batches.read(places);
    const path = this.#indexes.documentPath(first, '_doc');
    const answer = await this.#calls.call('get', { method: 'GET', path }, isMissing);
    this.#indexes.learn(first.collection, answer);
    return [foundOf(answer.body, first)];
  }

  #put(
    place: Place,
    body: string,
    query: Readonly<Record<string, string | number>>,
    expected: (answer: Answer) => boolean,
    verb = 'put',
  ): ReturnType<Calls['call']> {
    const path = this.#indexes.documentPath(place, '_doc');
    return this.#calls.call(verb, { method: 'PUT', path, query, body }, expected);
  }

  /** One round trip: the script ends the entry and the answer has it. */
  async #takeByScript(place: Place, mark: string, now: number): Promise<Found | 'nothing' | undefined> {
    const answer = await this.#calls.call(
      'take',
      {
        method: 'POST',
        path: this.#indexes.documentPath(place, '_update'),
        query: { _source: 'true', retry_on_conflict: LIMITS.ROUNDS },
        body: JSON.stringify({ script: painless(takeScript(place, mark, now)) }),
      },
      (refusal) => isMissing(refusal) || isConflict(refusal) || isWithoutScripts(refusal),
    );
    if (answer.status === 409) return undefined;
    if (answer.status === 404) return 'nothing';
    if (answer.status >= 300) {
      this.#scripts = false;
      return undefined;
    }
    const found = foundOf(asObject(answer.body).get, place);
    return found && takenBy(found.source) === mark ? found : 'nothing';
  }

  /** Two round trips: the entry is read, and ended only if nobody has changed it since. */
  async #takeInTwo(place: Place, mark: string, now: number): Promise<Found | 'nothing' | undefined> {
    const [found] = await this.#find([place]);
    if (!found) return 'nothing';
    const taken = takenBy(found.source);
    if (taken !== undefined && taken !== mark) return 'nothing';
    if (taken === mark) {
      // Written again as it is: only a write tells that the copies have it, too.
      const again = await this.#put(place, JSON.stringify(found.source), numbersOf(found), isConflictOrMissing, 'take');
      return again.status < 300 ? found : undefined;
    }
    const { expires_at: ended, ...rest } = found.source;
    const tombstone = { ...rest, expires_at: endedBy(now), ...(ended !== undefined && { ended }), taken: mark };
    const answer = await this.#put(place, JSON.stringify(tombstone), numbersOf(found), isConflictOrMissing, 'take');
    // After a conflict the next round finds out whose it was: an attempt of this very call may have been applied.
    return answer.status < 300 ? { ...found, source: tombstone } : undefined;
  }

  /** One round trip; `undefined` when the server runs no scripts. What existed is not told when it was unreadable. */
  async #removeByScript(places: readonly Place[]): Promise<readonly (Removed | undefined)[] | undefined> {
    if (!this.#scripts) return undefined;
    const now = this.now();
    const scripts = places.map((place) => painless(deleteScript(place, now)));
    const [place] = places;
    const results: (Answer & { readonly result?: unknown })[] = [];
    if (place && places.length === 1) {
      const answer = await this.#calls.call(
        'delete',
        {
          method: 'POST',
          path: this.#indexes.documentPath(place, '_update'),
          query: { retry_on_conflict: LIMITS.ROUNDS },
          body: JSON.stringify({ script: scripts[0] }),
        },
        (refusal) => isMissing(refusal) || isWithoutScripts(refusal),
      );
      results.push({ ...answer, result: asObject(answer.body).result });
    } else {
      const items = places.map((at, index) => {
        return { action: 'update' as const, place: at, body: JSON.stringify({ script: scripts[index] }) };
      });
      const refused = (answer: Answer): boolean => isMissing(answer) || isWithoutScripts(answer);
      results.push(...(await this.#batches.write('deleteMany', items, refused)));
    }
    if (results.some((answer) => isWithoutScripts(answer))) {
      this.#scripts = false;
      return undefined;
    }
    return results.map(({ result }) => (result === 'deleted' ? 'unreadable' : undefined));
  }

  /** Two round trips: what is there, and its removal. */
  async #removeInTwo(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    const found = await this.#find(places);
    const there = places.filter((_, index) => found[index] !== undefined);
    const items = there.map((place) => ({ action: 'delete' as const, place }));
    const results = await this.#batches.write('delete', items, isMissing);
    const removed = new Set(there.filter((_, index) => results[index]?.result === 'deleted').map(({ key }) => key));
    return places.map(({ key }, index) => {
      const document = found[index];
      if (!document || !removed.has(key)) return undefined;
      return this.#hasEnded(document) ? { expiresAt: 0 } : 'unreadable';
    });
  }

  #hasEnded({ source }: Found): boolean {
    if (takenBy(source) !== undefined) return true;
    try {
      return isExpired(entryOf(source, this.#product), this.now());
    } catch (error) {
      if (error instanceof CorruptEntryError) return false; // nobody can say so
      throw error;
    }
  }

  #mustBeAtomic(verb: string): void {
    if (this.capabilities.take) return;
    throw new StoreRejectedError(
      `OpenSearch Serverless has no ${verb}: it shows writes seconds later and orders none. Use a domain, or DynamoDB`,
    );
  }

  /** Starts over while others change the entry. */
  async #rounds<T>(verb: string, round: () => Promise<T | undefined>): Promise<T> {
    for (let count = 0; count < LIMITS.ROUNDS; count++) {
      const result = await round();
      if (result !== undefined) return result;
    }
    throw new StoreThrottledError(`${this.#product} ${verb} gave way to other writers ${LIMITS.ROUNDS} times`);
  }
}

function painless(script: Script): object {
  return { lang: 'painless', ...script };
}

function numbersOf({ seqNo, primaryTerm }: Found): Readonly<Record<string, number>> {
  return { if_seq_no: seqNo, if_primary_term: primaryTerm };
}

function isMissing({ status }: Answer): boolean {
  return status === 404;
}

function isConflict({ status }: Answer): boolean {
  return status === 409;
}

function isConflictOrMissing(answer: Answer): boolean {
  return isConflict(answer) || isMissing(answer);
}
