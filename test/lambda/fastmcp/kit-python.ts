import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import type { PythonPeer } from '../../support/python-peer.ts';

/** Folder of the package `mcp_kit`. */
export const PACKAGE_HOME = resolve(__dirname, '..', '..', '..', 'lambda', 'fastmcp');

/** Of the global set-up: a Python with FastMCP, py-key-value and pytest. */
export const PYTHON = process.env.MCP_KIT_PYTHON ?? '';

/** The store that `mcp_kit` opens for a URL, as a peer of ours. */
export function kitStore(url: string): PythonPeer {
  return {
    args: [PACKAGE_HOME, url],
    setup: `
sys.dont_write_bytecode = True
sys.path.insert(0, args[0])
from mcp_kit.stores.open import open_store
inner = open_store(args[1]).store`,
  };
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a file of pytest of this folder, with `mcp_kit` on its path and nothing of the shell but the path. */
export function pytest(file: string, env: Readonly<Record<string, string>> = {}, program = PYTHON): Promise<Ended> {
  const flags = [
    '-q',
    '-p',
    'no:cacheprovider',
    '-p',
    'no:hypothesispytest',
    '--asyncio-mode=auto',
    '--no-header',
    '--tb=short',
  ];
  return python(['-m', 'pytest', ...flags, join(__dirname, file)], env, program);
}

/** What a Python of the kit finds besides: credentials that no account has, and a home that is not there. */
export const KIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  HOME: '/nowhere', // nothing is written there
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Runs Python to its end. */
export async function python(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = PYTHON,
): Promise<Ended> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...KIT_ENVIRONMENT, PYTHONPATH: PACKAGE_HOME, PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done) => child.once('close', done)),
  ]);
  return { code, output: `${stdout}${stderr}` };
}

/** The last line of pytest: all have passed, and none was skipped. */
export const ALL_PASSED = /^\d+ passed(?:, \d+ warnings?)? in /m;
