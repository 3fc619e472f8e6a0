import { RemovalPolicy } from 'aws-cdk-lib';
import { join } from 'node:path';

import { readContext } from '../../bin/context.ts';
import { McpServer } from '../../lib/index.ts';
import { folderWith } from '../lib/code/fixtures.ts';
import { ENTRY, silenceWarnings, templateOf, testApp, testStack } from '../lib/support/test-app.ts';

silenceWarnings();

function templateWith(context: Record<string, unknown>) {
  const app = testApp({ ...(context.code !== 'fastmcp' && { entry: ENTRY }), ...context });
  return templateOf(new McpServer(testStack(app), 'Server', readContext(app).server));
}

const JWT = { auth: 'jwt', issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' };

test('without any choice: DynamoDB, and callers sign their requests', () => {
  const template = templateWith({});
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
  template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { MCP_SERVER_NAME: 'weather' } },
  });
});

test('the example is served when no entry is named', () => {
  expect(() => readContext(testApp())).not.toThrow();
  const app = testApp();
  new McpServer(testStack(app), 'Server', readContext(app).server);
});

test.each([
  [{ auth: 'none' }, '{"mode":"none"}'],
  [{ auth: 'iam' }, '{"mode":"iam"}'],
  [
    { ...JWT, scopes: 'a,b' },
    JSON.stringify({ mode: 'jwt', issuer: JWT.issuer, audience: [JWT.audience], scopes: ['a', 'b'] }),
  ],
])('%j', (context, MCP_AUTH) => {
  templateWith(context).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { MCP_AUTH } } });
});

test('memory has no table', () => {
  templateWith({ storage: 'memory' }).resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
});

test.each([
  ['redis', 'AWS::ElastiCache::ServerlessCache', 'redis'],
  ['valkey', 'AWS::ElastiCache::ServerlessCache', 'valkey'],
  ['memcached', 'AWS::ElastiCache::ServerlessCache', 'memcached'],
])('%s is a cache on ElastiCache', (storage, type, Engine) => {
  const template = templateWith({ storage });
  template.hasResourceProperties(type, { Engine });
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
});

test.each([
  ['disk', 'AWS::EFS::FileSystem'],
  ['mongodb', 'AWS::DocDB::DBCluster'],
  ['elasticsearch', 'AWS::OpenSearchService::Domain'],
  ['opensearch', 'AWS::OpenSearchService::Domain'],
])('%s is provisioned', (storage, type) => {
  const template = templateWith({ storage });
  template.resourceCountIs(type, 1);
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
});

test('what is disposable says so', () => {
  const app = testApp({ removal: 'destroy' });
  expect(readContext(app).server.removalPolicy).toBe(RemovalPolicy.DESTROY);
  expect(readContext(testApp()).server.removalPolicy).toBeUndefined();
});

describe('what is wrong is named, with what to write instead', () => {
  test.each([
    [{ storage: 'postgres' }, 'unknown storage "postgres": use -c storage=dynamodb|memory|'],
    [{ compute: 'ec2' }, 'unknown compute "ec2": use -c compute=lambda|fargate'],
    [{ auth: 'oauth' }, 'unknown auth "oauth": use -c auth=none|iam|jwt'],
    [{ removal: 'maybe' }, 'unknown removal "maybe": use -c removal=retain|destroy'],
    [{ storage: 'toString' }, 'unknown storage "toString"'],
    [{ audience: JWT.audience }, `audience "${JWT.audience}" needs the issuer of the tokens: add -c issuer=https://…`],
    [{ ...JWT, issuer: undefined }, 'needs the issuer of the tokens'],
    [{ auth: 'jwt' }, 'auth=jwt needs to know whose tokens for what: add -c issuer=https://… -c audience='],
    [{ auth: 'jwt', issuer: JWT.issuer }, 'add -c issuer=https://… -c audience='],
    [{ issuer: JWT.issuer }, `issuer "${JWT.issuer}" has no meaning with auth=iam: use -c auth=jwt`],
    [{ ...JWT, auth: 'none' }, 'has no meaning with auth=none'],
    [{ scopes: 'a,b' }, 'scopes "a,b" have no meaning with auth=iam: use -c auth=jwt'],
    [{ storage: { kind: 'memory' } }, 'the context value storage must be a string, got {"kind":"memory"}'],
    [{ entry: 'no/server.ts' }, `entry "no/server.ts" does not exist: no file ${join(process.cwd(), 'no/server.ts')}`],
  ])('%j', (context, message) => {
    expect(() => templateWith(context)).toThrow(message);
  });
});

describe('a FastMCP server', () => {
  const directory = folderWith({ 'main.py': 'app = object()\n', 'requirements.txt': 'fastmcp>=4,<5\n' });

  test('in a folder that is named', () => {
    templateWith({ code: 'fastmcp', directory, app: 'main:app' }).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'run.sh',
      Runtime: 'python3.13',
      Environment: { Variables: { MCP_SERVER_NAME: 'notes' } },
    });
  });

  test('on the Python that is named', () => {
    templateWith({ code: 'fastmcp', directory, app: 'main:app', python: '3.11' }).hasResourceProperties(
      'AWS::Lambda::Function',
      { Runtime: 'python3.11' },
    );
    expect(() => templateWith({ code: 'fastmcp', directory, app: 'main:app', python: '2.7' })).toThrow(
      'python must be a runtime of Python 3.10 to 3.14',
    );
  });

  test('with an auth provider of its own, at an address of yours', () => {
    const context = { code: 'fastmcp', directory, app: 'main:app', auth: 'fastmcp' };
    templateWith({ ...context, baseUrl: 'https://mcp.example.com' }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { MCP_AUTH: '{"mode":"server"}', MCP_BASE_URL: 'https://mcp.example.com' } },
    });
    expect(() => templateWith(context)).toThrow('McpAuth.fastmcp() needs the public https address of the server');
    expect(() => templateWith({ auth: 'fastmcp' })).toThrow('this code is none');
  });

  test.each([
    [
      { code: 'fastmcp' },
      'code=fastmcp needs the folder of the server: add -c directory=server, or use -c example=notes',
    ],
    [{ code: 'fastmcp', example: 'weather', directory }, 'code=fastmcp needs the folder of the server'],
    [
      { example: 'notes', entry: ENTRY },
      `entry ${JSON.stringify(ENTRY)} has no meaning for a server with FastMCP: use -c directory=server -c app=server:mcp`,
    ],
    [{ example: 'notes', code: 'typescript' }, 'example=notes is a server with FastMCP: leave out -c code=typescript'],
    [{ directory }, 'has no meaning for a server in TypeScript: use -c entry=server.ts, or add -c code=fastmcp'],
    [{ app: 'server:mcp' }, 'app "server:mcp" has no meaning for a server in TypeScript'],
    [{ python: '3.12' }, 'python "3.12" has no meaning for a server in TypeScript'],
  ])('is not taken for another: %j', (context, message) => {
    expect(() => readContext(testApp(context))).toThrow(message);
  });

  test('that is no code', () => {
    expect(() => templateWith({ code: 'rust' })).toThrow('unknown code "rust": use -c code=typescript|fastmcp');
    expect(() => templateWith({ example: 'sums' })).toThrow('unknown example "sums": use -c example=weather|notes');
  });
});
