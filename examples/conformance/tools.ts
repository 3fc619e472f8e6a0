import { setTimeout as pause } from 'node:timers/promises';

import {
  type CallToolResult,
  fromJsonSchema,
  type McpServer,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import * as z from 'zod';

import { RED_PIXEL_PNG, SILENCE_WAV } from './media.ts';

const STEP_MS = 50;
const image = { type: 'image', data: RED_PIXEL_PNG, mimeType: 'image/png' } as const;

/** Tools that answer at once, or after notifications. */
export function registerTools(mcp: McpServer, notify: ServerNotifier): void {
  tool('test_simple_text', 'Returns a line of text', () => text('This is a simple text response for testing.'));
  tool('test_image_content', 'Returns an image', () => ({ content: [image] }));
  tool('test_audio_content', 'Returns audio', () => ({
    content: [{ type: 'audio', data: SILENCE_WAV, mimeType: 'audio/wav' }],
  }));
  tool('test_embedded_resource', 'Returns a resource inside its result', () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }));
  tool('test_multiple_content_types', 'Returns text, an image and a resource', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: JSON.stringify({ test: 'data', value: 123 }),
        },
      },
    ],
  }));
  tool('test_error_handling', 'Always fails', () => {
    throw new Error('This tool intentionally returns an error for testing');
  });

  tool('test_tool_with_progress', 'Reports progress three times', async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      }
      if (progress < 100) await pause(STEP_MS);
    }
    return text('Done, with progress');
  });
  tool('test_tool_with_logging', 'Logs three times', async (ctx) => {
    for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await log(ctx, line);
      await pause(STEP_MS);
    }
    return text('Done, with logs');
  });
  tool('test_logging_tool', 'Logs once, for clients that ask for logs', async (ctx) => {
    await log(ctx, 'One line');
    return text('Done');
  });

  tool('test_trigger_tool_change', 'Tells clients that the list of tools has changed', () => {
    notify.toolsChanged();
    return text('Told');
  });
  tool('test_trigger_prompt_change', 'Tells clients that the list of prompts has changed', () => {
    notify.promptsChanged();
    return text('Told');
  });

  mcp.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Tool with JSON Schema 2020-12 features', inputSchema: fromJsonSchema(CONTACT_SCHEMA) },
    () => text('ok'),
  );
  mcp.registerTool(
    'test_x_mcp_header',
    {
      description: 'Mirrors an argument into a header',
      inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
    },
    ({ region }) => text(`Region: ${region}`),
  );

  function tool(
    name: string,
    description: string,
    run: (ctx: ServerContext) => CallToolResult | Promise<CallToolResult>,
  ): void {
    mcp.registerTool(name, { description }, run);
  }
}

export function text(line: string): CallToolResult {
  return { content: [{ type: 'text', text: line }] };
}

function log(ctx: ServerContext, line: string): Promise<void> {
  // Deprecated by revision 2026-07-28, and still to be served to clients that ask for it.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  return ctx.mcpReq.log('info', line);
}

/** Every keyword must reach the client untouched. */
const CONTACT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};
