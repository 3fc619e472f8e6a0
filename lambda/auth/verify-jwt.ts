import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyOptions } from 'jose';

import type { JwtAuthPolicy } from '../wiring.ts';
import type { IssuerKeys, KeySet } from './issuer-keys.ts';
import type { VerifiedToken } from './verified-tokens.ts';

/** What a token is checked against. */
export interface JwtRules {
  readonly policy: JwtAuthPolicy;
  readonly algorithms: readonly string[];
  /** Seconds by which clocks may differ. */
  readonly clockToleranceSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A token that is not accepted. The reason is for logs; it holds nothing of the token. */
export class TokenRefusedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'TokenRefusedError';
  }
}

/** Media types of access tokens: RFC 9068, and the general one. Absent is common. */
const TYPES: readonly string[] = ['at+jwt', 'jwt'];
/** Keys without an id are tried one after the other; more than these make a token too dear to check. */
const MAX_CANDIDATES = 16;

/**
 * Checks a token against the policy and the issuer's keys. Keys come from the issuer alone: `jwk`, `jku`, `x5u` and `x5c`
 * in the token's header are not looked at, and `kid` is only compared.
 *
 * @throws {TokenRefusedError} when the token is not good
 * @throws {IssuerUnavailableError} when nobody can tell
 */
export async function verifyJwt(token: string, rules: JwtRules, keys: IssuerKeys): Promise<VerifiedToken> {
  try {
    const kid = checkUnverified(token, rules);
    return readClaims(await checkSignature(token, kid, rules, keys));
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new TokenRefusedError(reasonOf(error));
    throw error;
  }
}

/**
 * What can be said before any key is looked at. Nothing is trusted yet, but a token that cannot be good must not cost a
 * signature check, nor make this server call the issuer.
 *
 * @returns the key id
 */
function checkUnverified(token: string, { policy, algorithms }: JwtRules): string | undefined {
  let header: ReturnType<typeof decodeProtectedHeader>;
  let claims: JWTPayload;
  try {
    header = decodeProtectedHeader(token);
    claims = decodeJwt(token);
  } catch {
    throw new TokenRefusedError('not a JWT');
  }
  if (!isCanonical(token.slice(token.lastIndexOf('.') + 1))) throw new TokenRefusedError('not a JWT');
  const { alg, typ, crit, kid } = header as Readonly<Record<string, unknown>>;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw new TokenRefusedError('algorithm not allowed');
  if (typ !== undefined) {
    const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
    if (!TYPES.includes(type)) throw new TokenRefusedError('not the type of an access token');
  }
  if (crit !== undefined) throw new TokenRefusedError('critical extension not understood');
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefusedError('key id is not a string');
  if (claims.iss !== policy.issuer) throw new TokenRefusedError('another issuer');
  return kid;
}

/**
 * Whether a signature is written in the one way that RFC 7515 allows. The decoder also takes padding and loose last bits,
 * which would let one token be written in several ways.
 */
function isCanonical(signature: string): boolean {
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

async function checkSignature(
  token: string,
  kid: string | undefined,
  rules: JwtRules,
  keys: IssuerKeys,
): Promise<JWTPayload> {
  const keySet = await keys.current();
  try {
    return await verifyWith(keySet, token, rules);
  } catch (error) {
    // A key that the issuer has begun to use since. Without an id, a new key shows only as a bad signature.
    const mayBeNewKey =
      error instanceof errors.JWKSNoMatchingKey ||
      (kid === undefined && error instanceof errors.JWSSignatureVerificationFailed);
    if (!mayBeNewKey) throw error;
    const newer = await keys.newer(keySet);
    if (!newer) throw error;
    return verifyWith(newer, token, rules);
  }
}

async function verifyWith(keySet: KeySet, token: string, rules: JwtRules): Promise<JWTPayload> {
  const options: JWTVerifyOptions = {
    algorithms: [...rules.algorithms],
    issuer: rules.policy.issuer,
    audience: [...rules.policy.audience],
    clockTolerance: rules.clockToleranceSeconds,
    currentDate: new Date(rules.now()),
    requiredClaims: ['exp', 'sub'],
  };
  try {
    return (await jwtVerify(token, keySet, options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      let tried = 0;
      for await (const key of error) {
        if (++tried > MAX_CANDIDATES) break;
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (inner) {
          if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
    // Not about the token: a published key that cannot be used, such as RSA with fewer than 2048 bits.
    throw new TokenRefusedError('the key of the token cannot be used');
  }
}

function readClaims(claims: JWTPayload): VerifiedToken {
  const { sub, exp } = claims;
  if (!isText(sub)) throw new TokenRefusedError('claim "sub" is not a non-empty string');
  if (exp === undefined || !Number.isFinite(exp)) throw new TokenRefusedError('claim "exp" is not a finite number');
  // Cognito's ID tokens carry the client id as audience; they are for the client, not for a server.
  if (claims.token_use !== undefined && claims.token_use !== 'access') {
    throw new TokenRefusedError('claim "token_use" is not "access"');
  }
  const clientId = [claims.client_id, claims.azp, sub].find(isText) ?? sub;
  return { clientId, subject: sub, scopes: readScopes(claims), expiresAt: exp };
}

/** Scopes of the claims `scope` (RFC 9068) and `scp` (Entra ID, Okta), each as one string or as a list. */
function readScopes({ scope, scp }: JWTPayload): string[] {
  const texts = [scope, scp].flat().filter((item): item is string => typeof item === 'string');
  return [...new Set(texts.flatMap((text) => text.split(' ')).filter((item) => item !== ''))];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'not yet valid';
    return error.claim === 'aud' ? 'another audience' : `claim "${error.claim}" missing or malformed`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad signature';
  return 'malformed token';
}
