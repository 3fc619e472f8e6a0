import { inputRequired, type McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

import { text } from './tools.ts';

/**
 * Tools that revision 2025-11-25 wants to interrupt themselves with a request of their own to the client. Written in the way
 * of 2026-07-28: they work there, and earlier clients of this stateless server are told that it cannot ask them.
 */
export function registerPushStyleTools(mcp: McpServer): void {
  mcp.registerTool(
    'test_sampling',
    { description: 'Asks the model of the client', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, { mcpReq }) => {
      if (mcpReq.inputResponses) return text(`LLM response: ${JSON.stringify(mcpReq.inputResponses.answer)}`);
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }];
      return inputRequired({ inputRequests: { answer: inputRequired.createMessage({ messages, maxTokens: 100 }) } });
    },
  );

  mcp.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: z.object({ message: z.string() }) },
    ({ message }, { mcpReq }) =>
      mcpReq.inputResponses
        ? text(`User response: ${JSON.stringify(mcpReq.inputResponses.answer)}`)
        : inputRequired({
            inputRequests: {
              answer: inputRequired.elicit({
                message,
                requestedSchema: {
                  type: 'object',
                  properties: {
                    username: { type: 'string', description: "User's response" },
                    email: { type: 'string', description: "User's email address" },
                  },
                  required: ['username', 'email'],
                },
              }),
            },
          }),
  );

  form(mcp, 'test_elicitation_sep1034_defaults', 'Asks with defaults', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  });

  form(mcp, 'test_elicitation_sep1330_enums', 'Asks with every kind of choice', {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string', oneOf: choices('Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
    titledMulti: { type: 'array', items: { anyOf: choices('Choice') } },
  });
}

type FormProperties = Extract<
  Parameters<typeof inputRequired.elicit>[0]['requestedSchema'],
  { properties: unknown }
>['properties'];

function form(mcp: McpServer, name: string, description: string, properties: FormProperties): void {
  mcp.registerTool(name, { description }, ({ mcpReq }) =>
    mcpReq.inputResponses
      ? text(`Elicitation completed: ${JSON.stringify(mcpReq.inputResponses.answer)}`)
      : inputRequired({
          inputRequests: {
            answer: inputRequired.elicit({ message: description, requestedSchema: { type: 'object', properties } }),
          },
        }),
  );
}

function choices(noun: string): { const: string; title: string }[] {
  return ['First', 'Second', 'Third'].map((ordinal, index) => ({
    const: `value${index + 1}`,
    title: `${ordinal} ${noun}`,
  }));
}
