import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');
const NODE = join(REPOSITORY, 'node_modules/.bin/node');
const PACKAGE = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

// A server and an app as a user writes them: no path of this project in either.
const SERVER = `
import { McpServer } from '@modelcontextprotocol/server';
import { serve } from 'cdk-mcp-kit/serve';

export default serve((ctx): McpServer => {
  const mcp = new McpServer({ name: 'mine', version: '1.0.0' });
  mcp.registerTool('era', { description: 'The era of the protocol' }, () => ({ content: [{ type: 'text', text: ctx.era }] }));
  return mcp;
});
`;

const APP = `
const { App, Stack } = require('aws-cdk-lib');
const { McpAuth, McpCode, McpServer } = require('cdk-mcp-kit');

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Mine');
new McpServer(stack, 'Server', {
  code: McpCode.typescript({ entry: 'server.ts' }),
  auth: McpAuth.jwt({ issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' }),
});
app.synth();
console.log(JSON.stringify(Object.keys(require.cache).filter((path) => !path.startsWith(__dirname))));
`;

const TYPED_APP = `
import { App, Stack } from 'aws-cdk-lib';
import { KeyRing, McpAuth, McpCode, McpCompute, McpServer, McpStorage } from 'cdk-mcp-kit';
import type { McpServerProps } from 'cdk-mcp-kit';

const stack = new Stack(new App(), 'Mine');
const props: McpServerProps = {
  code: McpCode.typescript({ entry: 'server.ts' }),
  auth: McpAuth.iam(),
  compute: McpCompute.lambda({ memorySize: 256 }),
  storage: McpStorage.dynamoDb({ maxReadRequestUnits: 1 }),
  keys: new KeyRing(stack, 'Keys'),
};
export const url: string = new McpServer(stack, 'Server', props).url;
// @ts-expect-error: auth is required, so that no server is public by accident
export const open: McpServerProps = { code: props.code };
`;

const COMMON_JS = `
import kit = require('cdk-mcp-kit');
import store = require('cdk-mcp-kit/store');
import { serve } from 'cdk-mcp-kit/serve';
export const all: unknown[] = [kit.McpServer, store.openStore, serve];
`;

const FASTMCP_APP = `
const { App, Stack } = require('aws-cdk-lib');
const { McpAuth, McpCode, McpServer, McpStorage } = require('cdk-mcp-kit');

const app = new App({ outdir: 'fastmcp.out' });
new McpServer(new Stack(app, 'Mine'), 'Server', {
  code: McpCode.fastmcp({ directory: 'server', app: 'server:mcp' }),
  auth: McpAuth.iam(),
  storage: McpStorage.memory(),
});
app.synth();
`;

