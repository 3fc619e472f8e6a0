import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundle, bundleCount } from '../../../lib/code/bundle.ts';
import type { Bundle } from '../../../lib/code/bundle.ts';
import { RuntimePart } from '../../../lib/code/runtime-part.ts';
import { writeBundle } from '../../../lib/code/write-bundle.ts';
import { McpAuth, McpCode, McpServer, McpStorage } from '../../../lib/index.ts';
import { ENTRY, silenceWarnings, templateOf, testApp, testServer, testStack } from '../support/test-app.ts';
import { folderWith, NODE, request } from './fixtures.ts';

const { MEMORY_STORE, DYNAMODB_STORE, JWT_AUTHENTICATOR, SECRETS_MANAGER_KEY_RING } = RuntimePart;
const BUNDLE_ALL = { 'aws:cdk:bundling-stacks': ['**'] };

silenceWarnings();

beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true); // "Bundling asset …"
});

function textOf({ files }: Bundle, name = 'index.mjs'): string {
  return Buffer.from(files.get(name) ?? []).toString();
}

function everything({ files }: Bundle): string {
  return [...files]
    .filter(([name]) => name.endsWith('.mjs'))
    .map(([name]) => textOf({ files, hash: '' }, name))
    .join('\n');
}

describe('what is in a bundle', () => {
  const small = bundle(request([MEMORY_STORE]));
  const large = bundle(request([DYNAMODB_STORE, JWT_AUTHENTICATOR, SECRETS_MANAGER_KEY_RING]));

  test('an ES module that exports the handler, minified', () => {
    expect(textOf(small)).toMatch(/export\{\w+ as handler\}/);
    expect(textOf(small).split('\n').length).toBeLessThan(200);
  });

  test('only the adapter that the storage needs', () => {
    expect(everything(small)).not.toContain('UpdateItem');
    expect(everything(small)).not.toContain('GetSecretValue');
    expect(everything(large)).toContain('UpdateItem');
    expect(everything(large)).toContain('GetSecretValue');
  });

  test('the AWS clients are chunks of their own, loaded when they are needed', () => {
    expect(textOf(large)).not.toContain('DynamoDB_20120810');
    expect(textOf(large)).not.toContain('secretsmanager.GetSecretValue');
    expect(everything(large)).toContain('DynamoDB_20120810');
  });

  test('nothing that Node would have to find elsewhere', () => {
    const imported = [
      ...everything(large).matchAll(/(?:^|[;}])(?:import|export)[^"();]*"([^"]+)"|import\("([^"]+)"\)/gm),
    ].map(([, name, lazy = '']) => name ?? lazy);
    expect(imported.filter((name) => !/^(node:|\.\/chunk-)/.test(name))).toEqual([]);
    expect(imported).not.toContain('node:http');
    expect(imported).not.toContain('http');
  });

  test('the first file of a server with memory storage has a ceiling', () => {
    expect(textOf(small).length).toBeLessThan(520_000);
  });
});

describe('what Node loads', () => {
  const RUN = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler, HttpResponseStream: { from: (stream) => stream } };
    const { handler } = await import(process.argv[1]);
    const undici = process.moduleLoadList.filter((name) => /undici/.test(name));
    console.log(JSON.stringify({ handler: typeof handler, undici }));`;

  function run(made: Bundle, environment: Record<string, string>): { handler: string; undici: string[] } {
    const folder = folderWith({});
    writeBundle(made, folder);
    const env = { MCP_SERVER_NAME: 'weather', AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: 'f', ...environment };
    const output = execFileSync(NODE, ['--input-type=module', '-e', RUN, join(folder, 'index.mjs')], { env });
    return JSON.parse(output.toString()) as ReturnType<typeof run>;
  }

  test.each([
    ['memory', [MEMORY_STORE], { MCP_STORE_URL: 'memory:', MCP_AUTH: '{"mode":"none"}' }],
    [
      'DynamoDB, keys and tokens',
      [DYNAMODB_STORE, JWT_AUTHENTICATOR, SECRETS_MANAGER_KEY_RING],
      {
        MCP_STORE_URL: 'dynamodb://weather?region=eu-west-1',
        MCP_KEYS_SECRET: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:Keys-AbCdEf',
        MCP_AUTH: '{"mode":"jwt","issuer":"https://idp.example.com","audience":["a"]}',
      },
    ],
  ])('%s: starts, without undici', (_name, parts, environment) => {
    expect(run(bundle(request(parts)), environment)).toEqual({ handler: 'function', undici: [] });
  });

  test('a call with an AWS client: without undici too', () => {
    const made = bundle(request([MEMORY_STORE], join(__dirname, 'aws-client-server.mts')));
    const environment = { MCP_STORE_URL: 'memory:', MCP_AUTH: '{"mode":"none"}' };
    expect(run(made, environment)).toEqual({ handler: 'function', undici: [] });
  });
});

describe('how often is bundled', () => {
  function countBuilds(action: () => void): number {
    const before = bundleCount();
    action();
    return bundleCount() - before;
  }

  test('a second server with the same code and the same parts costs no second bundling', () => {
    const code = McpCode.typescript({ entry: ENTRY });
    const stack = testStack(testApp(BUNDLE_ALL));
    const first = new McpServer(stack, 'First', { code, auth: McpAuth.iam() });
    const builds = countBuilds(() => {
      new McpServer(stack, 'Second', { code, auth: McpAuth.iam(), storage: McpStorage.fromTable(first.storage.table) });
      new McpServer(testStack(testApp(BUNDLE_ALL)), 'Elsewhere', { code, auth: McpAuth.none() });
    });
    expect(builds).toBe(0);
  });

  test('two servers of a stack with the same code and the same parts deploy one asset', () => {
    const app = testApp(BUNDLE_ALL);
    const stack = testStack(app);
    const first = testServer({}, stack);
    const code = McpCode.typescript({ entry: ENTRY });
    new McpServer(stack, 'Second', { code, auth: McpAuth.iam(), storage: McpStorage.fromTable(first.storage.table) });
    const { directory } = app.synth();
    expect(readdirSync(directory).filter((name) => /^asset\.[0-9a-f]{64}$/.test(name))).toHaveLength(1);
    const functions = Object.values(templateOf(stack).findResources('AWS::Lambda::Function'));
    const keys = functions.map(({ Properties }) => (Properties as { Code: { S3Key: string } }).Code.S3Key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test('other parts are another bundle', () => {
    expect(countBuilds(() => bundle(request([DYNAMODB_STORE])))).toBe(1);
    expect(countBuilds(() => bundle(request([DYNAMODB_STORE])))).toBe(0);
  });

  test('a changed source is bundled again', () => {
    const folder = folderWith({});
    const helper = join(folder, 'helper.ts');
    writeFileSync(helper, 'export const name = "before";');
    writeFileSync(join(folder, 'server.ts'), `import { name } from './helper.ts'; export default { name };`);
    const entry = join(folder, 'server.ts');
    const before = bundle(request([MEMORY_STORE], entry));
    writeFileSync(helper, 'export const name = "after";');
    const { atime, mtime } = statSync(helper);
    utimesSync(helper, atime, new Date(mtime.getTime() + 1000));
    const after = bundle(request([MEMORY_STORE], entry));
    expect(textOf(before)).toContain('"before"');
    expect(textOf(after)).toContain('"after"');
    expect(after.hash).not.toBe(before.hash);
  });

  test('a stack that is not deployed is not bundled', () => {
    expect(countBuilds(() => testServer({ storage: McpStorage.memory() }, testStack(testApp())))).toBe(0);
  });
});

test('the asset holds the bundle, and its name depends on what runs only', () => {
  const app = testApp(BUNDLE_ALL);
  testServer({ storage: McpStorage.memory() }, testStack(app));
  const { directory } = app.synth();
  const [asset = ''] = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  const files = readdirSync(join(directory, asset));
  expect(files).toContain('index.mjs');
  expect(files).toContain('index.mjs.map');
  expect(files.every((name) => /^(index|chunk-\w+)\.mjs(\.map|\.LEGAL\.txt)?$/.test(name))).toBe(true);
});

test('a project bundles to the same bytes wherever it is checked out', () => {
  const text = `export default { name: 'anywhere' };`;
  const [one, two] = [1, 2].map(() => join(folderWith({ 'a/server.ts': text }), 'a/server.ts'));
  const first = bundle(request([MEMORY_STORE], one));
  expect(bundle(request([MEMORY_STORE], two)).hash).toBe(first.hash);
});

test('the settings of the author are used', () => {
  const folder = folderWith({
    'server.ts': `import text from './a.md'; import { x } from 'left-out'; export default [text, FLAG, x];`,
    'a.md': '# A text',
  });
  const made = bundle({
    ...request([MEMORY_STORE], join(folder, 'server.ts')),
    settings: { loader: { '.md': 'text' }, define: { FLAG: '"flagged"' }, external: ['left-out'], sourcemap: false },
  });
  expect(textOf(made)).toContain('# A text');
  expect(textOf(made)).toContain('"flagged"');
  expect(textOf(made)).toContain('from"left-out"');
  expect([...made.files.keys()].filter((name) => name.endsWith('.map'))).toEqual([]);
});

describe('what cannot be bundled', () => {
  test('a missing package is named, with the command that installs it', () => {
    const folder = folderWith({ 'server.ts': `import '@scope/nothing/deep'; export default 1;` });
    expect(() => bundle(request([MEMORY_STORE], join(folder, 'server.ts')))).toThrow(
      'Could not resolve "@scope/nothing/deep"; install it where the server is: npm install @scope/nothing',
    );
  });

  test('a missing file is named', () => {
    const folder = folderWith({ 'server.ts': `import './gone.ts'; export default 1;` });
    expect(() => bundle(request([MEMORY_STORE], join(folder, 'server.ts')))).toThrow(
      'Could not resolve "./gone.ts"; no such file: correct the import',
    );
  });

  test('two copies of the SDK are refused, with where they are', () => {
    const name = 'node_modules/@modelcontextprotocol/server';
    const folder = folderWith({
      'server.ts': `import { McpServer } from '@modelcontextprotocol/server'; export default McpServer;`,
      [`${name}/package.json`]: '{"name":"@modelcontextprotocol/server","version":"2.0.0","main":"index.js"}',
      [`${name}/index.js`]: 'export class McpServer {}',
    });
    expect(() => bundle(request([MEMORY_STORE], join(folder, 'server.ts')))).toThrow(
      /would hold 2 copies of @modelcontextprotocol\/server \(.*\): install the version that cdk-mcp-kit needs/,
    );
  });
});

test('the server may have the name of the file that is generated', () => {
  const folder = folderWith({ 'index.ts': 'export default { name: "mine" };' });
  const made = bundle(request([MEMORY_STORE], join(folder, 'index.ts')));
  expect(textOf(made)).toContain('"mine"');
});
