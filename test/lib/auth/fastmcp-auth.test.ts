import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { join } from 'node:path';

import type { McpServerProps } from '../../../lib/index.ts';
import { McpAuth, McpCode, McpCompute, McpListener, McpStorage } from '../../../lib/index.ts';
import { certificate } from '../shapes/fargate.ts';
import { silenceWarnings, testServer, testStack } from '../support/test-app.ts';

silenceWarnings();

const auth = McpAuth.fastmcp();
const baseUrl = 'https://mcp.example.com';
const code = () => McpCode.fastmcp({ directory: join(__dirname, '../support/fastmcp'), app: 'server:mcp' });

test('the auth of FastMCP is nothing that other code has', () => {
  expect(() => testServer({ auth })).toThrow(/this code is none: use McpAuth\.jwt\(\), or on Lambda McpAuth\.iam\(\)/);
});

test('its clients and tokens are not given to storage that loses them', () => {
  const server = (): unknown => testServer({ auth, storage: McpStorage.memory() });
  expect(server).toThrow(/keeps clients and tokens.*McpStorage\.dynamoDb\(\)/);
});

describe('the address that it signs', () => {
  test.each([
    ['Lambda', McpCompute.lambda()],
    ['a load balancer without a certificate', McpCompute.fargate({ internet: true })],
    ['one on the internet', McpCompute.fargate({ listener: McpListener.insecureHttp() })],
  ])('of %s is not known, or has no https', (_, compute) => {
    expect(() => testServer({ auth, code: code(), compute })).toThrow(
      /needs the public https address .* baseUrl: 'https:\/\/mcp\.example\.com', or .*McpListener\.https\(…\)/,
    );
    expect(() => testServer({ auth, code: code(), compute, baseUrl })).not.toThrow();
  });

  test('is that of the certificate', () => {
    const stack = testStack();
    const listener = McpListener.https({ domainName: 'mcp.example.com', certificates: [certificate(stack)] });
    const server = testServer({ auth, code: code(), compute: McpCompute.fargate({ listener }) }, stack);
    expect(server.url).toBe('https://mcp.example.com/mcp');
  });
});

describe('a provider on the internet', () => {
  const WARNING = Match.stringLikeRegexp('its auth reaches no provider there, such as GitHub or Google');
  const stackWith = (props: Partial<McpServerProps>) => {
    const stack = testStack();
    testServer({ auth, code: code(), baseUrl, ...props }, stack);
    return Annotations.fromStack(stack);
  };

  test('is not reached from an isolated network, which is told', () => {
    stackWith({ compute: McpCompute.fargate() }).hasWarning('/Test/Server', WARNING);
    stackWith({ storage: McpStorage.valkey({ allowLostWrites: true }) }).hasWarning('/Test/Server', WARNING);
  });

  test('is reached by a NAT, and where there is no network', () => {
    stackWith({ compute: McpCompute.fargate({ internet: true }) }).hasNoWarning('*', WARNING);
    stackWith({}).hasNoWarning('*', WARNING);
  });
});
