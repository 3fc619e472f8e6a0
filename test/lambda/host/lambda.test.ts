import { McpServer } from '@modelcontextprotocol/server';

import { lambdaHandler } from '../../../lambda/host/lambda.ts';
import { type ServedServer, serve } from '../../../lambda/serve.ts';
import type { AuthPolicy } from '../../../lambda/wiring.ts';
import {
  FUNCTION_DOMAIN,
  type FunctionUrl,
  functionUrl,
  functionUrlEvent,
  type FunctionUrlOptions,
} from '../../support/function-url.ts';
import { awslambda, PreludeReader, ResponseStream, type StreamingInvocation } from '../../support/lambda-runtime.ts';
import { connect, ERAS, httpRequest, MEMORY_PARTS, memoryEnv, rpcRequest } from '../../support/mcp.ts';
import { open } from '../../support/sse.ts';
import { stepsServer } from '../../support/steps-server.ts';

const global = globalThis as { awslambda?: unknown };
const fronts: FunctionUrl[] = [];
beforeEach(() => {
  global.awslambda = awslambda;
});
afterEach(async () => {
  delete global.awslambda;
  await Promise.all(fronts.splice(0).map((front) => front.close()));
});

interface StartOptions extends Partial<FunctionUrlOptions> {
  readonly auth?: AuthPolicy;
}

async function start(served: ServedServer, { auth, ...options }: StartOptions = {}): Promise<FunctionUrl> {
  const handler = lambdaHandler(served, MEMORY_PARTS, memoryEnv(auth)) as unknown as StreamingInvocation;
  const front = await functionUrl({ handler, ...options });
  fronts.push(front);
  return front;
}

const STEPS = { name: 'steps', arguments: { count: 3 }, _meta: { progressToken: 'p' } };

/** Tells where requests are thought to come to, and from whom. */
const echo = serve(() => {
  const mcp = new McpServer({ name: 'echo', version: '1.0.0' });
  mcp.registerTool('where', { description: 'Where' }, ({ http }) => ({
    content: [{ type: 'text', text: `${String(http?.req?.url)} ${String(http?.authInfo?.clientId)}` }],
  }));
  return mcp;
});

test.each(ERAS)('the official client is served in the %s era', async (era) => {
  const steps = stepsServer();
  const { url } = await start(steps.served);
  const client = await connect(`${url}/mcp`, era);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['steps', 'big', 'hangs']);
  const seen: number[] = [];
  const onprogress = ({ progress }: { progress: number }): void => {
    seen.push(progress);
    steps.step();
  };
  const result = await client.callTool({ name: 'steps', arguments: { count: 3 } }, { onprogress });
  expect(result.content).toEqual([{ type: 'text', text: 'done' }]);
  expect(seen).toEqual([1, 2, 3]);
  await client.close();
});

test.each(ERAS)('events are written as they come, in the %s era', async (era) => {
  const steps = stepsServer();
  const { url } = await start(steps.served);
  const answer = await open(url, rpcRequest(era, 'tools/call', STEPS));
  expect(answer.headers['content-type']).toBe('text/event-stream');
  expect(answer.headers).not.toHaveProperty('connection', 'keep-alive, close');
  for (const progress of [1, 2, 3]) {
    expect(await answer.next()).toMatchObject({ params: { progress } });
    steps.step();
  }
  expect(await answer.next()).toMatchObject({ result: { content: [{ text: 'done' }] } });
});

test('an answer without a body still has its status', async () => {
  const { url } = await start(echo);
  const accepted = await open(url, {
    ...rpcRequest('legacy', 'x'),
    body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
  });
  expect(accepted.status).toBe(202);
  const preflight = await open(url, httpRequest({ method: 'OPTIONS', headers: { origin: 'http://localhost:6274' } }));
  expect(preflight.status).toBe(204);
  expect((await open(url, httpRequest({ path: '/health' }))).status).toBe(200);
});

