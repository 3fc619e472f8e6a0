import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';

import { RefreshingValue } from '../keys/refreshing-value.ts';
import { isSecureUrl } from '../wiring.ts';
import { fetchJson, FetchJsonError } from './fetch-json.ts';

/** The issuer's public keys, in the form that `jose` takes. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Nobody can tell now whether a token is good. The answer to that is 503, never 401. */
export class IssuerUnavailableError extends Error {
  readonly retryAfterSeconds: number;
  constructor(problem: string, retryAfterSeconds: number) {
    super(`The issuer's keys cannot be read: ${problem}`);
    this.name = 'IssuerUnavailableError';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Where an issuer's keys are and how patiently they are fetched. */
export interface IssuerKeysOptions {
  readonly issuer: string;
  /**
   * Address of the key set.
   *
   * @default - `jwks_uri` of the issuer's metadata
   */
  readonly jwksUri?: string;
  /** Milliseconds for reading metadata and keys together. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told in words when the keys could not be read, also when old ones still serve. */
  readonly warn: (problem: string) => void;
}

const MINUTE = 60_000;
/** Larger key sets and metadata are refused: the largest public issuers stay under 32 KiB. */
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

/**
 * The keys of one issuer. Ten minutes old they are renewed behind the callers' backs, and while the issuer is down the old
 * ones serve for a day. A key id that they lack is asked for at most every 30 seconds.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #keys: RefreshingValue<KeySet>;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    this.#keys = new RefreshingValue({
      load: () => this.#load(),
      freshMs: 10 * MINUTE,
      lazyMs: 60 * MINUTE,
      staleMs: 24 * 60 * MINUTE,
      retryMs: 30_000,
      coldRetryMs: 5_000,
      now: options.now,
      onError: (error) => {
        options.warn(describe(error));
      },
    });
  }

  /** @throws {IssuerUnavailableError} when there are no keys to check with */
  current(): Promise<KeySet> {
    return this.#orUnavailable(() => this.#keys.get());
  }

  /**
   * A newer set than one in which a key was missing.
   *
   * @returns undefined when the issuer was asked a moment ago: the key does not exist
   * @throws {IssuerUnavailableError} when the issuer could not be asked
   */
  newer(than: KeySet): Promise<KeySet | undefined> {
    return this.#orUnavailable(() => this.#keys.renew(than));
  }

  async #orUnavailable<R>(read: () => Promise<R>): Promise<R> {
    try {
      return await read();
    } catch (error) {
      throw new IssuerUnavailableError(describe(error), this.#keys.retryAfterSeconds());
    }
  }

  async #load(): Promise<KeySet> {
    const deadline = Date.now() + this.#options.timeoutMs;
    const read = (url: URL): Promise<unknown> =>
      fetchJson(url, { timeoutMs: Math.max(1, deadline - Date.now()), maxBytes: MAX_BYTES });
    const address = this.#options.jwksUri ?? (await discoverJwksUri(this.#options.issuer, read));
    const document = await read(new URL(address));
    const keys = (document as { readonly keys?: unknown } | null)?.keys;
    if (!Array.isArray(keys) || keys.length === 0) throw new Error('the key set has no keys');
    if (keys.length > MAX_KEYS) throw new Error(`the key set has more than ${MAX_KEYS} keys`);
    return createLocalJWKSet(document as JSONWebKeySet);
  }
}

/**
 * Finds `jwks_uri` in the issuer's metadata, in the order of the MCP specification (2026-07-28, authorization server
 * discovery): RFC 8414 with the path inserted, then OpenID Connect with the path inserted, then appended.
 */
async function discoverJwksUri(issuer: string, read: (url: URL) => Promise<unknown>): Promise<string> {
  const problems: string[] = [];
  for (const url of metadataUrls(issuer)) {
    let document: unknown;
    try {
      document = await read(url);
    } catch (error) {
      // An issuer that answers may have the document elsewhere; one that does not answer is down.
      if (!(error instanceof FetchJsonError) || error.status === undefined) throw error;
      problems.push(error.message);
      continue;
    }
    const { issuer: named, jwks_uri: jwksUri } = (document ?? {}) as Readonly<Record<string, unknown>>;
    if (named !== issuer) {
      problems.push(`${url.href}: names another issuer`);
    } else if (typeof jwksUri !== 'string' || !isAcceptable(jwksUri, issuer)) {
      problems.push(`${url.href}: has no https "jwks_uri"`);
    } else {
      return jwksUri;
    }
  }
  throw new Error(problems.join('; '));
}

/** An https issuer must not send the server to plain http, not even on its own machine. */
function isAcceptable(jwksUri: string, issuer: string): boolean {
  if (!URL.canParse(jwksUri)) return false;
  const url = new URL(jwksUri);
  return url.protocol === 'https:' || (isSecureUrl(url) && new URL(issuer).protocol === 'http:');
}

function metadataUrls(issuer: string): URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const urls = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  return [...new Set(urls)].map((url) => new URL(url));
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}
