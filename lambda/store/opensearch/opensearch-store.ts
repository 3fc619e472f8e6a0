import type { CredentialsSource } from '../credentials/store-credentials.ts';
import { StoreRejectedError, StoreThrottledError } from '../errors.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import type { Place, StoredEntry } from '../local-store.ts';
import { isExpired, type ManagedEntry } from '../managed-entry.ts';
import { appliedAfter, marksAfter } from '../marks.ts';
import { ReadEntry } from '../read-entry.ts';
import { RemoteStore, type Removed, type Write } from '../remote-store.ts';
import { Batches } from './batches.ts';
import { ByScript } from './by-script.ts';
import { Calls } from './calls.ts';
import { entryOf, marksOf, takenBy } from './document.ts';
import { Documents } from './documents.ts';
import { hasEnded, InTwoSteps, numbersOf } from './in-two-steps.ts';
import { Indexes } from './indexes.ts';
import { LIMITS } from './limits.ts';
import type { Sanitization } from './names.ts';
import type { Product } from './url.ts';
import { readVersion, versionOf } from './version.ts';
import type { Wire } from './wire.ts';

export interface OpenSearchStoreProps {
  readonly product: Product;
  /** What the names of all indexes begin with: in lower case, except with `v0`. */
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
   * How all names are made.
   *
   * @default - only those that the server would refuse are, as with `v1`
   */
  readonly sanitize?: Sanitization | undefined;
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
  readonly #documents: Documents;
  readonly #byScript: ByScript;
  readonly #inTwoSteps: InTwoSteps;

  constructor(props: OpenSearchStoreProps) {
    super(props.now);
    const { product, indexPrefix, connect, credentials, serverless = false, sanitize, searchable = false } = props;
    const atomic = !serverless;
    this.capabilities = { putIfAbsent: atomic, take: atomic, compareAndSet: atomic, durable: true, shared: true };
    const calls = new Calls({ connect, product, ...(credentials && { credentials }) });
    const indexes = new Indexes({ calls, product, indexPrefix, sanitize, searchable });
    const batches = new Batches(calls, indexes);
    const documents = new Documents({ product, calls, indexes, batches });
    this.#product = product;
    this.#calls = calls;
    this.#indexes = indexes;
    this.#documents = documents;
    this.#byScript = new ByScript({ calls, indexes, batches, enabled: atomic });
    this.#inTwoSteps = new InTwoSteps({ product, documents, batches });
  }

  protected async read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]> {
    return (await this.#documents.find(places)).map((found) => {
      if (!found || takenBy(found.source) !== undefined) return undefined;
      const entry = entryOf(found.source, this.#product);
      return new ReadEntry(entry, () => versionOf(found, entry.expiresAt));
    });
  }

  protected async write(writes: readonly Write[]): Promise<void> {
    const [first] = writes;
    if (first && writes.length === 1) await this.#documents.put(first);
    else await this.#documents.putMany(writes);
  }

  protected async remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    const [first] = places;
    if (!first) return [];
    await this.#indexes.prepare(first.collection);
    return (await this.#byScript.remove(places, this.now())) ?? (await this.#inTwoSteps.remove(places, this.now()));
  }

  protected async create(write: Write, mark: string): Promise<boolean> {
    this.#mustBeAtomic('putIfAbsent');
    return this.#rounds('putIfAbsent', async () => {
      const created = await this.#documents.create(write, mark);
      if (created.status !== 409) return true;
      const [found] = await this.#documents.find([write.place]);
      if (!found) return undefined; // deleted since
      if (marksOf(found.source).includes(mark)) return true; // written before its answer was lost
      if (!hasEnded(found, this.#product, this.now())) return false;
      const replaced = await this.#documents.replace('putIfAbsent', write, mark, numbersOf(found));
      return replaced.status < 300 ? true : undefined;
    });
  }

  protected async extract(place: Place, mark: string): Promise<ManagedEntry | undefined> {
    this.#mustBeAtomic('take');
    await this.#indexes.prepare(place.collection);
    const now = this.now();
    const taken = await this.#rounds('take', () => {
      return (this.#byScript.enabled ? this.#byScript : this.#inTwoSteps).take(place, mark, now);
    });
    return taken === 'nothing' ? undefined : entryOf(taken.source, this.#product);
  }

  protected async swap(write: Write, version: string, mark: string): Promise<boolean> {
    this.#mustBeAtomic('compareAndSet');
    const read = readVersion(version);
    if (!read || isExpired({ expiresAt: read.expiresAt }, this.now())) return false;
    const numbers = { if_seq_no: read.seqNo, if_primary_term: read.primaryTerm };
    const answer = await this.#documents.replace('compareAndSet', write, marksAfter(mark, read.marks), numbers);
    if (answer.status < 300) return true;
    if (!answer.repeated) return false;
    const [found] = await this.#documents.find([write.place]);
    if (found && versionOf(found, read.expiresAt) === version) return false; // nothing came of any attempt
    return appliedAfter(read.marks, mark, found ? marksOf(found.source) : []);
  }

  protected disconnect(): Promise<void> {
    return this.#calls.close();
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
