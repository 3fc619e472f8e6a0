import { McpServer } from '@modelcontextprotocol/server';

// In your own project: import { serve } from 'cdk-mcp-kit/serve';
import { serve } from '../../lambda/serve.ts';
import { type Progress, registerInputTools } from './input-required.ts';
import { registerPrompts } from './prompts.ts';
import { registerPushStyleTools } from './push-style.ts';
import { acceptSubscriptions, registerResources } from './resources.ts';
import { registerTools } from './tools.ts';

/** Fixtures with the names that the conformance suite of MCP looks for: one tool, resource or prompt per rule. */
export default serve((ctx) => {
  const state = ctx.requestState<Progress>();
  const mcp = new McpServer(
    { name: 'conformance', version: '1.0.0' },
    {
      capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } },
      requestState: { verify: state.verify },
    },
  );
  registerTools(mcp, ctx.notify);
  registerInputTools(mcp, state);
  registerPushStyleTools(mcp);
  registerResources(mcp);
  registerPrompts(mcp);
  if (ctx.era === 'legacy') acceptSubscriptions(mcp);
  return mcp;
});
