import { McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import * as fc from 'fast-check';
import * as z from 'zod';

import { serve } from '../../lambda/serve.ts';
import { bodyText, ERAS, rpcRequest, type TestApp, testApp } from '../support/mcp.ts';

let app: TestApp;
beforeAll(() => {
  app = testApp(
    serve(() => {
      const mcp = new McpServer({ name: 'target', version: '1.0.0' });
      const echo = { inputSchema: z.object({ a: z.unknown() }) };
      mcp.registerTool('echo', echo, () => ({ content: [{ type: 'text', text: 'ok' }] }));
      mcp.registerPrompt('p', { argsSchema: z.object({ a: z.string() }) }, () => ({ messages: [] }));
      mcp.registerResource('t', new ResourceTemplate('test://{id}', { list: undefined }), {}, () => ({ contents: [] }));
      return mcp;
    }),
  );
});
afterAll(() => app.close());

/** Sends a body with everything else as it should be. */
async function statusOf(era: (typeof ERAS)[number], method: string, body: Buffer | string): Promise<number> {
  const reply = await app.handle({ ...rpcRequest(era, method, { name: 'echo', uri: 'test://x' }), body });
  await bodyText(reply);
  return reply.status;
}

const METHODS = [
  'tools/list',
  'tools/call',
  'prompts/get',
  'prompts/list',
  'resources/read',
  'resources/list',
  'server/discover',
  'initialize',
  'notifications/cancelled',
  'nothing/known',
];
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

const anything = fc.jsonValue({ maxDepth: 3 });
const params = fc.oneof(
  anything,
  fc.record(
    { name: fc.oneof(fc.constant('echo'), fc.constant('p'), anything), arguments: anything, uri: anything },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      _meta: fc.oneof(
        fc.constant(META),
        anything,
        fc.dictionary(fc.constantFrom(...Object.keys(META), 'progressToken', '__proto__', 'traceparent'), anything),
      ),
      cursor: anything,
      name: fc.constantFrom('echo', 'p', 'constructor', '__proto__'),
      arguments: anything,
      inputResponses: anything,
      requestState: anything,
    },
    { requiredKeys: ['_meta'] },
  ),
);
const message = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 5, arbitrary: fc.constant('2.0') }, anything),
    id: fc.oneof(fc.integer(), fc.string(), anything),
    method: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...METHODS) }, anything),
    params,
    result: anything,
    error: anything,
    extra: anything,
  },
  { requiredKeys: ['jsonrpc', 'method'] },
);
const body = fc.oneof(
  message.map((value) => JSON.stringify(value)),
  fc.array(message, { maxLength: 3 }).map((value) => JSON.stringify(value)),
  anything.map((value) => JSON.stringify(value)),
  fc.string(),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

test.each(ERAS)('whatever a client sends in the %s era, it is no fault of the server', async (era) => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), body, async (method, sent) => {
      expect(await statusOf(era, method, sent)).toBeLessThan(500);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
  );
  expect(app.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test.each(ERAS)('nesting without end is refused, or passed on, in the %s era', async (era) => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  for (const inside of [
    deep,
    `{"x":${deep}}`,
    `{"name":"echo","arguments":{"a":${deep}}}`,
    `{"_meta":{"x":${deep}}}`,
  ]) {
    for (const method of METHODS) {
      const text = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${inside}}`;
      expect([method, inside.slice(0, 20), await statusOf(era, method, text)]).not.toContain(500);
    }
  }
});
