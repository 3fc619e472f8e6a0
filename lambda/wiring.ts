import { StoreUrlError } from './store/errors.ts';
import { exampleUrl, parseStoreUrl } from './store/parse-store-url.ts';

/**
 * The wiring contract: every environment variable that a deployed server reads.
 *
 * Constructs write them with `writeWiring`, both hosts read them with `readWiring`, people can set them by hand.
 * Secrets never travel here: only the ARN to fetch them from.
 */

/** The names of the variables. Python servers read the same ones. */
export const WIRING = {
  serverName: 'MCP_SERVER_NAME',
  baseUrl: 'MCP_BASE_URL',
  store: 'MCP_STORE_URL',
  keysSecret: 'MCP_KEYS_SECRET',
  auth: 'MCP_AUTH',
  /** `true` where the author accepts that a failover of the store loses OAuth state. Read by Python servers. */
  allowLostWrites: 'MCP_ALLOW_LOST_WRITES',
} as const;

/** Settings of the HTTP host, for servers behind a load balancer. Python servers read the same ones. */
export const HOST_SETTINGS = {
  /** How long calls may take to finish after SIGTERM, in seconds. */
  drainSeconds: 'MCP_DRAIN_SECONDS',
  /** How long a connection without a request is kept, in seconds: longer than the load balancer does. */
  keepAliveSeconds: 'MCP_KEEP_ALIVE_SECONDS',
} as const;

/** Who may call the server. Travels as JSON in `MCP_AUTH`; holds no secret. */
export type AuthPolicy = NoAuthPolicy | IamAuthPolicy | JwtAuthPolicy | ServerAuthPolicy;

/** Anybody who reaches the address may call. */
export interface NoAuthPolicy {
  readonly mode: 'none';
}

/** AWS checks a SigV4 signature before the request arrives. */
export interface IamAuthPolicy {
  readonly mode: 'iam';
}

/** The code of the server has an auth of its own, such as a provider of FastMCP: nothing in front of it checks anything. */
export interface ServerAuthPolicy {
  readonly mode: 'server';
}

/** The server checks an OAuth 2.1 bearer token (a JWT) itself. */
export interface JwtAuthPolicy {
  readonly mode: 'jwt';
  /** Issuer, compared character for character with the `iss` claim. */
  readonly issuer: string;
  /** Accepted values of the `aud` claim: one of them must be in the token. */
  readonly audience: readonly string[];
  /** Scopes that every call needs. */
  readonly scopes: readonly string[];
  /** Accepted signature algorithms, out of `JWT_ALGORITHMS`; absent: all of these. */
  readonly algorithms?: readonly string[];
  /** Where the issuer's keys are (https); absent: found through the issuer's metadata document. */
  readonly jwksUri?: string;
}

/** What `readWiring` returns: the environment, parsed and checked once. */
export interface Wiring {
  /** Namespace of this server in a shared store; also its name in logs and metrics. */
  readonly serverName: string;
  /** Public origin without a trailing slash; absent where AWS tells it with each request (a Function URL). */
  readonly baseUrl?: string;
  /** The store, as one URL. */
  readonly storeUrl: URL;
  /** ARN of the key ring in Secrets Manager; absent on a laptop. */
  readonly keysSecret?: string;
  readonly auth: AuthPolicy;
}

/** What constructs hand to `writeWiring`: values may be CDK tokens, so nothing is parsed. */
export interface WiringValues {
  readonly serverName: string;
  readonly baseUrl?: string;
  readonly storeUrl: string;
  readonly keysSecret?: string;
  readonly auth: AuthPolicy;
  readonly allowLostWrites?: boolean;
}

/** A variable is missing or malformed. The message names it and gives an example; never its value. */
export class WiringError extends Error {
  readonly variable: string;
  constructor(variable: string, problem: string, example: string) {
    super(`${variable} ${problem}. Example: ${variable}=${example}`);
    this.name = 'WiringError';
    this.variable = variable;
  }
}

/**
 * Server names become part of keys, of IAM conditions and of ACL patterns: letters, digits, `.`, `-` and single `_`, not at
 * the end: the namespace of `a_` would begin with that of `a`.
 */
export const SERVER_NAME_PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9.-]|_(?!_|$)){0,62}$/;

/**
 * Signature algorithms that a policy may name: asymmetric ones only. With `none` anybody signs, with HS256 everybody who can
 * check a token can also make one.
 */
