import { RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct, Node } from 'constructs';
import { join } from 'node:path';

import { McpAuth, McpCode, McpStorage } from '../lib/index.ts';
import type { McpServerProps } from '../lib/index.ts';
import type { ComputeKind } from './compute-context.ts';
import { readCompute, readComputeKind } from './compute-context.ts';
import { choose, read } from './context-values.ts';

const EXAMPLES = join(__dirname, '..', 'examples');

/** What the app is asked to deploy. */
export interface AppChoices {
  readonly server: McpServerProps;
  readonly auth: AuthMode;
  readonly compute: ComputeKind;
}

/**
 * The properties of the app's server, from `-c name=value` on the command line.
 *
 * @throws Error when a value is unknown or does not fit the others; it names the value and the choices
 */
export function readContext(scope: IConstruct): AppChoices {
  const { node } = scope;
  const auth = readAuthMode(node);
  const example = choose(node, 'example', read(node, 'code') === 'fastmcp' ? 'notes' : 'weather', {
    weather: () => 'weather',
    notes: () => 'notes',
  });
  const server: McpServerProps = {
    serverName: example,
    code: readCode(node, example),
    baseUrl: read(node, 'baseUrl'),
    auth: readAuth(node, auth),
    compute: readCompute(scope, auth),
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
      rocksdb: () => McpStorage.rocksDb(),
    }),
    removalPolicy: choose(node, 'removal', 'retain', {
      retain: () => undefined,
      destroy: () => RemovalPolicy.DESTROY,
    }),
  };
  return { server, auth, compute: readComputeKind(node) };
}

/** The server that is deployed: an example, or the file or folder that is named. */
function readCode(node: Node, example: string): McpCode {
  const baseImage = read(node, 'baseImage');
  return choose(node, 'code', example === 'notes' ? 'fastmcp' : 'typescript', {
    typescript: () => {
      refuse(
        node,
        ['directory', 'app', 'python'],
        'a server in TypeScript: use -c entry=server.ts, or add -c code=fastmcp',
      );
      if (example === 'notes') throw new Error('example=notes is a server with FastMCP: leave out -c code=typescript');
      return McpCode.typescript({ entry: read(node, 'entry') ?? join(EXAMPLES, 'weather', 'server.ts'), baseImage });
    },
    fastmcp: () => {
      refuse(node, ['entry'], 'a server with FastMCP: use -c directory=server -c app=server:mcp');
      const directory = read(node, 'directory') ?? (read(node, 'example') && join(EXAMPLES, example));
      if (directory === undefined || example !== 'notes') {
        throw new Error(
          'code=fastmcp needs the folder of the server: add -c directory=server, or use -c example=notes',
        );
      }
      return McpCode.fastmcp({
        directory,
        app: read(node, 'app') ?? 'server:mcp',
        baseImage,
        python: new lambda.Runtime(`python${read(node, 'python') ?? '3.13'}`, lambda.RuntimeFamily.PYTHON),
      });
    },
  });
}

/** @throws Error for a value that would be dropped in silence */
function refuse(node: Node, names: readonly string[], kind: string): void {
  for (const name of names) {
    const value = read(node, name);
    if (value !== undefined) throw new Error(`${name} ${JSON.stringify(value)} has no meaning for ${kind}`);
  }
}

/** How callers show who they are. */
export type AuthMode = 'none' | 'iam' | 'jwt' | 'fastmcp';

function readAuthMode(node: Node): AuthMode {
  return choose<AuthMode>(node, 'auth', 'iam', {
    none: () => 'none',
    iam: () => 'iam',
    jwt: () => 'jwt',
    fastmcp: () => 'fastmcp',
  });
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
  if (mode === 'fastmcp') return McpAuth.fastmcp();
  if (issuer === undefined || audience === undefined) {
    throw new Error('auth=jwt needs to know whose tokens for what: add -c issuer=https://… -c audience=https://…/mcp');
  }
  return McpAuth.jwt({ issuer, audience, scopes: scopes?.split(/[ ,]+/) });
}
