import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

/** The two families of the protocol: `initialize` up to 2025-11-25, stateless from 2026-07-28 on. */
export type Era = 'legacy' | 'modern';

/** The official client, connected in one era. */
export async function connect(mcpUrl: string, era: Era): Promise<Client> {
  const mode = era === 'modern' ? ({ pin: '2026-07-28' } as const) : ('legacy' as const);
  const client = new Client({ name: 'local-cloud-check', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl)));
  return client;
}

/** A progress notification and when it arrived, in milliseconds since the call. */
export interface ProgressNote {
  readonly at: number;
  readonly progress: number;
  readonly message: string | undefined;
}

/** What the weather example answered. */
export interface WeatherReport {
  readonly protocolVersion: string | undefined;
  readonly tools: readonly string[];
  readonly climate: string;
  readonly cities: readonly string[];
  readonly prompt: string;
}

/** Lists the tools of the weather example, calls one, reads its resource and gets its prompt. */
export async function checkWeather(mcpUrl: string, era: Era): Promise<WeatherReport> {
  const client = await connect(mcpUrl, era);
  try {
    const { tools } = await client.listTools();
    const called = await client.callTool({ name: 'climate', arguments: { city: 'Tokyo', month: 7 } });
    const { contents } = await client.readResource({ uri: 'weather://cities' });
    const prompt = await client.getPrompt({ name: 'packing_list', arguments: { city: 'Tokyo', month: '7' } });
    const [resource] = contents;
    const [message] = prompt.messages;
    return {
      protocolVersion: client.getNegotiatedProtocolVersion(),
      tools: tools.map((tool) => tool.name),
      climate: textOf(called),
      cities: resource && 'text' in resource ? (JSON.parse(resource.text) as string[]) : [],
      prompt: message?.content.type === 'text' ? message.content.text : '',
    };
  } finally {
    await client.close();
  }
}

/** Calls the tool that reports progress, with a pause after each of its twelve steps. */
export async function callWithProgress(
  client: Client,
  delayMs: number,
): Promise<{ text: string; notes: ProgressNote[] }> {
  const notes: ProgressNote[] = [];
  const started = performance.now();
  const result = await client.callTool(
    { name: 'year', arguments: { city: 'Berlin', delayMs } },
    {
      onprogress: ({ progress, message }) => {
        notes.push({ at: performance.now() - started, progress, message });
      },
    },
  );
  return { text: textOf(result), notes };
}

/** The text of a tool's result. */
export function textOf(result: Awaited<ReturnType<Client['callTool']>>): string {
  return result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
}

/** Calls one tool with a client of its own. */
export async function callTool(url: string, name: string, args: Record<string, unknown>): Promise<string> {
  const client = await connect(url, 'modern');
  const result = await client.callTool({ name, arguments: args });
  await client.close();
  return textOf(result);
}
