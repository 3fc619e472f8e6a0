import { RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Node } from 'constructs';
import { join } from 'node:path';

import { McpAuth, McpCode, McpCompute, McpStorage } from '../lib/index.ts';
import type { McpServerProps } from '../lib/index.ts';

const EXAMPLES = join(__dirname, '..', 'examples');

/** What the app is asked to deploy. */
export interface AppChoices {
  readonly server: McpServerProps;
  /** `none`, `iam` or `jwt`: how callers show who they are. */
  readonly auth: string;
}

/**
 * The properties of the app's server, from `-c name=value` on the command line.
 *
 * @throws Error when a value is unknown or does not fit the others; it names the value and the choices
 */
export function readContext(node: Node): AppChoices {
  const auth = readAuthMode(node);
  const example = choose(node, 'example', read(node, 'code') === 'fastmcp' ? 'notes' : 'weather', {
    weather: () => 'weather',
    notes: () => 'notes',
  });
  const server: McpServerProps = {
    serverName: example,
    code: readCode(node, example),
    auth: readAuth(node, auth),
    compute: choose(node, 'compute', 'lambda', { lambda: () => McpCompute.lambda() }),
    storage: choose(node, 'storage', 'dynamodb', {
      dynamodb: () => McpStorage.dynamoDb(),
      memory: () => McpStorage.memory(),
      disk: () => McpStorage.disk(),
      mongodb: () => McpStorage.mongoDb(),
      elasticsearch: () => McpStorage.openSearch(),
      opensearch: () => McpStorage.openSearch(), // the same, by the name that AWS gives it
      redis: () => McpStorage.redis(),
      valkey: () => McpStorage.valkey(),
      memcached: () => McpStorage.memcached(),
    }),
    removalPolicy: choose(node, 'removal', 'retain', {
      retain: () => undefined,
      destroy: () => RemovalPolicy.DESTROY,
    }),
  };
  return { server, auth };
}

/** The server that is deployed: an example, or the file or folder that is named. */
function readCode(node: Node, example: string): McpCode {
  return choose(node, 'code', example === 'notes' ? 'fastmcp' : 'typescript', {
    typescript: () => McpCode.typescript({ entry: read(node, 'entry') ?? join(EXAMPLES, 'weather', 'server.ts') }),
    fastmcp: () =>
      McpCode.fastmcp({
        directory: read(node, 'directory') ?? join(EXAMPLES, 'notes'),
        app: read(node, 'app') ?? 'server:mcp',
        python: new lambda.Runtime(`python${read(node, 'python') ?? '3.13'}`, lambda.RuntimeFamily.PYTHON),
      }),
  });
}

type AuthMode = 'none' | 'iam' | 'jwt';

function readAuthMode(node: Node): AuthMode {
  return choose<AuthMode>(node, 'auth', 'iam', { none: () => 'none', iam: () => 'iam', jwt: () => 'jwt' });
}

function readAuth(node: Node, mode: AuthMode): McpAuth {
  const issuer = read(node, 'issuer');
  const audience = read(node, 'audience');
  const scopes = read(node, 'scopes');
  if (audience !== undefined && issuer === undefined) {
    throw new Error(`audience ${JSON.stringify(audience)} needs the issuer of the tokens: add -c issuer=https://…`);
  }
  if (mode !== 'jwt' && issuer !== undefined) {
    throw new Error(`issuer ${JSON.stringify(issuer)} has no meaning with auth=${mode}: use -c auth=jwt`);
  }
  // Ignored, they would be a restriction that nobody enforces.
  if (mode !== 'jwt' && scopes !== undefined) {
    throw new Error(`scopes ${JSON.stringify(scopes)} have no meaning with auth=${mode}: use -c auth=jwt`);
  }
  if (mode === 'none') return McpAuth.none();
  if (mode === 'iam') return McpAuth.iam();
  if (issuer === undefined || audience === undefined) {
    throw new Error('auth=jwt needs to know whose tokens for what: add -c issuer=https://… -c audience=https://…/mcp');
  }
  return McpAuth.jwt({ issuer, audience, scopes: scopes?.split(/[ ,]+/) });
}

function choose<T>(node: Node, name: string, fallback: string, choices: Readonly<Record<string, () => T>>): T {
  const value = read(node, name) ?? fallback;
  const choice = Object.hasOwn(choices, value) ? choices[value] : undefined;
  if (!choice) {
    throw new Error(`unknown ${name} ${JSON.stringify(value)}: use -c ${name}=${Object.keys(choices).join('|')}`);
  }
  return choice();
}

function read(node: Node, name: string): string | undefined {
  const value: unknown = node.tryGetContext(name);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') {
    throw new Error(`the context value ${name} must be a string, got ${JSON.stringify(value)}`);
  }
  return value;
}
