/** How a `RefreshingValue` loads and how long it trusts what it has. Durations are milliseconds. */
export interface RefreshingValueOptions<T> {
  /** Loads the value. Must bound its own time. */
  readonly load: () => Promise<T>;
  /** Younger than this, the value is used as it is. */
  readonly freshMs: number;
  /** Younger than this, the value is used while another one loads; older, callers wait for the load. */
  readonly lazyMs: number;
  /** Older than this, the value is not used even when loading fails. */
  readonly staleMs: number;
  /** Pause between loads when the last one failed, or when `renew` asks for more. */
  readonly retryMs: number;
  /**
   * Pause after a failed load when there is no value to fall back on.
   *
   * @default - as `retryMs`
   */
  readonly coldRetryMs?: number;
  /** Told about every failed load, also of those that no caller waits for. */
  readonly onError?: (error: unknown) => void;
  /**
   * The clock. Wall time on purpose: a frozen Lambda instance must notice that hours have passed.
   *
   * @default - `Date.now`
   */
  readonly now?: () => number;
}

/**
 * A value that lives elsewhere, kept near: loaded once for all who wait, refreshed behind their backs, and still there
 * when its source is not.
 */
export class RefreshingValue<T> {
  readonly #options: RefreshingValueOptions<T>;
  readonly #now: () => number;
  #held: { readonly value: T; readonly at: number } | undefined;
  #flight: Promise<T> | undefined;
  #lastEnd = -Infinity;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: RefreshingValueOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * The value.
   *
   * @throws what `load` threw, when there is no value young enough to fall back on
   */
  async get(): Promise<T> {
    const held = this.#held;
    if (!held) {
      if (this.#failure && !this.#flight && this.#pauseMs() > 0) throw this.#failure.error;
      return this.#reload();
    }
    const age = this.#now() - held.at;
    // A negative age means that the clock was set back: the true age is unknown.
    if (age >= 0 && age < this.#options.freshMs) return held.value;
    const usable = age >= 0 && age < this.#options.staleMs;
    if (this.#failure && !this.#flight && this.#pauseMs() > 0) {
      if (usable) return held.value;
      throw this.#failure.error;
    }
    const reload = this.#reload();
    if (age >= 0 && age < this.#options.lazyMs) {
      reload.catch(() => undefined); // reported through onError
      return held.value;
    }
    try {
      return await reload;
    } catch (error) {
      if (usable) return held.value;
      throw error;
    }
  }

  /**
   * A newer value than one that proved too old (an unknown key id, say). Loads at most once per `retryMs`, so that callers
   * who make up ids cannot make this process hammer the source.
   *
   * @returns undefined when there is none yet
   * @throws what `load` threw, when the last attempt failed: nobody knows whether there is a newer value
   */
  async renew(seen: T): Promise<T | undefined> {
    if (this.#held && this.#held.value !== seen) return this.#held.value;
    if (!this.#flight && this.#pauseMs() > 0) {
      if (this.#failure) throw this.#failure.error;
      return undefined;
    }
    return this.#reload();
  }

  /** Whole seconds until another attempt makes sense; at least 1. */
  retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#pauseMs() / 1000));
  }

  #pauseMs(): number {
    const { retryMs, coldRetryMs = retryMs } = this.#options;
    const pause = this.#held ? retryMs : coldRetryMs;
    const passed = this.#now() - this.#lastEnd;
    return passed < 0 ? 0 : pause - passed;
  }

  #reload(): Promise<T> {
    this.#flight ??= this.#load().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #load(): Promise<T> {
    try {
      const value = await this.#options.load();
      this.#failure = undefined;
      this.#held = { value, at: this.#now() };
      return value;
    } catch (error) {
      this.#failure = { error };
      this.#options.onError?.(error);
      throw error;
    } finally {
      this.#lastEnd = this.#now();
    }
  }
}
