import { join } from 'node:path';

import { installPython, Unavailable } from '../local-cloud/install.ts';

/**
 * Installs py-key-value for the tests beside it, before they are read; once, about 20 seconds. Where this machine cannot,
 * they are skipped. `MCP_KIT_PYTHON` names a Python that has it already.
 */
export default async function setup(): Promise<void> {
  if (process.env.MCP_KIT_PYTHON !== undefined) return;
  const requirements = join(__dirname, 'py-key-value.txt');
  try {
    process.env.MCP_KIT_PYTHON = await installPython(requirements, 'py-key-value and FastMCP from PyPI, about 120 MB', (line) => {
      process.stderr.write(`${line}\n`);
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    process.env.MCP_KIT_PYTHON_SKIP = error.message;
  }
}
