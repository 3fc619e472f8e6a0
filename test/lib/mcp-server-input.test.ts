import { Token } from 'aws-cdk-lib';

import type { McpAuth, McpCode } from '../../lib/index.ts';
import { silenceWarnings, templateOf, testApp, testServer, testStack } from './support/test-app.ts';

silenceWarnings();

describe('the name of a server', () => {
  test('is made from its path when none is given', () => {
    const stack = testStack(testApp(), 'Prod-Stack');
    const server = testServer({ serverName: undefined }, stack);
    expect(server.serverName).toMatch(/^ProdStack-Server-[0-9A-F]{8}$/);
  });

  test.each(['', '_a', 'a__b', 'a_', 'a b', 'ä', 'a*', 'a'.repeat(64)])('cannot be %j', (serverName) => {
    expect(() => testServer({ serverName })).toThrow(`got ${JSON.stringify(serverName)}`);
  });

  test('must be known at synth', () => {
    expect(() => testServer({ serverName: Token.asString({ Ref: 'Name' }) })).toThrow('write it as a literal');
  });
});

describe('the base URL', () => {
  test.each([
    'mcp.example.com',
    'https://mcp.example.com/mcp',
    'http://mcp.example.com',
    'https://a:b@mcp.example.com',
  ])('cannot be %j', (baseUrl) => {
    expect(() => testServer({ baseUrl })).toThrow(`got ${JSON.stringify(baseUrl)}`);
  });

  test('loses a trailing slash', () => {
    expect(testServer({ baseUrl: 'https://mcp.example.com/' }).url).toBe('https://mcp.example.com/mcp');
  });

  test('may be known only at deployment', () => {
    const server = testServer({ baseUrl: Token.asString({ Ref: 'Domain' }) });
    templateOf(server).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { MCP_BASE_URL: { Ref: 'Domain' } } },
    });
  });
});

describe('the choices that must be made', () => {
  test('auth is required, in JavaScript too', () => {
    expect(() => testServer({ auth: undefined as unknown as McpAuth })).toThrow(
      'auth is required, so that no server is public by accident: auth: McpAuth.iam(), McpAuth.jwt({ issuer, audience }), McpAuth.fastmcp() or McpAuth.none()',
    );
  });

  test('code is required, in JavaScript too', () => {
    expect(() => testServer({ code: undefined as unknown as McpCode })).toThrow(
      "code is required: code: McpCode.typescript({ entry: 'server.ts' }), McpCode.fastmcp({ directory: 'server', app: 'server:mcp' }) or McpCode.image(",
    );
  });

  test('what cannot be bound is named', () => {
    expect(() => testServer({ auth: 'iam' as unknown as McpAuth })).toThrow(
      'auth is required, so that no server is public by accident, got "iam": auth: McpAuth.iam()',
    );
    expect(() => testServer({ code: 'server.ts' as unknown as McpCode })).toThrow('code is required, got "server.ts"');
  });

  test('variables of the wiring cannot be set by hand', () => {
    expect(() => testServer({ environment: { MCP_AUTH: '{"mode":"none"}' } })).toThrow(
      'the environment variable MCP_AUTH is written by McpServer',
    );
  });
});
