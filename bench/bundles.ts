import { buildSync } from 'esbuild';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { bundle } from '../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../lib/code/runtime-part.ts';
import { writeBundle } from '../lib/code/write-bundle.ts';

const OUT = resolve(__dirname, '..', '.cache', 'bench');
const FIXTURES = join(__dirname, 'fixtures');

/** The shapes that a deployment can have, as `McpServer` bundles them. */
const SHAPES = {
  memory: [RuntimePart.MEMORY_STORE],
  'memory, keys': [RuntimePart.MEMORY_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING],
  dynamodb: [RuntimePart.DYNAMODB_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING],
  redis: [RuntimePart.REDIS_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING],
  memcached: [RuntimePart.MEMCACHED_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING],
  mongodb: [RuntimePart.MONGODB_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING],
  opensearch: [RuntimePart.OPENSEARCH_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING],
  'dynamodb, jwt': [RuntimePart.DYNAMODB_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING, RuntimePart.JWT_AUTHENTICATOR],
} as const;

export type Shape = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as Shape[];

/** The environment that goes with a shape; nothing in it is reached by the calls that are measured. */
export function environmentOf(shape: Shape): NodeJS.ProcessEnv {
  return {
    MCP_SERVER_NAME: 'bench',
    MCP_AUTH: '{"mode":"none"}',
    MCP_STORE_URL: shape.startsWith('memory') ? 'memory:' : 'dynamodb://bench?region=us-east-1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  };
}

export function clean(): void {
  rmSync(OUT, { recursive: true, force: true });
}

/** A bundle of the kit, written as it is deployed. */
export function kitBundle(shape: Shape, host: 'lambda' | 'node'): string {
  const made = bundle({
    entry: join(FIXTURES, 'kit-server.ts'),
    host: host === 'lambda' ? RuntimeHost.LAMBDA : RuntimeHost.NODE,
    parts: SHAPES[shape],
    settings: {},
  });
  return writeBundle(made, join(OUT, `kit-${shape.replaceAll(/\W+/g, '-')}-${host}`));
}

/** The tool of the case `fastmcp`, as a container runs it. */
export function lookupBundle(part: RuntimePart): string {
  const made = bundle({
    entry: join(FIXTURES, 'lookup-server.ts'),
    host: RuntimeHost.NODE,
    parts: [part],
    settings: {},
  });
  return writeBundle(made, join(OUT, `lookup-${part === RuntimePart.MEMORY_STORE ? 'memory' : 'redis'}`));
}

/** A fixture alone, with the settings that the kit's bundles have. */
export function bareBundle(fixture: 'bare-lambda' | 'bare-dynamodb' | 'bare-node' | 'raw-node' | 'wrappers'): string {
  const folder = join(OUT, fixture);
  buildSync({
    entryPoints: { index: join(FIXTURES, `${fixture}.ts`) },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    banner: { js: `import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);` },
    logLevel: 'silent',
  });
  return join(folder, 'index.mjs');
}

/** The load of a backend's stores, compiled as deployed code is: a loader of TypeScript would change what is measured. */
export function loadBundle(backend: string): string {
  const outfile = join(OUT, `load-${backend}.mjs`);
  buildSync({
    stdin: {
      contents: `import{backend}from'./stores/${backend}.ts';import{serveLoad}from'./children/store-load.ts';serveLoad(backend);`,
      resolveDir: __dirname,
    },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: `const __dirname=${JSON.stringify(__dirname)};` },
    logLevel: 'silent',
  });
  return outfile;
}

/** A module with nothing in it: what starting a process costs by itself. */
export function emptyBundle(): string {
  mkdirSync(OUT, { recursive: true });
  const path = join(OUT, 'empty.mjs');
  writeFileSync(path, 'export {};\n');
  return path;
}

/** Bytes of code in a bundle: what is read at the start, and what is loaded only when it is needed. */
export function bytesOf(bundlePath: string): { readonly start: number; readonly onDemand: number } {
  const folder = join(bundlePath, '..');
  const code = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  const total = code.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const start = staticImports(bundlePath).reduce((sum, path) => sum + statSync(path).size, 0);
  return { start, onDemand: total - start };
}

/** The file and everything that it imports statically. */
function staticImports(path: string): string[] {
  const { metafile } = buildSync({
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    write: false,
    outdir: 'unused',
    metafile: true,
    logLevel: 'silent',
  });
  const inputs = Object.entries(metafile.inputs);
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const found = inputs.find(([input]) => input === name);
    for (const { path: next, kind, external } of found?.[1].imports ?? []) {
      if (kind === 'import-statement' && external !== true) visit(next);
    }
  };
  const first = inputs.find(([input]) => resolve(input) === path)?.[0];
  if (first !== undefined) visit(first);
  return [...seen].map((name) => resolve(name));
}
