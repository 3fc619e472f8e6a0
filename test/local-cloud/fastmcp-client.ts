import { join } from 'node:path';

import { installPython } from './install.ts';
import { ROOT } from './paths.ts';
import { runToEnd } from './run.ts';

/** `auto` is its own default: the new era, and the old one when the server has no other. */
export type ClientMode = 'auto' | 'legacy';

/** What FastMCP's client saw. */
export interface Seen {
  /** Revision that it agreed on. */
  readonly version: string;
  readonly tools: readonly string[];
  /** Text of each call's result. */
  readonly results: readonly string[];
  /** When notifications of progress came, in milliseconds. */
  readonly progress: readonly number[];
}

/**
 * A Python with FastMCP, which is installed where there is none.
 *
 * @throws {Unavailable} when it cannot be installed here
 */
export async function fastMcpPython(): Promise<string> {
  const requirements = join(ROOT, 'test', 'support', 'py-key-value.txt');
  return process.env.MCP_KIT_PYTHON ?? installPython(requirements, 'FastMCP from PyPI, about 120 MB', () => undefined);
}

/**
 * Calls tools one after the other with FastMCP's own client.
 *
 * @param token what it shows as a bearer. Default: nothing
 */
export async function callWithFastMcp(
  url: string,
  mode: ClientMode,
  calls: readonly (readonly [tool: string, args: Record<string, unknown>])[],
  token = '',
): Promise<Seen> {
  const script = join(__dirname, 'fastmcp', 'client.py');
  const { code, output } = await runToEnd(await fastMcpPython(), [script, url, mode, JSON.stringify(calls), token], {
    env: { PATH: process.env.PATH, HOME: '/nowhere', PYTHONDONTWRITEBYTECODE: '1', FASTMCP_LOG_ENABLED: 'false' },
  });
  const line = output.trim().split('\n').at(-1) ?? '';
  if (code !== 0) throw new Error(`FastMCP's client failed:\n${output}`);
  return JSON.parse(line) as Seen;
}
