import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

import { RuntimePart } from '../lib/code/runtime-part.ts';
import { installPython } from '../test/local-cloud/install.ts';
import { lookupBundle } from './bundles.ts';
import { ServedProcess } from './served-process.ts';

const VERSIONS = `import platform
from importlib.metadata import version
names = ("fastmcp", "mcp", "py-key-value-aio", "uvicorn", "redis")
print(", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)]))`;
const ROOT = resolve(__dirname, '..');
const WIRING = { MCP_SERVER_NAME: 'bench', MCP_AUTH: '{"mode":"none"}' };

/** Where the tool of the case is served from. */
export type Language = 'typescript' | 'fastmcp';

/** The Python of the tests, with FastMCP; prints which they are. */
export async function benchPython(): Promise<string> {
  const requirements = join(ROOT, 'test', 'support', 'py-key-value.txt');
  const python = await installPython(requirements, 'FastMCP from PyPI', console.error);
  const versions = spawnSync(python, ['-c', VERSIONS], { encoding: 'utf8' });
  if (versions.status !== 0) throw new Error(`${python} has no FastMCP: ${versions.stderr.slice(-500)}`);
  console.log(`\n${versions.stdout.trim()}`);
  return python;
}

/** What a Python server of the kit finds in its environment, its modules compiled as they are in a deployment. */
export function pythonEnvironment(): Record<string, string> {
  return {
    PYTHONPATH: `${join(ROOT, 'lambda', 'fastmcp')}:${join(__dirname, 'fixtures', 'fastmcp')}`,
    PYTHONPYCACHEPREFIX: join(ROOT, '.cache', 'bench-pyc'),
    PYTHONUNBUFFERED: '1',
  };
}

/**
 * One server with one tool, which waits 5 ms for an upstream service that there is not.
 *
 * @param store where its cache is
 */
export async function startServer(
  language: Language,
  python: string,
  store: string,
  cached: boolean,
): Promise<ServedProcess> {
  const env = { ...WIRING, MCP_STORE_URL: store, ...(cached && { BENCH_CACHED: '1' }) };
  if (language === 'fastmcp') {
    const args = ['-m', 'mcp_kit', 'serve', 'lookup:mcp'];
    return ServedProcess.start({ command: python, args, env: { ...pythonEnvironment(), ...env } });
  }
  const part = store === 'memory:' ? RuntimePart.MEMORY_STORE : RuntimePart.REDIS_STORE;
  return ServedProcess.start({ command: process.execPath, args: [lookupBundle(part)], env });
}
