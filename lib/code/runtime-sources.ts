import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The runtime's modules: TypeScript in the repository, compiled ES modules in the published package. */
export interface RuntimeSources {
  readonly directory: string;
  readonly extension: '.ts' | '.js';
}

export function runtimeSources(): RuntimeSources {
  const source = join(__dirname, '..', '..', 'lambda');
  if (existsSync(join(source, 'wiring.ts'))) return { directory: source, extension: '.ts' };
  const published = join(__dirname, '..', '..', 'runtime');
  if (existsSync(join(published, 'wiring.js'))) return { directory: published, extension: '.js' };
  throw new Error(`the runtime is missing from this installation of cdk-mcp-kit: no ${published}; install it again`);
}

/** The absolute path of a module of the runtime, named without its extension. */
export function runtimeModule(sources: RuntimeSources, module: string): string {
  return join(sources.directory, ...`${module}${sources.extension}`.split('/'));
}
