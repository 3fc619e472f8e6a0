import { StoreUnavailableError } from '../errors.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import type { Place, StoredEntry } from '../local-store.ts';
import { isExpired, loadEntry, type ManagedEntry } from '../managed-entry.ts';
import { RemoteStore, type Removed, type Write } from '../remote-store.ts';
import {
  getsCommand,
  hasMark,
  type Held,
  heldOf,
  type Item,
  itemOf,
  storeCommand,
  takenItem,
  wasDeleted,
  wasStored,
} from './commands.ts';
import type { Address } from './connection.ts';
import { gets, removedOf, storedEntry, versionOf } from './held-entry.ts';
import { type KeyRule, storedKey } from './keys.ts';
import { NodeCalls } from './node-calls.ts';
import { DiscoveredServers, OneServer } from './servers.ts';

export interface MemcachedStoreProps {
  /** Where the server is; asked before each connection is made. */
  readonly address: () => Promise<Address>;
  /**
   * Whether the address is the configuration endpoint of a cluster, which tells its nodes.
   *
   * @default false
   */
  readonly discovery?: boolean;
  /**
   * What is done with keys that are long, or that the protocol cannot hold.
   *
   * @default 'fit'
   */
  readonly keys?: KeyRule;
  /**
   * Largest item that the server takes, in bytes of key and entry.
   *
   * @default 1048576, what memcached takes when it is not told otherwise
   */
  readonly maxItemBytes?: number;
  /**
   * Milliseconds for a connection to be made, and as many for each answer.
   *
   * @default 1000
   */
  readonly timeoutMs?: number;
  /**
   * Calls that may wait for one server; more are refused at once.
   *
   * @default 2000
   */
  readonly maxPending?: number;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

/**
 * Entries in memcached, in the layout of py-key-value's MemcachedStore. A cache: entries go when memory is short, and all of
 * them with the server.
 *
 * The commands used are those that every version has: `gets`, `set`, `add`, `cas` and `delete`. Nothing there gets and
 * deletes in one step, so `take` reads the entry and, if it is still the same (`cas`), puts an expired one in its place.
 */
export class MemcachedStore extends RemoteStore {
  readonly capabilities: StoreCapabilities = {
    putIfAbsent: true,
    take: true,
    compareAndSet: true,
    durable: false,
    shared: true,
    evicts: true,
  };
  readonly #calls: NodeCalls;
  readonly #keys: KeyRule;
  readonly #limit: number;

  constructor(props: MemcachedStoreProps) {
    super(props.now);
    const limits = { timeoutMs: props.timeoutMs ?? 1_000, maxPending: props.maxPending ?? 2_000 };
    const servers = props.discovery
      ? new DiscoveredServers(props.address, limits)
      : new OneServer(props.address, limits);
    this.#calls = new NodeCalls(servers, limits.timeoutMs);
    this.#keys = props.keys ?? 'fit';
    this.#limit = props.maxItemBytes ?? 1_048_576;
  }

