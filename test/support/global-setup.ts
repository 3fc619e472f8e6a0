import { join } from 'node:path';

import { installPython, Unavailable } from '../local-cloud/install.ts';
import { installPrograms } from './servers/programs.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * Installs what the tests run beside, before they are read; once, about a minute. Where this machine cannot, they are
 * skipped. `MCP_KIT_PYTHON` names a Python that has py-key-value and FastMCP already.
 */
export default async function setup(): Promise<void> {
  await installPeers();
  await installOldestFastMcp();
  await installPrograms(say);
}

/** `MCP_KIT_FASTMCP_3` names a Python that has the oldest FastMCP already. */
async function installOldestFastMcp(): Promise<void> {
  if (process.env.MCP_KIT_FASTMCP_3 !== undefined) return;
  const requirements = join(__dirname, 'fastmcp-3.txt');
  try {
    process.env.MCP_KIT_FASTMCP_3 = await installPython(requirements, 'FastMCP 3 from PyPI, about 60 MB', say);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    process.env.MCP_KIT_FASTMCP_3_SKIP = error.message;
  }
}

async function installPeers(): Promise<void> {
  if (process.env.MCP_KIT_PYTHON !== undefined) return;
  const requirements = join(__dirname, 'py-key-value.txt');
  try {
    const what = 'py-key-value and FastMCP from PyPI, about 120 MB';
    process.env.MCP_KIT_PYTHON = await installPython(requirements, what, say);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    process.env.MCP_KIT_PYTHON_SKIP = error.message;
  }
}
