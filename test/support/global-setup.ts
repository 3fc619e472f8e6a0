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
  await installPrograms(say);
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
