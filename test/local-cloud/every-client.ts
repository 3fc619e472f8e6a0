import { connect } from '../support/mcp.ts';
import { textOf } from './check-client.ts';
import { callWithFastMcp } from './fastmcp-client.ts';

/** A call of a tool. */
export type ToolCall = readonly [tool: string, args: Record<string, unknown>];

/** What each client must see of a server. */
export interface Expected {
  readonly url: string;
  /** Names of all tools, in the order of the server. */
  readonly tools: readonly string[];
  readonly calls: readonly ToolCall[];
  /** Text of each result. */
  readonly results: readonly string[];
  /**
   * Milliseconds between the twelve notifications that one of the calls reports as it goes on. Gathered, all would come at
   * once in the end.
   *
   * @default - none of the calls reports progress
   */
  readonly progress?: number;
  /** What is shown as a bearer. @default - nothing */
  readonly token?: string | undefined;
}

/** What a client saw. */
interface Seen {
  /** Revision that it agreed on. */
  readonly version: string | undefined;
  readonly tools: readonly string[];
  readonly results: readonly string[];
  /** When notifications of progress came, in milliseconds. */
  readonly progress: readonly number[];
}

/** Both clients in both eras of the protocol, and the revision that they agree on. */
const CLIENTS: readonly (readonly [client: string, version: string, ask: (expected: Expected) => Promise<Seen>])[] = [
  ['the official client', '2026-07-28', (expected) => askOfficially('modern', expected)],
  ['the official client', '2025-11-25', (expected) => askOfficially('legacy', expected)],
  ['FastMCP’s own client', '2026-07-28', ({ url, calls, token }) => callWithFastMcp(url, 'auto', calls, token)],
  ['FastMCP’s own client', '2025-11-25', ({ url, calls, token }) => callWithFastMcp(url, 'legacy', calls, token)],
];

/**
 * A test for each client in each era: it agrees on its revision, lists the tools, gets the results, and progress as it is made.
 *
 * @param what goes on with the name of the client, for the title
 * @param expected is asked when the test runs
 */
export function testEveryClient(what: string, expected: () => Expected): void {
  test.each(CLIENTS)(`%s (%s) ${what}`, async (_client, version, ask) => {
    const asked = expected();
    const seen = await ask(asked);
    expect(seen).toMatchObject({ version, tools: asked.tools, results: asked.results });
    if (asked.progress === undefined) expect(seen.progress).toEqual([]);
    else expectSpaced(seen.progress, asked.progress);
  });
}

/** Twelve, one by one. The median is compared, since a busy machine delays single ones. */
function expectSpaced(times: readonly number[], delayMs: number): void {
  expect(times).toHaveLength(12);
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  expect(gaps.sort((a, b) => a - b)[5]).toBeGreaterThan(delayMs * 0.5);
}

async function askOfficially(era: 'modern' | 'legacy', { url, calls, token }: Expected): Promise<Seen> {
  const client = await connect(url, era, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const results: string[] = [];
  const progress: number[] = [];
  const onprogress = (): void => {
    progress.push(performance.now());
  };
  try {
    const { tools } = await client.listTools();
    for (const [name, args] of calls) {
      results.push(textOf(await client.callTool({ name, arguments: args }, { onprogress })));
    }
    const version = client.getNegotiatedProtocolVersion();
    return { version, tools: tools.map(({ name }) => name), results, progress };
  } finally {
    await client.close();
  }
}
