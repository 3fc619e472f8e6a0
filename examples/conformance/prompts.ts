import {
  acceptedContent,
  completable,
  type GetPromptResult,
  inputRequired,
  type McpServer,
} from '@modelcontextprotocol/server';
import * as z from 'zod';

import { RED_PIXEL_PNG } from './media.ts';

const WORDS = ['paris', 'park', 'party', 'hello', 'world'];
const suggest = (value: string): string[] => WORDS.filter((word) => word.startsWith(value));

export function registerPrompts(mcp: McpServer): void {
  mcp.registerPrompt('test_simple_prompt', { description: 'A line of text' }, () =>
    says({ type: 'text', text: 'This is a simple prompt for testing.' }),
  );
  mcp.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'A line made of two arguments',
      argsSchema: z.object({
        arg1: completable(z.string().describe('First test argument'), suggest),
        arg2: completable(z.string().describe('Second test argument'), suggest),
      }),
    },
    ({ arg1, arg2 }) => says({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  );
  mcp.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource and a line', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) =>
      says(
        {
          type: 'resource',
          resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        },
        { type: 'text', text: 'Please process the embedded resource above.' },
      ),
  );
  mcp.registerPrompt('test_prompt_with_image', { description: 'An image and a line' }, () =>
    says(
      { type: 'image', data: RED_PIXEL_PNG, mimeType: 'image/png' },
      { type: 'text', text: 'Please analyze the image above.' },
    ),
  );
  mcp.registerPrompt('test_input_required_result_prompt', { description: 'Asks before it answers' }, ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_context', z.object({ context: z.string() }));
    if (answer) return says({ type: 'text', text: `In the context of ${answer.context}` });
    return inputRequired({
      inputRequests: {
        user_context: inputRequired.elicit({
          message: 'What context should the prompt use?',
          requestedSchema: { type: 'object', properties: { context: { type: 'string' } }, required: ['context'] },
        }),
      },
    });
  });
}

function says(...contents: GetPromptResult['messages'][number]['content'][]): GetPromptResult {
  return { messages: contents.map((content) => ({ role: 'user', content })) };
}
