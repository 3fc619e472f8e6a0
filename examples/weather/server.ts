import { setTimeout as sleep } from 'node:timers/promises';

import { type AuthInfo, McpServer } from '@modelcontextprotocol/server';
// `* as z`, not `{ z }`: the bundle is 340 KB smaller and starts 15 ms sooner.
import * as z from 'zod';

// In your own project: import { serve } from 'cdk-mcp-kit/serve';
import { serve } from '../../lambda/serve.ts';
import { CITIES, meanTemperature, MONTHS } from './climate.ts';

const city = z
  .string()
  .max(60)
  .describe(`One of: ${CITIES.join(', ')}`);
const month = z.int().min(1).max(12).describe('Month, 1 to 12');

/** Each caller has places of their own; without authentication there is one caller, everyone. */
function placeKey(caller: AuthInfo | undefined, label: string): string {
  const subject = caller?.extra?.sub;
  return `${encodeURIComponent(typeof subject === 'string' ? subject : 'everyone')}/${label}`;
}

/** The same file runs on the laptop and on Lambda. The function is called for each request: keep it light. */
export default serve((ctx) => {
  const mcp = new McpServer({ name: 'weather', version: '1.0.0' });

  mcp.registerTool(
    'climate',
    {
      description: 'Typical temperature of a city in a month',
      inputSchema: z.object({ city, month }),
      annotations: { readOnlyHint: true },
    },
    (input) => ({
      content: [
        {
          type: 'text',
          text: `${input.city} in ${MONTHS[input.month - 1] ?? ''}: ${meanTemperature(input.city, input.month)} °C`,
        },
      ],
    }),
  );

  mcp.registerTool(
    'year',
    {
      description: 'Typical temperatures of a city over the year, month by month, with progress',
      inputSchema: z.object({
        city,
        delayMs: z.int().min(0).max(1000).default(0).describe('Pause after each month, in milliseconds'),
      }),
      annotations: { readOnlyHint: true },
    },
    async (input, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      const lines: string[] = [];
      for (const [index, name] of MONTHS.entries()) {
        lines.push(`${name} ${meanTemperature(input.city, index + 1)} °C`);
        if (progressToken !== undefined) {
          await mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress: index + 1, total: MONTHS.length, message: name },
          });
        }
        if (input.delayMs > 0) await sleep(input.delayMs, undefined, { signal: mcpReq.signal });
      }
      return { content: [{ type: 'text', text: lines.join('\n') }] };
    },
  );

  mcp.registerTool(
    'remember_place',
    {
      description: 'Remember a city under a label, for 30 days',
      inputSchema: z.object({ label: z.string().min(1).max(100), city }),
    },
    async (input, { http }) => {
      meanTemperature(input.city, 1); // an unknown city is refused before it is stored
      const key = placeKey(http?.authInfo, input.label);
      await ctx.store.put(key, { city: input.city.toLowerCase() }, { collection: 'places', ttl: 30 * 86_400 });
      return { content: [{ type: 'text', text: `Remembered ${input.label}: ${input.city}` }] };
    },
  );

  mcp.registerTool(
    'recall_place',
    {
      description: 'The city that was remembered under a label',
      inputSchema: z.object({ label: z.string().min(1).max(100) }),
    },
    async (input, { http }) => {
      const place = await ctx.store.get(placeKey(http?.authInfo, input.label), { collection: 'places' });
      const text = typeof place?.city === 'string' ? place.city : `Nothing is remembered under ${input.label}`;
      return { content: [{ type: 'text', text }] };
    },
  );

  mcp.registerResource(
    'cities',
    'weather://cities',
    { title: 'Cities', description: 'The cities that the server knows', mimeType: 'application/json' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify(CITIES) }] }),
  );

  mcp.registerPrompt(
    'packing_list',
    {
      description: 'What to pack for a trip',
      argsSchema: z.object({ city, month: z.string().regex(/^([1-9]|1[0-2])$/) }),
    },
    (input) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: `Write a packing list for ${input.city}; the mean temperature is ${meanTemperature(input.city, Number(input.month))} °C.`,
          },
        },
      ],
    }),
  );

  return mcp;
});
