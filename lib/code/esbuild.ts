import type * as Esbuild from 'esbuild';
import { createRequire } from 'node:module';

let loaded: typeof Esbuild | undefined;

/** esbuild is a peer dependency, loaded at the first bundling: applications that deploy images need not have it. */
export function esbuild(): typeof Esbuild {
  if (loaded) return loaded;
  try {
    loaded = createRequire(__filename)('esbuild') as typeof Esbuild;
  } catch {
    throw new Error('esbuild is needed to bundle the server but is not installed: npm install --save-dev esbuild');
  }
  return loaded;
}

/** What esbuild throws, in the words of this kit: file and line, what is wrong, and what to do where that is known. */
export function describeFailure(entry: string, failure: unknown): Error {
  const messages = isBuildFailure(failure) ? failure.errors : [];
  if (messages.length === 0) return failure instanceof Error ? failure : new Error(String(failure));
  const lines = messages.map(({ text, location }) => {
    const place = location ? `${location.file}:${location.line}:${location.column}: ` : '';
    return `  ${place}${text}${remedy(text)}`;
  });
  return new Error(`cannot bundle the server ${JSON.stringify(entry)}:\n${lines.join('\n')}`);
}

function remedy(text: string): string {
  const [, specifier] = /^Could not resolve "([^"]+)"/.exec(text) ?? [];
  if (specifier === undefined) return '';
  if (/^[./]/.test(specifier)) return '; no such file: correct the import';
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return `; install it where the server is: npm install ${name}`;
}

function isBuildFailure(failure: unknown): failure is Esbuild.BuildFailure {
  return Array.isArray((failure as Partial<Esbuild.BuildFailure> | undefined)?.errors);
}
