import { McpServer } from '@modelcontextprotocol/server';

import { lambdaHandler } from '../../../lambda/host/lambda.ts';
import { embeddedMetrics } from '../../../lambda/metrics/metrics.ts';
import { serve } from '../../../lambda/serve.ts';
import { functionUrlEvent } from '../../support/function-url.ts';
import { awslambda, ResponseStream, type StreamingInvocation } from '../../support/lambda-runtime.ts';
import { MEMORY_PARTS, memoryEnv, rpcRequest } from '../../support/mcp.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test('counts requests, refusals and faults, and writes each once', async () => {
  const written: [string, number][] = [];
  let lines = 0;
  const metrics = embeddedMetrics('x', () =>
    Promise.resolve({
      addMetric: (name, _unit, value) => written.push([name, value]),
      publishStoredMetrics: () => void (lines += 1),
    }),
  );
  await metrics.flush();
  expect(lines).toBe(0);
  for (const status of [200, 404, 401, 403, 500, 503]) metrics.answered(status);
  await metrics.flush();
  await metrics.flush();
  expect(written).toEqual([
    ['Requests', 6],
    ['Refused', 2],
    ['Faults', 2],
  ]);
  expect(lines).toBe(1);
});

test('a function writes a line that CloudWatch reads, when it is asked to', async () => {
  const output: string[] = [];
  for (const method of ['log', 'info'] as const)
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      output.push(String(args[0]));
    });
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => output.push(String(line)) > 0);
  Object.assign(globalThis, { awslambda });
  const served = (metrics: boolean) => serve(() => new McpServer({ name: 'x', version: '1.0.0' }), { metrics });
  for (const metrics of [false, true]) {
    const handler = lambdaHandler(served(metrics), MEMORY_PARTS, memoryEnv()) as unknown as StreamingInvocation;
    const { headers, body } = rpcRequest('modern', 'server/discover');
    const event = functionUrlEvent({ url: '/mcp', method: 'POST', headers }, Buffer.from(body));
    await handler(event, new ResponseStream(() => true), { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 });
  }
  delete (globalThis as { awslambda?: unknown }).awslambda;
  const lines = output.filter((line) => line.includes('CloudWatchMetrics'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    service: 'test',
    Requests: 1,
    _aws: { CloudWatchMetrics: [{ Namespace: 'McpServer' }] },
  });
});
