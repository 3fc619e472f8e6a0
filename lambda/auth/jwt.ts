import type { AuthInfo } from '@modelcontextprotocol/server';

import type { HttpRequest } from '../host/http.ts';
import { isSecureUrl, JWT_ALGORITHMS } from '../wiring.ts';
import type { JwtAuthPolicy } from '../wiring.ts';
import type { Authenticator, AuthResult } from './authenticator.ts';
import { bearerCredentials } from './bearer-token.ts';
import * as challenge from './challenge.ts';
import { IssuerKeys, IssuerUnavailableError } from './issuer-keys.ts';
import { publishedScopes, resourceMetadataUrl, resourceUrl } from './resource.ts';
import { VerifiedTokens } from './verified-tokens.ts';
import type { VerifiedToken } from './verified-tokens.ts';
import { TokenRefusedError, verifyJwt } from './verify-jwt.ts';
import type { JwtRules } from './verify-jwt.ts';

/** Options of `jwtAuthenticator`. The defaults are for production. */
export interface JwtAuthenticatorOptions {
  /**
   * Seconds by which the clocks of issuer and server may differ, 0 to 60.
   *
   * @default - 60
   */
  readonly clockToleranceSeconds?: number;
  /**
   * How many verified tokens are remembered, each for a minute at most. 0 switches this off.
   *
   * @default - 1000
   */
  readonly rememberedTokens?: number;
  /**
   * Milliseconds for reading the issuer's metadata and keys.
   *
   * @default - 5000
   */
  readonly issuerTimeoutMs?: number;
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default - `Date.now`
   */
  readonly now?: () => number;
  /**
   * Told when the issuer's keys could not be read; the text holds the address and the fault.
   *
   * @default - `console.warn`
   */
  readonly warn?: (problem: string) => void;
}

/** Longer tokens are refused unread. Most hosts pass no more than 16 KiB of headers anyway. */
const MAX_TOKEN_LENGTH = 16 * 1024;
const MAX_CLOCK_TOLERANCE = 60;

/**
 * A resource server for OAuth 2.1 bearer tokens in the form of JWTs (RFC 9068, RFC 6750, MCP authorization 2026-07-28).
 *
 * The token is read from the `Authorization` header only. Refusals carry the challenge that lets a client find the issuer;
 * an issuer that cannot be reached is 503 with `Retry-After`.
 *
 * @throws {TypeError} when the policy could not be safe: an http issuer, a symmetric algorithm, no audience
 */
export function jwtAuthenticator(policy: JwtAuthPolicy, options: JwtAuthenticatorOptions = {}): Authenticator {
  return new JwtAuthenticator(policy, options);
}

class JwtAuthenticator implements Authenticator {
  readonly #issuer: string;
  readonly #scopes: readonly string[];
  readonly #rules: JwtRules;
  readonly #keys: IssuerKeys;
  readonly #verified: VerifiedTokens;

  constructor(policy: JwtAuthPolicy, options: JwtAuthenticatorOptions) {
    checkPolicy(policy);
    const { clockToleranceSeconds = MAX_CLOCK_TOLERANCE, now = Date.now, warn = console.warn } = options;
    if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= MAX_CLOCK_TOLERANCE)) {
      throw new TypeError(`clockToleranceSeconds must be 0 to ${MAX_CLOCK_TOLERANCE}, got ${clockToleranceSeconds}`);
    }
    this.#issuer = policy.issuer;
    this.#scopes = publishedScopes(policy);
    this.#rules = { policy, algorithms: policy.algorithms ?? JWT_ALGORITHMS, clockToleranceSeconds, now };
    this.#verified = new VerifiedTokens(options.rememberedTokens ?? 1000, now);
    this.#keys = new IssuerKeys({
      issuer: policy.issuer,
      jwksUri: policy.jwksUri,
      timeoutMs: options.issuerTimeoutMs ?? 5000,
      now,
      warn: (problem) => {
        warn(`Cannot read the keys of the issuer ${policy.issuer}: ${problem}`);
      },
    });
  }

  async authenticate(request: HttpRequest): Promise<AuthResult> {
    const context = { resourceMetadataUrl: resourceMetadataUrl(request.origin), scopes: this.#scopes };
    const credentials = bearerCredentials(request.headers.authorization);
    if (credentials.kind === 'absent') {
      return { refusal: challenge.credentialsMissing(context), reason: 'no bearer token' };
    }
    if (credentials.kind === 'malformed') {
      return { refusal: challenge.requestMalformed(context), reason: 'malformed Authorization header' };
    }
    let token: VerifiedToken;
    try {
      token = await this.#verify(credentials.token);
    } catch (error) {
      if (error instanceof IssuerUnavailableError) {
        return { refusal: challenge.checkUnavailable(error.retryAfterSeconds), reason: 'issuer unavailable' };
      }
      const reason = error instanceof TokenRefusedError ? error.message : 'unexpected failure of the check';
      return { refusal: challenge.tokenInvalid(context), reason };
    }
    if (!this.#scopes.every((scope) => token.scopes.includes(scope))) {
      return { refusal: challenge.scopeInsufficient(context), reason: 'scope missing' };
    }
    return { caller: this.#authInfo(credentials.token, token, request.origin) };
  }

  async #verify(token: string): Promise<VerifiedToken> {
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenRefusedError('token too long');
    const remembered = this.#verified.get(token);
    if (remembered) return remembered;
    const verified = await verifyJwt(token, this.#rules, this.#keys);
    this.#verified.add(token, verified);
    return verified;
  }

  /** New for each request: server code may change what it is given, and must not change it for the next caller. */
  #authInfo(token: string, verified: VerifiedToken, origin: string): AuthInfo {
    return {
      token,
      clientId: verified.clientId,
      scopes: [...verified.scopes],
      expiresAt: verified.expiresAt,
      resource: new URL(resourceUrl(origin)),
      resourceMetadataUrl: resourceMetadataUrl(origin),
      extra: { sub: verified.subject, iss: this.#issuer },
    };
  }
}

/** `readWiring` checks the same; a policy written in code does not pass there. */
function checkPolicy({ issuer, audience, algorithms, jwksUri }: JwtAuthPolicy): void {
  for (const address of [issuer, ...(jwksUri === undefined ? [] : [jwksUri])]) {
    if (!URL.canParse(address) || !isSecureUrl(new URL(address))) {
      throw new TypeError(
        `Issuer and jwksUri must be https URLs (http only on loopback), got ${JSON.stringify(address)}`,
      );
    }
  }
  if (audience.length === 0) throw new TypeError('The audience must not be empty: name the value of "aud" to accept');
  const odd = algorithms?.find((name) => !JWT_ALGORITHMS.includes(name));
  if (odd !== undefined || algorithms?.length === 0) {
    throw new TypeError(`Algorithms must be out of ${JWT_ALGORITHMS.join(', ')}, got ${JSON.stringify(odd ?? [])}`);
  }
}
