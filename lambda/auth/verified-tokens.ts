import { hash } from 'node:crypto';

/** What a verified token says, as far as the server wants to know. */
export interface VerifiedToken {
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Longest time that a verification is trusted, in milliseconds: a key that the issuer withdraws is out after this. */
const MAX_AGE_MS = 60_000;

/**
 * Tokens that were verified a moment ago: a signature costs 100 µs and more, a look-up one or two. Keys are hashes, so
 * that the process keeps no list of bearer tokens. Only good tokens enter, so garbage cannot fill it.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, { readonly verified: VerifiedToken; readonly until: number }>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(capacity: number, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(token: string): VerifiedToken | undefined {
    const key = digest(token);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const left = entry.until - this.#now();
    // More left than there can be: the clock was set back.
    if (left > 0 && left <= MAX_AGE_MS) return entry.verified;
    this.#entries.delete(key);
    return undefined;
  }

  /** Keeps the token until it expires, a minute at most. One that lives on clock tolerance alone is not kept. */
  add(token: string, verified: VerifiedToken): void {
    const until = Math.min(verified.expiresAt * 1000, this.#now() + MAX_AGE_MS);
    if (until <= this.#now() || this.#capacity < 1) return;
    if (this.#entries.size >= this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(digest(token), { verified, until });
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
