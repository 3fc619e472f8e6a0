import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Of global-setup.ts: a Python with py-key-value and FastMCP, or why there is none. */
const { MCP_KIT_PYTHON: python = '', MCP_KIT_PYTHON_SKIP: missing } = process.env;

/** A store of py-key-value, as its users would open it. */
export interface PythonPeer {
  /** Statements that set `inner` to the store. `args` is the list below. */
  readonly setup: string;
  readonly args?: readonly string[];
  /**
   * An expression of what the tests use, made of `inner`.
   *
   * @default inner
   */
  readonly store?: string;
}

/** A group that is skipped: its title says why, and it needs a test to be told. */
export function skipped(why: string, title: string): void {
  describe.skip(why, () => {
    test(title, () => undefined);
  });
}

/** `describe`, or a skipped group that says why there is no Python. */
export function describeBesidePython(title: string, tests: () => void): void {
  if (missing === undefined) describe(title, tests);
  else skipped(`skipped: no py-key-value: ${missing}`, title);
}

/** `describe`, or a skipped group that says why there is no FastMCP 3. */
export function describeBesideFastMcp3(title: string, tests: () => void): void {
  const { MCP_KIT_FASTMCP_3_SKIP: absent } = process.env;
  if (absent === undefined) describe(title, tests);
  else skipped(`skipped: no FastMCP 3: ${absent}`, title);
}

/**
 * Runs Python statements beside us, in one process: `store` is the peer's store, `data` the input; what they `return` comes
 * back. Both travel as JSON.
 */
export async function runPython(peer: PythonPeer, body: string, input: unknown = null): Promise<unknown> {
  const script = `
import asyncio, contextlib, json, sys, warnings
warnings.simplefilter("ignore")
args = sys.argv[1:]
data = json.load(sys.stdin)
async def run(store):
${indent(body)}
async def main():
${indent(peer.setup)}
    async with (inner if hasattr(inner, "__aenter__") else contextlib.nullcontext()):
        print(json.dumps(await run(${peer.store ?? 'inner'})))
    if not hasattr(inner, "__aenter__") and hasattr(inner, "close"):
        await inner.close()
asyncio.run(main())
`;
  const child = spawn(python, ['-c', script, ...(peer.args ?? [])], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined); // it ended before reading: its own error tells why
  child.stdin.end(JSON.stringify(input));
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`Python ended with ${code}:\n${errors.slice(-3000)}`);
  return JSON.parse(output) as unknown;
}

function indent(statements: string): string {
  return statements.trim().replace(/^/gm, '    ');
}
