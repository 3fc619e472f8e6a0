import { Token } from 'aws-cdk-lib';

import type { JwtAuthPolicy } from '../../lambda/wiring.ts';
import { isSecureUrl, JWT_ALGORITHMS, SCOPE_PATTERN } from '../../lambda/wiring.ts';

/** Properties of `McpAuth.jwt()`. */
export interface JwtAuthProps {
  /**
   * Issuer of the tokens: an HTTPS URL, exactly as in their `iss` claim. Plain HTTP is accepted for this machine only.
   */
  readonly issuer: string;
  /** What tokens must name in their `aud` claim (RFC 8707): usually the URL of the server. */
  readonly audience: string;
  /**
   * Further values of `aud` that are accepted.
   *
   * @default - only `audience`
   */
  readonly additionalAudiences?: string[];
  /**
   * Scopes that every call needs.
   *
   * @default - a valid token is enough
   */
  readonly scopes?: string[];
  /**
   * Signature algorithms that are accepted: asymmetric ones of RFC 7518 and RFC 8037.
   *
   * @default - all of them
   */
  readonly algorithms?: string[];
  /**
   * Address of the issuer's public keys.
   *
   * @default - found through the issuer's metadata document (RFC 8414, OpenID Connect Discovery)
   */
  readonly jwksUri?: string;
}

/** @internal */
export function jwtPolicy(props: JwtAuthProps): JwtAuthPolicy {
  const audience = [props.audience, ...(props.additionalAudiences ?? [])];
  checkUrl('issuer', props.issuer);
  checkAudience(audience);
  checkScopes(props.scopes ?? []);
  checkAlgorithms(props.algorithms);
  if (props.jwksUri !== undefined) checkUrl('jwksUri', props.jwksUri);
  return {
    mode: 'jwt',
    issuer: props.issuer,
    audience,
    scopes: props.scopes ?? [],
    ...(props.algorithms && { algorithms: props.algorithms }),
    ...(props.jwksUri !== undefined && { jwksUri: props.jwksUri }),
  };
}

function checkUrl(name: string, value: string | undefined): void {
  if (value === undefined || value === '') {
    throw new Error(`McpAuth.jwt needs the ${name} of the tokens, such as ${name}: "https://idp.example.com"`);
  }
  if (Token.isUnresolved(value)) return;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !isSecureUrl(url)) {
    throw new Error(`${name} must be an https URL such as "https://idp.example.com", got ${JSON.stringify(value)}`);
  }
  if (url.username || url.password) throw new Error(`${name} must have no credentials, got some for ${url.origin}`);
  // RFC 8414, section 2: an issuer is compared character for character.
  if (name === 'issuer' && /[?#]/.test(value)) {
    throw new Error(`issuer must have no query and no fragment, got ${JSON.stringify(value)}`);
  }
}

function checkAudience(audience: readonly (string | undefined)[]): void {
  for (const value of audience) {
    if (typeof value !== 'string' || value.trim() === '') {
      throw new Error(
        `McpAuth.jwt needs the audience that tokens must name, such as audience: "https://mcp.example.com/mcp", ` +
          `got ${JSON.stringify(value)}: without one, a token for any other service of the issuer would be accepted`,
      );
    }
    refuseListToken('audience', value);
  }
}

function checkScopes(scopes: readonly string[]): void {
  if (typeof scopes === 'string') {
    throw new Error(`scopes must be a list, got ${JSON.stringify(scopes)}: scopes: ["a", "b"]`);
  }
  for (const scope of scopes) {
    refuseListToken('scopes', scope);
    if (!Token.isUnresolved(scope) && !SCOPE_PATTERN.test(scope)) {
      throw new Error(
        `a scope is one word without spaces, got ${JSON.stringify(scope)}: list several as scopes: ["a", "b"]`,
      );
    }
  }
}

function checkAlgorithms(algorithms: readonly string[] | undefined): void {
  if (algorithms?.length === 0)
    throw new Error(`algorithms is empty: leave it out, or list some of ${JWT_ALGORITHMS.join(', ')}`);
  for (const algorithm of algorithms ?? []) {
    refuseListToken('algorithms', algorithm);
    if (Token.isUnresolved(algorithm) || JWT_ALGORITHMS.includes(algorithm)) continue;
    const why = /^HS/.test(algorithm) ? ': a symmetric key would have to be shared with the issuer' : '';
    throw new Error(
      `algorithm ${JSON.stringify(algorithm)} cannot be accepted${why}; use some of ${JWT_ALGORITHMS.join(', ')}`,
    );
  }
}

/** A list that is known only at deployment cannot be written into the JSON of a variable. */
function refuseListToken(name: string, value: string): void {
  if (/^#\{Token\[/.test(value)) {
    throw new Error(`${name} must be a list of strings, got a list that is known only at deployment: write its items`);
  }
}
