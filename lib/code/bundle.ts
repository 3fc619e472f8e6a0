import type { BuildOptions, BuildResult, Metafile, OutputFile } from 'esbuild';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

import { describeFailure, esbuild } from './esbuild.ts';
import type { RuntimeHost, RuntimePart } from './runtime-part.ts';
import { runtimeModule, runtimeSources } from './runtime-sources.ts';

/** What makes one bundle differ from another. */
export interface BundleRequest {
  /** Absolute path of the server's module. */
  readonly entry: string;
  readonly host: RuntimeHost;
  readonly parts: readonly RuntimePart[];
  /** The author's changes to the settings below. */
  readonly settings: BuildOptions;
}

/** A finished bundle: files by name, and a hash of what runs (source maps do not count). */
export interface Bundle {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly hash: string;
}

interface CachedBundle extends Bundle {
  /** Modification time and size of every file that went into the bundle: a changed file makes it stale. */
  readonly inputs: ReadonlyMap<string, string>;
}

/** Resolved like a file next to the author's: a name that no author has. */
const ENTRY_NAME = 'cdk-mcp-kit.entry.ts';

/** What clients take when it is there and do without when it is not: native code, which no bundle can hold. */
const OPTIONAL = ['@node-rs/xxhash'];

const cache = new Map<string, CachedBundle>();
let builds = 0;

/** How often esbuild has bundled in this process. */
export function bundleCount(): number {
  return builds;
}

/** Bundles a server; the same request is bundled once per process as long as no source changes. */
export function bundle(request: BundleRequest): Bundle {
  const key = JSON.stringify([request.entry, virtualEntry(request), request.settings, process.cwd()]);
  const known = cache.get(key);
  if (known && isFresh(known)) return known;
  const made = build(request);
  cache.set(key, made);
  return made;
}

/**
 * The module that esbuild starts from: the author's server, the host, and the parts that the deployment needs.
 * Its text is all that tells two bundles of one server apart.
 */
export function virtualEntry({ entry, host, parts, settings }: BundleRequest): string {
  const sources = runtimeSources();
  const load = (names: string, module: string): string => `import ${names} from ${pathIn(module)};`;
  const unique = [...new Set(parts)];
  const named = (slot: RuntimePart['_slot']): string[] =>
    unique.filter((part) => part._slot === slot).map((part) => part._exportName);
  const slots = [
    `stores: [${named('stores').join(', ')}]`,
    ...named('authenticator').map((name) => `authenticator: ${name}`),
    ...named('keyRing').map((name) => `keyRing: ${name}`),
  ];
  return [
    ...(settings.sourcemap === false ? [] : [`import ${pathIn(runtimeModule(sources, 'host/stack-traces'))};`]),
    load(`{ ${host._exportName} }`, runtimeModule(sources, host._module)),
    ...unique.map((part) => load(`{ ${part._exportName} }`, runtimeModule(sources, part._module))),
    load('served', entry),
    `${host._statement}${host._exportName}(served, { ${slots.join(', ')} });`,
  ].join('\n');
}

function pathIn(module: string): string {
  return JSON.stringify(module.replaceAll('\\', '/'));
}

function build(request: BundleRequest): CachedBundle {
  const folder = dirname(request.entry);
  const options = {
    ...defaults(),
    ...request.settings,
    external: [...OPTIONAL, ...(request.settings.external ?? [])],
    stdin: { contents: virtualEntry(request), resolveDir: folder, sourcefile: ENTRY_NAME, loader: 'ts' },
    // Never written: paths relative to the entry make the bytes independent of where the project is checked out.
    absWorkingDir: folder,
    outdir: resolve(folder, 'bundle'),
    write: false,
    metafile: true,
    logLevel: 'silent',
  } satisfies BuildOptions;
  let result: BuildResult<typeof options>;
  try {
    builds += 1;
    result = esbuild().buildSync(options);
  } catch (failure) {
    throw describeFailure(request.entry, failure);
  }
  refuseTwoSdks(request.entry, folder, result.metafile);
  const files = finish(result.outputFiles);
  return { files, hash: hashOf(files), inputs: stamps(folder, result.metafile) };
}

function defaults(): BuildOptions {
  const sources = runtimeSources();
  const http = runtimeModule(sources, 'host/node-http');
  return {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    splitting: true, // what is imported on demand stays out of the file that every cold start reads
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false, // a stack trace needs positions only; the text would triple the asset
    legalComments: 'external',
    outExtension: { '.js': '.mjs' },
    entryNames: 'index',
    chunkNames: 'chunk-[hash]',
    alias: {
      'cdk-mcp-kit/serve': runtimeModule(sources, 'serve'),
      'cdk-mcp-kit/store': runtimeModule(sources, 'store/index'),
      http,
      'node:http': http,
    },
  };
}

/** Two copies of the SDK do not know each other's classes, which shows only at run time and as nonsense. */
function refuseTwoSdks(entry: string, folder: string, { inputs }: Metafile): void {
  const copies = new Set<string>();
  for (const path of Object.keys(inputs)) {
    const [, copy] = /^(.*node_modules\/@modelcontextprotocol\/server)\//.exec(path) ?? [];
    if (copy !== undefined) copies.add(resolve(folder, copy));
  }
  if (copies.size < 2) return;
  throw new Error(
    `the server ${JSON.stringify(entry)} would hold ${copies.size} copies of @modelcontextprotocol/server ` +
      `(${[...copies].join(', ')}): install the version that cdk-mcp-kit needs, npm install @modelcontextprotocol/server@~2.4.0`,
  );
}

const BANNER = `import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);`;

/** The files as they are deployed, by name. */
function finish(outputs: readonly OutputFile[]): Map<string, Uint8Array> {
  const files = new Map(outputs.map((file) => [basename(file.path), file.contents]));
  for (const { path, text } of outputs) {
    // CommonJS dependencies that load a built-in module call `require`, which ES modules lack.
    if (!path.endsWith('.mjs') || !text.includes('Dynamic require of "')) continue;
    const name = basename(path);
    files.set(name, Buffer.from(`${BANNER}\n${text}`));
    const map = files.get(`${name}.map`);
    if (map) files.set(`${name}.map`, Buffer.from(shiftedByOneLine(Buffer.from(map).toString())));
  }
  return files;
}

function shiftedByOneLine(map: string): string {
  const parsed = JSON.parse(map) as { mappings: string };
  return JSON.stringify({ ...parsed, mappings: `;${parsed.mappings}` });
}

function hashOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const name of [...files.keys()].sort()) {
    if (name.endsWith('.map')) continue;
    hash
      .update(`${name}\0`)
      .update(files.get(name) ?? '')
      .update('\0');
  }
  return hash.digest('hex');
}

function stamps(folder: string, { inputs }: Metafile): Map<string, string> {
  const paths = Object.keys(inputs).filter((path) => path !== ENTRY_NAME);
  return new Map(paths.map((path) => [resolve(folder, path), stamp(resolve(folder, path))]));
}

function isFresh({ inputs }: CachedBundle): boolean {
  return [...inputs].every(([path, then]) => stamp(path) === then);
}

function stamp(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size}` : 'gone';
}
