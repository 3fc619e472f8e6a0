import { spawnSync } from 'node:child_process';

import type { PythonTarget } from './target.ts';
import { pipPlatforms, uvPlatform } from './target.ts';

/** A program that installs packages of Python for another platform than this machine. */
export interface Installer {
  /** Such as `uv 0.9.0`: what it resolves may differ from one version to the next. */
  readonly name: string;
  /** The command that installs what the files ask for into a folder. */
  readonly command: (files: readonly string[], folder: string, target: PythonTarget) => readonly string[];
  /** Whether it reads conditions with the Python that it runs in, so that what only the target needs may be missing. */
  readonly readsOwnMarkers: boolean;
}

const known = new Map<string, Installer>();

/**
 * uv when it is there, named by the variable `UV` or on the `PATH`, and pip otherwise.
 *
 * @throws Error when there is neither
 */
export function findInstaller(target: PythonTarget): Installer {
  const key = [process.env.UV, process.env.PATH, target.version].join('\0');
  const installer = known.get(key) ?? findUv() ?? findPip(target);
  if (!installer) {
    throw new Error(
      'the packages of a FastMCP server are installed at synth by uv or pip, and neither was found: install uv ' +
        '(https://docs.astral.sh/uv/), or name it with the variable UV',
    );
  }
  known.set(key, installer);
  return installer;
}

function findUv(): Installer | undefined {
  const program = process.env.UV ?? 'uv';
  const version = answerOf([program, '--version']);
  if (version === undefined) {
    if (process.env.UV === undefined) return undefined;
    throw new Error(
      `the variable UV names ${JSON.stringify(program)}, which does not answer to --version: name uv itself`,
    );
  }
  return {
    name: version.split(' ').slice(0, 2).join(' '),
    readsOwnMarkers: false,
    command: (files, folder, target) => [
      ...[program, 'pip', 'install', '--quiet', '--color', 'never', '--no-progress', '--link-mode', 'copy'],
      ...['--target', folder, '--python-platform', uvPlatform(target), '--python-version', target.version],
      ...['--only-binary', ':all:', ...files.flatMap((file) => ['-r', file])],
    ],
  };
}

/** The Python of the target first: pip reads markers such as `python_version` with the Python that it runs in. */
function findPip(target: PythonTarget): Installer | undefined {
  for (const program of [`python${target.version}`, 'python3', 'python']) {
    const version = answerOf([program, '-m', 'pip', '--version']);
    if (version === undefined) continue;
    return {
      name: version.split(' ').slice(0, 2).join(' '),
      readsOwnMarkers: true,
      command: (files, folder, { version: python, ...rest }) => [
        ...[program, '-m', 'pip', 'install', '--quiet', '--no-input', '--no-compile', '--no-warn-conflicts'],
        ...['--disable-pip-version-check', '--root-user-action', 'ignore', '--no-color', '--progress-bar', 'off'],
        ...['--target', folder, '--implementation', 'cp', '--python-version', python],
        ...pipPlatforms({ version: python, ...rest }).flatMap((platform) => ['--platform', platform]),
        ...['--only-binary', ':all:', ...files.flatMap((file) => ['-r', file])],
      ],
    };
  }
  return undefined;
}

function answerOf([program = '', ...args]: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', env: installerEnvironment() });
  return status === 0 ? stdout.trim() : undefined;
}

/** Never fetches a Python, and is not told of a virtual environment that has nothing to do with the target. */
export function installerEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, UV_PYTHON_DOWNLOADS: 'never', PYTHONDONTWRITEBYTECODE: '1' };
}
