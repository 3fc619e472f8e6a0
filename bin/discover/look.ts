import type { DiscoverAction } from './actions.ts';
import { DISCOVER_ACTIONS } from './actions.ts';
import { fatalFault, whyNot } from './faults.ts';

/** What was not looked at, and why. */
export interface NotLooked {
  readonly action: DiscoverAction;
  readonly why: string;
  /** Names of what it was asked about; empty for lists. */
  readonly resources: readonly string[];
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** A list, or what of it could be read. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly complete: boolean;
}

/** For each call: what ends it, in the options of the SDK's `send`. */
export interface SendOptions {
  readonly abortSignal: AbortSignal;
}

export interface LookOptions {
  readonly region: string;
  readonly limit: number;
  /** Seconds. */
  readonly timeout: number;
}

/** Asks a cloud within bounds: of resources for each list, and of time for all. A call that fails is noted and hides no other. */
export class Look {
  readonly limit: number;
  readonly region: string;
  readonly #signal: AbortSignal;
  readonly #timeout: number;
  readonly #notLooked = new Map<string, { action: DiscoverAction; why: string; resources: string[] }>();
  readonly #bounded: string[] = [];

  constructor({ region, limit, timeout }: LookOptions, signal: AbortSignal) {
    this.region = region;
    this.limit = limit;
    this.#timeout = timeout;
    this.#signal = signal;
  }

  /** What could not be asked, each reason once, in an order that does not depend on which answer came first. */
  get notLooked(): readonly NotLooked[] {
    const place = ({ action }: NotLooked): number => DISCOVER_ACTIONS.indexOf(action);
    return [...this.#notLooked.values()]
      .map((note) => ({ ...note, resources: [...note.resources].sort() }))
      .sort((one, other) => place(one) - place(other));
  }

  /** Lists that were longer than the limit, such as `tables`. */
  get bounded(): readonly string[] {
    return this.#bounded;
  }

  /**
   * @returns the answer, or undefined when there was none, which is noted
   * @throws {UsageError} when no other call can succeed either
   */
  async ask<T>(
    action: DiscoverAction,
    resource: string | undefined,
    call: (options: SendOptions) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      this.#signal.throwIfAborted();
      return await call({ abortSignal: this.#signal });
    } catch (error) {
      const stopped = this.#signal.aborted ? `stopped after ${this.#timeout} s` : undefined;
      const fatal = stopped === undefined ? fatalFault(error, this.region) : undefined;
      if (fatal) throw fatal;
      this.#note(action, stopped ?? whyNot(error), resource);
      return undefined;
    }
  }

  /** All pages of a list, up to the limit; what was read before a fault is kept. */
  async list<T>(
    action: DiscoverAction,
    what: string,
    page: (next: string | undefined, options: SendOptions) => Promise<Page<T>>,
  ): Promise<Listed<T>> {
    const items: T[] = [];
    let next: string | undefined;
    for (let pages = 0; pages <= this.limit; pages++) {
      const got = await this.ask(action, undefined, (options) => page(next, options));
      if (!got) return { items: items.slice(0, this.limit), complete: false };
      items.push(...got.items);
      next = got.next;
      if (next === undefined || items.length >= this.limit) break;
    }
    const complete = next === undefined && items.length <= this.limit;
    if (!complete) this.#bounded.push(what);
    return { items: items.slice(0, this.limit), complete };
  }

  #note(action: DiscoverAction, why: string, resource: string | undefined): void {
    const key = `${action} ${why}`;
    const note = this.#notLooked.get(key) ?? { action, why, resources: [] };
    this.#notLooked.set(key, note);
    if (resource !== undefined) note.resources.push(resource);
  }
}
