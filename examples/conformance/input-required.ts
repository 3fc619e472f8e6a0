import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequest,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';

import type { RequestStates } from '../../lambda/serve.ts';
import { text } from './tools.ts';

/** How far a tool has come that asks more than once. */
export interface Progress {
  readonly step: number;
  readonly name?: string;
}

const Name = z.object({ name: z.string() });
const Confirmation = z.object({ ok: z.boolean() });

const askName = (message = 'What is your name?'): InputRequest =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  });
const askConfirmation = inputRequired.elicit({
  message: 'Please confirm',
  requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
});
const askModel = (question: string, maxTokens: number): InputRequest =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens,
  });

/** Tools that ask the client something before they answer (SEP-2322). */
export function registerInputTools(mcp: McpServer, state: RequestStates<Progress>): void {
  mcp.registerTool('test_input_required_result_elicitation', { description: 'Asks for a name' }, (ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, 'user_name', Name);
    return answer ? text(`Hello, ${answer.name}!`) : inputRequired({ inputRequests: { user_name: askName() } });
  });

  mcp.registerTool('test_input_required_result_sampling', { description: 'Asks the model of the client' }, (ctx) => {
    const answer = inputResponse(ctx.mcpReq.inputResponses, 'capital_question');
    if (answer.kind === 'sampling') return text(`The model said: ${JSON.stringify(answer.result.content)}`);
    return inputRequired({ inputRequests: { capital_question: askModel('What is the capital of France?', 100) } });
  });

  mcp.registerTool(
    'test_input_required_result_list_roots',
    { description: 'Asks for the roots of the client' },
    (ctx) => {
      const answer = inputResponse(ctx.mcpReq.inputResponses, 'client_roots');
      if (answer.kind === 'roots') return text(`Roots: ${answer.roots.map((root) => root.uri).join(', ')}`);
      return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
    },
  );

  const confirmed = async (ctx: ServerContext): Promise<ReturnType<typeof text> | ReturnType<typeof inputRequired>> => {
    const progress = ctx.mcpReq.requestState<Progress>();
    if (progress?.step === 1 && acceptedContent(ctx.mcpReq.inputResponses, 'confirm', Confirmation))
      return text('state-ok');
    return inputRequired({
      inputRequests: { confirm: askConfirmation },
      requestState: await state.mint({ step: 1 }, ctx),
    });
  };
  mcp.registerTool(
    'test_input_required_result_request_state',
    { description: 'Asks, and signs what it knows' },
    confirmed,
  );
  mcp.registerTool(
    'test_input_required_result_tampered_state',
    { description: 'Refuses a state it has not signed' },
    confirmed,
  );

  mcp.registerTool(
    'test_input_required_result_multiple_inputs',
    { description: 'Asks three things at once' },
    async (ctx) => {
      const { inputResponses } = ctx.mcpReq;
      const name = acceptedContent(inputResponses, 'user_name', Name);
      const greeting = inputResponse(inputResponses, 'greeting');
      const roots = inputResponse(inputResponses, 'client_roots');
      if (name && greeting.kind === 'sampling' && roots.kind === 'roots') return text(`All there, ${name.name}`);
      return inputRequired({
        inputRequests: {
          user_name: askName(),
          greeting: askModel('Generate a greeting', 50),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await state.mint({ step: 1 }, ctx),
      });
    },
  );

  mcp.registerTool('test_input_required_result_multi_round', { description: 'Asks twice' }, async (ctx) => {
    const progress = ctx.mcpReq.requestState<Progress>();
    const { inputResponses } = ctx.mcpReq;
    if (progress?.step === 2) {
      const answer = acceptedContent(inputResponses, 'step2', z.object({ color: z.string() }));
      if (answer) return text(`${progress.name ?? ''} likes ${answer.color}`);
    }
    const first = progress ? acceptedContent(inputResponses, 'step1', Name) : undefined;
    if (!first) {
      return inputRequired({
        inputRequests: { step1: askName('Step 1: What is your name?') },
        requestState: await state.mint({ step: 1 }, ctx),
      });
    }
    return inputRequired({
      inputRequests: {
        step2: inputRequired.elicit({
          message: 'Step 2: What is your favorite color?',
          requestedSchema: { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] },
        }),
      },
      requestState: await state.mint({ step: 2, name: first.name }, ctx),
    });
  });

  mcp.registerTool(
    'test_input_required_result_capabilities',
    { description: 'Asks only what the client can answer' },
    (ctx) => {
      const envelope: Readonly<Record<string, unknown>> = { ...ctx.mcpReq.envelope };
      const can = envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
      const inputRequests: Record<string, InputRequest> = {
        ...(can?.elicitation && { user_name: askName() }),
        ...(can?.sampling && { greeting: askModel('Generate a greeting', 50) }),
      };
      if (ctx.mcpReq.inputResponses || Object.keys(inputRequests).length === 0) return text('Nothing more to ask');
      return inputRequired({ inputRequests });
    },
  );

  mcp.registerTool('test_missing_capability', { description: 'Needs the model of the client' }, () =>
    inputRequired({ inputRequests: { question: askModel('Anything', 10) } }),
  );
  mcp.registerTool('test_streaming_elicitation', { description: 'Asks within a stream' }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken ?? 'none';
    await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    return inputRequired({ inputRequests: { user_name: askName() } });
  });
}
