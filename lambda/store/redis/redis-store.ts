import { createHash } from 'node:crypto';

import { compoundKey } from '../compound-key.ts';
import { CorruptEntryError, StoreUnavailableError } from '../errors.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import type { Place, StoredEntry } from '../local-store.ts';
import { isExpired, loadEntry, type ManagedEntry, wrapJson } from '../managed-entry.ts';
import { mapLimit } from '../map-limit.ts';
import { ReadEntry } from '../read-entry.ts';
import { type Removed, RemoteStore, type Write } from '../remote-store.ts';
import type { Connect, Login, RedisConnection } from './connection.ts';
import { ReplyFault } from './faults.ts';
import { RedisLink } from './link.ts';
import { type Script, TAKE, WRITE_IF } from './scripts.ts';
import { takenEntry } from './tombstone.ts';

export interface RedisStoreProps {
  /** What messages call the server: `redis at host:6379`. */
  readonly where: string;
  /** Opens a connection, at the first call. */
  readonly connect: Connect;
  readonly login?: Login;
  /** Whether keys are spread over nodes, so that no command can name two of them. */
  readonly cluster: boolean;
  /** Whether acknowledged writes survive a failover. */
  readonly durable: boolean;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

/** Commands of one call under way at a time; they share a connection, so that more would not be faster. */
const PARALLEL = 64;
/** Milliseconds that a tombstone stays: longer than any call goes on. */
const TOMBSTONE = 60_000;
/** Entries that expire just when `putIfAbsent` looks at them, before it gives up. */
const EXPIRED_IN_A_ROW = 5;

/**
 * Entries in Redis or Valkey in the layout of py-key-value's RedisStore and ValkeyStore: one string for each, under
 * `collection::key`. The atomic verbs are scripts that touch one key, so that they work in clusters too.
 */
export class RedisStore extends RemoteStore {
  readonly capabilities: StoreCapabilities;
  readonly #link: RedisLink;
  readonly #cluster: boolean;

  constructor(props: RedisStoreProps) {
    super(props.now);
    this.#link = new RedisLink(props);
    this.#cluster = props.cluster;
    this.capabilities = {
      putIfAbsent: true,
      take: true,
      compareAndSet: true,
      durable: props.durable,
      shared: true,
    };
  }

  protected async read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]> {
    const [first] = places;
    if (places.length === 1 && first) return [load(await this.#send(compoundKey(first), 'GET'))];
    if (this.#cluster)
      return mapLimit(places, PARALLEL, async (place) => load(await this.#send(compoundKey(place), 'GET')));
    const keys = places.map(compoundKey);
    const values = await this.#link.call((connection) => connection.send(keys[0] ?? '', ['MGET', ...keys]));
    return (values as unknown[]).map(load);
  }

  protected async write(writes: readonly Write[]): Promise<void> {
    const set = ({ place, entry }: Write): Promise<unknown> => {
      const seconds = this.#seconds(entry.expiresAt);
      const rest = seconds === '' ? [] : ['EX', seconds];
      return this.#send(compoundKey(place), 'SET', wrapJson(entry, place), ...rest);
    };
    const [first] = writes;
    if (writes.length === 1 && first) await set(first);
    else await mapLimit(writes, PARALLEL, set);
  }

  protected async remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    return mapLimit(places, PARALLEL, async (place) => {
      const stored = await this.#send(compoundKey(place), 'GETDEL');
      return typeof stored === 'string' ? removed(stored) : undefined;
    });
  }

  protected create(write: Write, mark: string): Promise<boolean> {
    const text = marked(write, mark);
    return this.#link.call(async (connection, maybeApplied) => {
      let replaceable = '';
      for (let attempt = 0; attempt < EXPIRED_IN_A_ROW; attempt++) {
        const there = await this.#writeIf(connection, write, text, { sha: replaceable, orAbsent: true });
        if (typeof there !== 'string' || takenEntry(there) === text) return true;
        const { createdAt, expiresAt } = loadEntry(there);
        if (!isExpired({ expiresAt }, this.now())) {
          // Another entry, which may have replaced the one whose answer was lost: unless it is older.
          if (maybeApplied && !(createdAt !== undefined && createdAt < write.entry.createdAt)) throw lost();
          return false;
        }
        replaceable = sha1(there);
      }
      throw new StoreUnavailableError('an entry kept expiring and coming back; put it again later');
    });
  }

  protected async extract(place: Place, mark: string): Promise<ManagedEntry | undefined> {
    const key = compoundKey(place);
    const stored = await this.#link.call((connection) => run(connection, TAKE, key, [mark, String(TOMBSTONE)]));
    return load(stored)?.entry;
  }

  protected async swap(write: Write, version: string, mark: string): Promise<boolean> {
    const [sha = '', end = ''] = version.split('-');
    if (isExpired({ expiresAt: end === '' ? undefined : Number(end) }, this.now())) return false;
    const text = marked(write, mark);
    return this.#link.call(async (connection, maybeApplied) => {
      const there = await this.#writeIf(connection, write, text, { sha, orAbsent: false });
      if (there === undefined || (there !== null && takenEntry(there) === text)) return true;
      if (maybeApplied) throw lost();
      return false;
    });
  }

  protected disconnect(): Promise<void> {
    return this.#link.close();
  }

  #send(key: string, command: string, ...args: readonly string[]): Promise<unknown> {
    return this.#link.call((connection) => connection.send(key, [command, key, ...args]));
  }

  /** @returns undefined when it wrote, else what is there: null for nothing, where that is not allowed */
  async #writeIf(
    connection: RedisConnection,
    { place, entry }: Write,
    text: string,
    { sha, orAbsent }: { readonly sha: string; readonly orAbsent: boolean },
  ): Promise<string | null | undefined> {
    const args = [text, this.#seconds(entry.expiresAt), sha, orAbsent ? '1' : ''];
    const answer = await run(connection, WRITE_IF, compoundKey(place), args);
    return typeof answer === 'string' || answer === null ? answer : undefined;
  }

  /** Whole seconds, rounded up: readers look at the entry's own date, which must not be there no more before. */
  #seconds(expiresAt: number | undefined): string {
    return expiresAt === undefined ? '' : String(Math.max(1, Math.ceil((expiresAt - this.now()) / 1000)));
  }
}

/** The entry with a member that Python ignores: two writers of one value at one moment must not take each other's for theirs. */
function marked({ place, entry }: Write, mark: string): string {
  return `${wrapJson(entry, place).slice(0, -1)}, "mark": "${mark}"}`;
}

function load(stored: unknown): StoredEntry | undefined {
  if (typeof stored !== 'string') return undefined;
  const entry = loadEntry(stored);
  return new ReadEntry(entry, () => `${sha1(stored)}-${entry.expiresAt ?? ''}`);
}

function removed(stored: string): Removed {
  try {
    return loadEntry(stored);
  } catch (error) {
    if (error instanceof CorruptEntryError) return 'unreadable';
    throw error;
  }
}

/** Runs a script that the server knows by now, or tells it the script. */
async function run(
  connection: RedisConnection,
  script: Script,
  key: string,
  args: readonly string[],
): Promise<unknown> {
  try {
    return await connection.send(key, ['EVALSHA', script.sha, '1', key, ...args]);
  } catch (error) {
    const fault = connection.fault(error);
    if (!(fault instanceof ReplyFault && fault.message.startsWith('NOSCRIPT'))) throw error;
    return connection.send(key, ['EVAL', script.text, '1', key, ...args]);
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

function lost(): StoreUnavailableError {
  return new StoreUnavailableError('the answer was lost, and the entry was written by others since: nobody can tell');
}
