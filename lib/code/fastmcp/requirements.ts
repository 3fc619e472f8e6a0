import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** One package that a requirements file asks for. */
export interface Requirement {
  /** Normalized: lower case, with `-`. */
  readonly name: string;
  /** What is said of its version, such as `>=4,<5`; empty for any. */
  readonly specifier: string;
}

/** A requirements file with those that it includes. */
export interface Requirements {
  readonly path: string;
  readonly packages: readonly Requirement[];
  /** All that decides what is installed: the text of every file. */
  readonly text: string;
}

/**
 * Reads a requirements file and what it includes with `-r` and `-c`.
 *
 * @throws Error when one does not exist, or asks for a package in a folder of this machine
 */
export function readRequirements(directory: string, file: string): Requirements {
  const path = resolve(directory, file);
  if (!isFile(path)) {
    throw new Error(
      `requirements ${JSON.stringify(file)} does not exist: no file ${path}. Write the packages of the server there, ` +
        'such as fastmcp>=4,<5, one a line; those of a pyproject.toml: uv export --no-hashes --no-dev --no-emit-project -o requirements.txt',
    );
  }
  const packages: Requirement[] = [];
  const texts: string[] = [];
  collect(path, packages, texts, new Set());
  return { path, packages, text: texts.join('\n---\n') };
}

function collect(path: string, packages: Requirement[] | undefined, texts: string[], seen: Set<string>): void {
  if (seen.has(path)) return;
  seen.add(path);
  const lines = readFileSync(path, 'utf8')
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  texts.push(lines.join('\n'));
  for (const line of lines) {
    const [, option, included] = /^(-r|-c|--requirement[=\s]|--constraint[=\s])\s*(\S+)$/.exec(line) ?? [];
    if (option !== undefined && included !== undefined) {
      const next = resolve(dirname(path), included);
      if (!isFile(next))
        throw new Error(`${path} includes ${JSON.stringify(included)}, which does not exist: no file ${next}`);
      collect(next, /^--?c/.test(option) ? undefined : packages, texts, seen);
      continue;
    }
    refuseLocal(path, line);
    const [, name, specifier = ''] = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;@]*)/.exec(line) ?? [];
    if (name !== undefined)
      packages?.push({ name: normalized(name), specifier: specifier.split(/\s--/)[0]?.trim() ?? '' });
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Its path would be in the asset, where nothing is. */
function refuseLocal(path: string, line: string): void {
  if (!/^(?:-e|--editable)\b|^\.{0,2}\/|^\.$|^file:|^[^;]*@\s*file:/.test(line)) return;
  throw new Error(
    `${path} asks for ${JSON.stringify(line.slice(0, 100))}, which lies on this machine: put its code below the directory ` +
      'of the server, or install it from a package index',
  );
}

/** The name of a package as indexes compare it. */
export function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