const RUN_BUNDLE = `
globalThis.awslambda = { streamifyResponse: (handler) => handler, HttpResponseStream: { from: (stream) => stream } };
const { handler } = await import(process.argv[1]);
console.log(typeof handler);
`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-pack-')));
const home = join(folder, 'app');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${basename(command)} ${args.join(' ')}\n${stdout}\n${stderr}\n${error ?? ''}`);
  return stdout;
}

function npm(args: readonly string[], cwd: string): string {
  return run('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], cwd);
}

/** The packed files, and an app outside of the tree that has installed them. */
function packAndInstall(): string[] {
  run(NODE, ['scripts/build.mjs'], REPOSITORY);
  const packed = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], REPOSITORY)) as
    PackedPackage[] | Record<string, PackedPackage>;
  const [tarball] = Object.values(packed);
  if (!tarball) throw new Error('npm packed nothing');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "name": "mine", "private": true }');
  writeFileSync(join(home, 'server.ts'), SERVER);
  writeFileSync(join(home, 'app.js'), APP);
  writeFileSync(join(home, 'typed.ts'), TYPED_APP);
  writeFileSync(join(home, 'common.cts'), COMMON_JS);
  const others = ['aws-cdk-lib', 'constructs', 'esbuild', '@types/node'].map(
    (name) => `${name}@${PACKAGE.devDependencies[name] ?? ''}`,
  );
  const sdk = `@modelcontextprotocol/server@${PACKAGE.dependencies['@modelcontextprotocol/server'] ?? ''}`;
  npm(['install', '--prefer-offline', join(folder, tarball.filename), ...others, sdk], home);
  return tarball.files.map(({ path }) => path);
}

interface PackedPackage {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the package', () => {
  let files: string[] = [];

  beforeAll(() => {
    files = packAndInstall();
  }, 300_000);

  test('holds no source of ours but declarations, no test and no example', () => {
    expect(files.filter((path) => /\.[mc]?ts$/.test(path) && !/\.d\.[mc]?ts$/.test(path))).toEqual([]);
    expect(
      files.filter((path) => !/^(dist|docs)\/|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(path)),
    ).toEqual([]);
    for (const path of [
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'dist/runtime/serve.js',
      'dist/runtime/package.json',
      'dist/runtime/fastmcp/mcp_kit/__init__.py',
      'dist/runtime/fastmcp/mcp_kit/py.typed',
      'dist/runtime/fastmcp/requirements/base.txt',
    ]) {
      expect(files).toContain(path);
    }
    expect(files.filter((path) => /__pycache__|\.pyc$|(?:mypy|pytest)_cache/.test(path))).toEqual([]);
  });

  test('its app synthesizes in plain JavaScript: the template, and a bundle that starts', () => {
    const foreign = run(NODE, ['app.js'], home, { PATH: process.env.PATH, HOME: folder, CDK_VALIDATION: 'false' });
    expect(foreign.trim().split('\n').at(-1)).toBe('[]'); // no module came from anywhere else, such as this tree
    const template = JSON.parse(readFileSync(join(home, 'cdk.out/Mine.template.json'), 'utf8')) as {
      Resources: Record<
        string,
        { Type: string; Properties: Record<string, unknown>; Metadata?: Record<string, string> }
      >;
    };
    const resources = Object.values(template.Resources);
    expect(resources.map(({ Type }) => Type)).toEqual(
      expect.arrayContaining(['AWS::DynamoDB::GlobalTable', 'AWS::Lambda::Url', 'AWS::SecretsManager::Secret']),
    );
    const server = resources.find(({ Type }) => Type === 'AWS::Lambda::Function');
    expect(server?.Properties).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'index.handler' });

    const asset = join(
      home,
      'cdk.out',
      readdirSync(join(home, 'cdk.out')).find((name) => name.startsWith('asset.'))!,
    );
    const maps = readdirSync(asset).filter((name) => name.endsWith('.map'));
    expect(maps).toContain('index.mjs.map');
    const sources = maps.flatMap((name) => {
      const map = JSON.parse(readFileSync(join(asset, name), 'utf8')) as { sources: readonly string[] };
      return map.sources.map((source) => resolve(home, 'bundle', source));
    });
    expect(sources).toContain(join(home, 'server.ts'));
    expect(sources.filter((path) => !path.startsWith(home))).toEqual([]);
    const started = run(NODE, ['--input-type=module', '-e', RUN_BUNDLE, join(asset, 'index.mjs')], asset, {
      AWS_REGION: 'eu-west-1',
      MCP_SERVER_NAME: 'mine',
      MCP_STORE_URL: 'dynamodb://mine?region=eu-west-1',
      MCP_KEYS_SECRET: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:Keys-AbCdEf',
      MCP_AUTH: '{"mode":"jwt","issuer":"https://idp.example.com","audience":["https://mcp.example.com/mcp"]}',
    });
    expect(started.trim()).toBe('function');
  });

  test('its app synthesizes a FastMCP server: the Python half lies beside the packages', () => {
    mkdirSync(join(home, 'server'));
    writeFileSync(join(home, 'server/server.py'), 'from fastmcp import FastMCP\n\nmcp = FastMCP("mine")\n');
    writeFileSync(join(home, 'server/requirements.txt'), 'fastmcp>=4,<5\n');
    writeFileSync(join(home, 'fastmcp.js'), FASTMCP_APP);
    const env = { ...process.env, CDK_VALIDATION: 'false', CDK_HOME: join(folder, 'cdk') };
    run(NODE, ['fastmcp.js'], home, env);
    const out = join(home, 'fastmcp.out');
    const asset = join(
      out,
      readdirSync(out).find((name) => name.startsWith('asset.'))!,
    );
    expect(readdirSync(asset)).toEqual(expect.arrayContaining(['run.sh', 'server.py', 'vendor']));
    expect(readdirSync(join(asset, 'vendor'))).toEqual(expect.arrayContaining(['fastmcp', 'mcp', 'mcp_kit']));
    expect(existsSync(join(asset, 'vendor/mcp_kit/wiring.py'))).toBe(true);
  }, 120_000);

  test.each([
    ['Node, its declarations checked too', '--module nodenext', 'typed.ts server.ts common.cts'],
    ['bundlers', '--module esnext --moduleResolution bundler --skipLibCheck', 'typed.ts server.ts'],
  ])(
    'its types say what is required, to %s',
    (_name, flags, sources) => {
      const tsc = createRequire(__filename).resolve('typescript/bin/tsc');
      const strict = '--noEmit --strict --target es2023 --types node';
      run(NODE, [tsc, ...`${strict} ${flags} ${sources}`.split(' ')], home);
    },
    120_000,
  );

  test.each([
    ['require', `console.log(typeof require('cdk-mcp-kit/serve').serve, typeof require('cdk-mcp-kit').McpServer)`],
    [
      'import',
      `const { serve } = await import('cdk-mcp-kit/serve'); const { McpServer } = await import('cdk-mcp-kit'); console.log(typeof serve, typeof McpServer)`,
    ],
  ])('what it exports can be had by %s', (kind, script) => {
    const type = kind === 'import' ? ['--input-type=module'] : ['--input-type=commonjs'];
    expect(run(NODE, [...type, '-e', script], home).trim()).toBe('function function');
  });

  test('its command runs', () => {
    const { ranking } = JSON.parse(run(NODE, ['node_modules/.bin/mcp-kit', 'choose', '--json'], home)) as {
      ranking: { backend: string }[];
    };
    expect(ranking[0]?.backend).toBe('dynamodb');
  });

  test('its command that needs the SDK loads it', () => {
    const env = { PATH: process.env.PATH, HOME: folder, AWS_CONFIG_FILE: join(folder, 'none') };
    const command = [join(home, 'node_modules/.bin/mcp-kit'), 'discover'];
    const { status, stderr } = spawnSync(NODE, command, { cwd: home, env, encoding: 'utf8' });
    expect(stderr).toBe('mcp-kit: no region given: use --region eu-west-1, AWS_REGION, or a profile that has one\n');
    expect(status).toBe(2);
  });

  test('was installed, not linked: nothing of it resolves into this tree', () => {
    for (const name of ['cdk-mcp-kit', 'aws-cdk-lib', '@modelcontextprotocol/server']) {
      expect(realpathSync(join(home, 'node_modules', name)).startsWith(home)).toBe(true);
    }
    expect(existsSync(join(home, 'node_modules/cdk-mcp-kit/lambda'))).toBe(false);
  });
});