export const JWT_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** A scope (RFC 6749 §3.3): printable ASCII without space, `"` and `\`. */
export const SCOPE_PATTERN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether keys and tokens may travel to this address: https, or plain http that never leaves the machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** Whether a host name of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Turns the values of a deployment into environment variables. */
export function writeWiring(values: WiringValues): Record<string, string> {
  return {
    [WIRING.serverName]: values.serverName,
    ...(values.baseUrl !== undefined && { [WIRING.baseUrl]: values.baseUrl }),
    [WIRING.store]: values.storeUrl,
    ...(values.keysSecret !== undefined && { [WIRING.keysSecret]: values.keysSecret }),
    [WIRING.auth]: JSON.stringify(values.auth),
    ...(values.allowLostWrites === true && { [WIRING.allowLostWrites]: 'true' }),
  };
}

/**
 * Reads and checks the environment.
 *
 * @throws {WiringError} when a variable is missing or malformed
 */
export function readWiring(env: Readonly<Record<string, string | undefined>>): Wiring {
  return {
    serverName: readServerName(env[WIRING.serverName]),
    baseUrl: readBaseUrl(env[WIRING.baseUrl]),
    storeUrl: readStoreUrl(env[WIRING.store]),
    keysSecret: readKeysSecret(env[WIRING.keysSecret]),
    auth: readAuth(env[WIRING.auth]),
  };
}

function readServerName(text: string | undefined): string {
  if (!text) throw new WiringError(WIRING.serverName, 'is not set', 'weather');
  if (!SERVER_NAME_PATTERN.test(text)) {
    throw new WiringError(
      WIRING.serverName,
      'must be 1 to 63 letters, digits, ".", "-" or single "_", beginning with a letter or digit and not ending in "_"',
      'weather',
    );
  }
  return text;
}

function readBaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const example = 'https://mcp.example.com';
  const url = parseUrl(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new WiringError(WIRING.baseUrl, 'must be an http or https URL', example);
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new WiringError(WIRING.baseUrl, 'must be an origin: no path, query, fragment or credentials', example);
  }
  return url.origin;
}

function readStoreUrl(text: string | undefined): URL {
  const example = 'dynamodb://my-table?region=us-east-1';
  if (!text) throw new WiringError(WIRING.store, 'is not set', example);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text.trim())) throw new WiringError(WIRING.store, 'is not a URL', example);
  let url: URL;
  try {
    url = parseStoreUrl(text);
  } catch (error) {
    if (!(error instanceof StoreUrlError)) throw error;
    throw new WiringError(WIRING.store, `cannot be used: ${error.problem}`, error.example);
  }
  if (url.password) {
    throw new WiringError(WIRING.store, 'must not contain a password', exampleUrl(url.protocol.slice(0, -1)));
  }
  return url;
}

function readKeysSecret(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:.+$/.test(text)) {
    throw new WiringError(
      WIRING.keysSecret,
      'must be the ARN of a secret, never a key',
      'arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf',
    );
  }
  return text;
}

function readAuth(text: string | undefined): AuthPolicy {
  const example =
    '{"mode":"jwt","issuer":"https://idp.example.com","audience":["https://mcp.example.com/mcp"],"scopes":[]}';
  const fail = (problem: string): never => {
    throw new WiringError(WIRING.auth, problem, example);
  };
  if (!text) return fail('is not set; a server that anybody may call says so: {"mode":"none"}');
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    return fail('is not JSON');
  }
  if (typeof policy !== 'object' || policy === null) return fail('must be a JSON object');
  const { mode, ...rest } = policy as Record<string, unknown>;
  if (mode !== 'none' && mode !== 'iam' && mode !== 'jwt' && mode !== 'server') {
    return fail('must have the mode "none", "iam", "jwt" or "server"');
  }
  // A misspelt member would silently lift a restriction.
  const known = mode === 'jwt' ? ['issuer', 'audience', 'scopes', 'algorithms', 'jwksUri'] : [];
  if (Object.keys(rest).some((name) => !known.includes(name))) {
    return fail(
      `with the mode "${mode}" has members that do not belong there; known are: ${['mode', ...known].join(', ')}`,
    );
  }
  return mode === 'jwt' ? readJwtPolicy(rest, fail) : { mode };
}

function readJwtPolicy(members: Record<string, unknown>, fail: (problem: string) => never): JwtAuthPolicy {
  const { issuer, audience, scopes = [], algorithms, jwksUri } = members;
  const issuerUrl = typeof issuer === 'string' ? parseUrl(issuer) : undefined;
  if (typeof issuer !== 'string' || !issuerUrl) return fail('must have an "issuer" that is a URL');
  if (!isSecureUrl(issuerUrl)) return fail('must have an https "issuer" (http only on loopback)');
  if (/[?#]/.test(issuer) || issuerUrl.username || issuerUrl.password) {
    return fail('must have an "issuer" without query, fragment and credentials (RFC 8414 section 2)');
  }
  if (!isTextList(audience) || audience.length === 0)
    return fail('must have a non-empty list of strings as "audience"');
  if (!isTextList(scopes)) return fail('must have a list of strings as "scopes"');
  if (!scopes.every((scope) => SCOPE_PATTERN.test(scope))) {
    return fail('must have "scopes" of printable ASCII without spaces, quotes and backslashes, one scope per item');
  }
  if (algorithms !== undefined) {
    if (!isTextList(algorithms) || algorithms.length === 0)
      return fail('must have a non-empty list of strings as "algorithms"');
    if (!algorithms.every((name) => JWT_ALGORITHMS.includes(name))) {
      return fail(`must have only asymmetric "algorithms": ${JWT_ALGORITHMS.join(', ')}`);
    }
  }
  if (jwksUri !== undefined) {
    const url = typeof jwksUri === 'string' ? parseUrl(jwksUri) : undefined;
    if (typeof jwksUri !== 'string' || !url) return fail('must have a URL as "jwksUri"');
    if (!isSecureUrl(url)) return fail('must have an https "jwksUri" (http only on loopback)');
    if (url.username || url.password) return fail('must have a "jwksUri" without credentials');
    return { mode: 'jwt', issuer, audience, scopes, algorithms, jwksUri };
  }
  return { mode: 'jwt', issuer, audience, scopes, algorithms };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