test('the origin is the one that AWS tells, whatever the client writes', async () => {
  const { url } = await start(echo);
  const answer = await open(
    url,
    rpcRequest(
      'modern',
      'tools/call',
      { name: 'where' },
      { headers: { host: 'evil.example.com', 'x-forwarded-host': 'evil.example.com' } },
    ),
  );
  expect(await answer.text()).toContain(`https://${FUNCTION_DOMAIN}/mcp undefined`);
});

test('a caller whose signature AWS has checked is known, and others are refused', async () => {
  const userArn = 'arn:aws:sts::111122223333:assumed-role/agent/1';
  const call = rpcRequest('modern', 'tools/call', { name: 'where' });
  const signed = await start(echo, { auth: { mode: 'iam' }, userArn });
  expect(await (await open(signed.url, call)).text()).toContain(userArn);
  const unsigned = await start(echo, { auth: { mode: 'iam' } });
  expect((await open(unsigned.url, call)).status).toBe(403);
});

test('a body in base64 is the same body', async () => {
  const handler = lambdaHandler(echo, MEMORY_PARTS, memoryEnv()) as unknown as StreamingInvocation;
  const { headers, body } = rpcRequest('modern', 'tools/list');
  const event = functionUrlEvent({ url: '/mcp', method: 'POST', headers }, Buffer.from(body));
  const reader = new PreludeReader();
  const chunks: Buffer[] = [];
  const stream = new ResponseStream((chunk) => {
    chunks.push(reader.read(chunk));
    return true;
  });
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 };
  await handler({ ...event, body: Buffer.from(body).toString('base64'), isBase64Encoded: true }, stream, context);
  expect(reader.head?.statusCode).toBe(200);
  expect(stream.contentType).toBe('application/vnd.awslambda.http-integration-response');
  expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ result: { tools: [{ name: 'where' }] } });
});

describe('before the time of an invocation runs out', () => {
  const timeoutMs = 1100; // the handler ends what is open a second before

  test('subscriptions end with their result', async () => {
    const { url } = await start(stepsServer().served, { timeoutMs });
    const listen = rpcRequest(
      'modern',
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      { id: 9 },
    );
    const answer = await open(url, listen);
    expect(await answer.next()).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
    expect(await answer.next()).toMatchObject({ id: 9, result: { resultType: 'complete' } });
    expect(await answer.next()).toBeUndefined();
    expect((await open(url, listen)).status).toBe(200); // and the next one can be opened
  });

  test('calls are told to stop, and their clients are told why', async () => {
    const steps = stepsServer();
    const { url } = await start(steps.served, { timeoutMs });
    const answer = await open(url, rpcRequest('modern', 'tools/call', { name: 'hangs', arguments: {} }));
    expect(answer.status).toBe(504);
    expect(JSON.parse(await answer.text())).toMatchObject({ error: { code: -32603 } });
  });

  test.each(ERAS)('streams of calls end, in the %s era', async (era) => {
    const steps = stepsServer();
    const { url } = await start(steps.served, { timeoutMs });
    const answer = await open(url, rpcRequest(era, 'tools/call', STEPS));
    expect(await answer.next()).toMatchObject({ params: { progress: 1 } });
    expect(await answer.next()).toBeUndefined();
    await steps.aborted;
  });
});

describe('the start', () => {
  test('a bad variable ends it', () => {
    expect(() => lambdaHandler(echo, MEMORY_PARTS, { ...memoryEnv(), MCP_STORE_URL: '' })).toThrow(
      'MCP_STORE_URL is not set',
    );
    expect(() => lambdaHandler(echo, { stores: [] }, memoryEnv())).toThrow('MCP_STORE_URL cannot be used');
  });

  test('on another machine it names the host to use', () => {
    delete global.awslambda;
    expect(() => lambdaHandler(echo, MEMORY_PARTS, memoryEnv())).toThrow('runNodeServer');
  });
});
