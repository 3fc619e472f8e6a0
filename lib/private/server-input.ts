import { Token } from 'aws-cdk-lib';

import { HOST_SETTINGS, isSecureUrl, SERVER_NAME_PATTERN, WIRING } from '../../lambda/wiring.ts';

/** Properties of a server that are choices, as a caller may have written them. */
interface RequiredChoices {
  readonly auth?: unknown;
  readonly code?: unknown;
  readonly storage?: unknown;
  readonly compute?: unknown;
  readonly keys?: unknown;
}

/** Callers in JavaScript have no compiler to tell them. */
export function requireChoices(props: RequiredChoices = {}): void {
  const { auth, code, storage, compute, keys } = props;
  if (!canBind(auth)) {
    throw new Error(
      `auth is required, so that no server is public by accident${got(auth)}: ` +
        'auth: McpAuth.iam(), McpAuth.jwt({ issuer, audience }), McpAuth.fastmcp() or McpAuth.none()',
    );
  }
  if (!canBind(code)) {
    throw new Error(
      `code is required${got(code)}: code: McpCode.typescript({ entry: 'server.ts' }), ` +
        "McpCode.fastmcp({ directory: 'server', app: 'server:mcp' }) or McpCode.image({ … })",
    );
  }
  if (storage !== undefined && !canBind(storage)) {
    throw new Error(`storage must be a choice of McpStorage${got(storage)}: such as storage: McpStorage.valkey()`);
  }
  if (compute !== undefined && !canBind(compute)) {
    throw new Error(`compute must be a choice of McpCompute${got(compute)}: such as compute: McpCompute.lambda()`);
  }
  if (keys !== undefined && (typeof keys !== 'object' || keys === null || !('secret' in keys))) {
    throw new Error('keys must be a key ring: new KeyRing(…), or KeyRing.fromSecret(secret) for one that exists');
  }
}

function canBind(choice: unknown): boolean {
  return typeof choice === 'object' && choice !== null && typeof (choice as { bind?: unknown }).bind === 'function';
}

function got(value: unknown): string {
  return value === undefined ? '' : `, got ${typeof value === 'string' ? JSON.stringify(value) : typeof value}`;
}

/** @throws Error when the name could not be part of keys and of IAM conditions */
export function checkServerName(name: string): string {
  if (Token.isUnresolved(name)) {
    throw new Error('serverName must be known at synth, because it is part of IAM conditions: write it as a literal');
  }
  if (!SERVER_NAME_PATTERN.test(name)) {
    throw new Error(
      `serverName must be 1 to 63 letters, digits, ".", "-" or single "_", beginning with a letter or digit and not ` +
        `ending with "_", got ${JSON.stringify(name)}: write a name such as "weather"`,
    );
  }
  return name;
}

/**
 * The origin of a server with a domain of its own, without a trailing slash.
 *
 * @throws Error when it is known and no origin, or not https
 */
export function checkBaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || Token.isUnresolved(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url && url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (!bare || !isSecureUrl(url)) {
    throw new Error(
      `baseUrl must be an https origin such as "https://mcp.example.com", without a path, got ${JSON.stringify(text)}`,
    );
  }
  return url.origin;
}

const OWN_VARIABLES: readonly string[] = [...Object.values(WIRING), ...Object.values(HOST_SETTINGS)];

/** @throws Error when the author sets a variable of the wiring */
export function checkEnvironment(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const name of Object.keys(environment)) {
    if (OWN_VARIABLES.includes(name)) {
      throw new Error(
        `the environment variable ${name} is written by McpServer: set it through the properties instead`,
      );
    }
  }
  return environment;
}