  protected async read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]> {
    const keys = places.map((place) => this.#key(place));
    const held = new Map<string, Held>();
    await this.#calls.each(keys, true, async (node, ofNode) => {
      for (const [key, found] of await gets(node, ofNode)) held.set(key, found);
    });
    return keys.map((key) => storedEntry(held.get(key)));
  }

  protected async write(writes: readonly Write[]): Promise<void> {
    const now = this.now();
    const items = new Map<string, Item>();
    for (const write of writes) {
      const key = this.#key(write.place);
      items.set(key, itemOf(write, key, this.#limit, now));
    }
    await this.#calls.each([...items.keys()], false, async (node, keys) => {
      let text = '';
      for (const key of keys) text += storeCommand('set', key, items.get(key) as Item);
      const replies = await node.call(text, keys.length);
      for (const [index, key] of keys.entries()) wasStored(replies[index], items.get(key) as Item, this.#limit);
    });
  }

  /** Whether an entry was alive is known by its text only, which is read in the same round trip. */
  protected async remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    const keys = places.map((place) => this.#key(place));
    const removed = new Map<string, Removed>();
    await this.#calls.each(keys, false, async (node, ofNode) => {
      const reading = getsCommand(ofNode);
      const deletes = ofNode.map((key) => `delete ${key}\r\n`).join('');
      const replies = await node.call(reading.text + deletes, reading.count + ofNode.length);
      const held = heldOf(replies.slice(0, reading.count));
      for (const [index, key] of ofNode.entries()) {
        if (wasDeleted(replies[reading.count + index])) removed.set(key, removedOf(held.get(key)));
      }
    });
    return keys.map((key) => removed.get(key));
  }

  /** Others may have removed what a lost attempt has written: only of `take` and `compareAndSet` repetitions always know. */
  protected create(write: Write, mark: string): Promise<boolean> {
    const key = this.#key(write.place);
    const item = itemOf(write, key, this.#limit, this.now(), mark);
    return this.#calls.rounds(key, false, async (node) => {
      const [added] = await node.call(storeCommand('add', key, item), 1);
      if (wasStored(added, item, this.#limit)) return { done: true };
      const held = (await gets(node, [key])).get(key);
      if (!held) return undefined;
      if (hasMark(held.text, mark)) return { done: true };
      if (!isExpired(loadEntry(held.text), this.now())) return { done: false };
      const [replaced] = await node.call(storeCommand('cas', key, item, held.cas), 1);
      return wasStored(replaced, item, this.#limit) ? { done: true } : undefined;
    });
  }

  protected extract(place: Place, mark: string): Promise<ManagedEntry | undefined> {
    const key = this.#key(place);
    const item = takenItem(place, this.now(), mark);
    /** What this call has tried to take, without having heard whether it did. */
    let tried: (Held & { readonly entry: ManagedEntry }) | undefined;
    return this.#calls.rounds(key, true, async (node) => {
      const held = (await gets(node, [key])).get(key);
      if (tried && held?.cas !== tried.cas) {
        if (held && hasMark(held.text, mark)) return { done: tried.entry };
        throw unknown();
      }
      const entry = held && loadEntry(held.text);
      if (!held || !entry || isExpired(entry, this.now())) return { done: undefined };
      const again = tried !== undefined;
      tried = { ...held, entry };
      const [taken] = await node.call(storeCommand('cas', key, item, held.cas), 1);
      if (wasStored(taken, item, this.#limit)) return { done: entry };
      // Somebody else was faster, or the attempt whose answer was lost: it may have arrived only now. The next round tells.
      if (!again) tried = undefined;
      return undefined;
    });
  }

  protected swap(write: Write, version: string, mark: string): Promise<boolean> {
    const key = this.#key(write.place);
    const item = itemOf(write, key, this.#limit, this.now(), mark);
    let sent = false;
    return this.#calls.rounds(key, true, async (node) => {
      const held = (await gets(node, [key])).get(key);
      if (!held || versionOf(held) !== version) {
        if (!sent) return { done: false };
        if (held && hasMark(held.text, mark)) return { done: true };
        throw unknown();
      }
      if (isExpired(loadEntry(held.text), this.now())) return { done: false };
      const again = sent;
      sent = true;
      const [stored] = await node.call(storeCommand('cas', key, item, held.cas), 1);
      const wrote = wasStored(stored, item, this.#limit);
      return wrote || !again ? { done: wrote } : undefined; // as in a take
    });
  }

  protected disconnect(): Promise<void> {
    this.#calls.close();
    return Promise.resolve();
  }

  #key(place: Place): string {
    return storedKey(place, this.#keys);
  }
}

function unknown(): StoreUnavailableError {
  return new StoreUnavailableError('an answer of memcached was lost, and the entry was changed since: nobody can tell');
}
