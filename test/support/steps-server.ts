import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

import { type ServedServer, serve } from '../../lambda/serve.ts';

/** A server whose `steps` tool goes on when the test says so: what arrives before can only have been sent before. */
export interface StepsServer {
  readonly served: ServedServer;
  /** Lets the tool take its next step. */
  step(): void;
  /** Resolves when a call was told to stop. */
  readonly aborted: Promise<void>;
  /** Tells clients that the list of tools has changed. */
  change(): void;
}

export function stepsServer(): StepsServer {
  const waiting: (() => void)[] = [];
  let allowed = 0;
  let tellAborted: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    tellAborted = resolve;
  });
  let change: () => void = () => undefined;
  const served = serve((ctx) => {
    change = () => {
      ctx.notify.toolsChanged();
    };
    const mcp = new McpServer({ name: 'steps', version: '1.0.0' });
    mcp.registerTool(
      'steps',
      { description: 'Steps', inputSchema: z.object({ count: z.number() }) },
      async ({ count }, { mcpReq }) => {
        mcpReq.signal.addEventListener('abort', tellAborted);
        for (let progress = 1; progress <= count; progress += 1) {
          const progressToken = mcpReq._meta?.progressToken ?? 'none';
          await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress } });
          if (allowed > 0) allowed -= 1;
          else await new Promise<void>((resolve) => waiting.push(resolve));
        }
        return { content: [{ type: 'text', text: 'done' }] };
      },
    );
    mcp.registerTool('big', { description: 'Big', inputSchema: z.object({ size: z.number() }) }, ({ size }) => ({
      content: [{ type: 'text', text: 'x'.repeat(size) }],
    }));
    mcp.registerTool('hangs', { description: 'Never answers' }, () => new Promise(() => undefined));
    return mcp;
  });
  return {
    served,
    aborted,
    step: () => {
      const next = waiting.shift();
      if (next) next();
      else allowed += 1;
    },
    change: () => {
      change();
    },
  };
}
