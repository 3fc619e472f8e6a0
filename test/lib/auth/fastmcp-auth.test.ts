import { McpAuth, McpStorage } from '../../../lib/index.ts';
import { testServer } from '../support/test-app.ts';

test('the auth of FastMCP is nothing that other code has', () => {
  expect(() => testServer({ auth: McpAuth.fastmcp() })).toThrow(/this code is none: use McpAuth\.iam\(\)/);
});

test('its clients and tokens are not given to storage that loses them', () => {
  const server = (): unknown => testServer({ auth: McpAuth.fastmcp(), storage: McpStorage.memory() });
  expect(server).toThrow(/keeps clients and tokens.*McpStorage\.dynamoDb\(\)/);
});
