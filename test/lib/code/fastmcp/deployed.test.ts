import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { App } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { McpAuth, McpCode, McpCompute, McpServer, McpStorage } from '../../../../lib/index.ts';
import { silenceWarnings, testApp, testStack } from '../../support/test-app.ts';
import { describePython, PYTHON_VERSION, useInstallers } from './installers.ts';
import { SERVER, serverFolder } from './server.ts';

// What was synthesized is run as it would be deployed: the script of the function and the command of the container, each in
// its own folder with its own environment, and with nothing else of this machine than a Python of that version.

const ARCHITECTURE = process.arch === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64;
const installers = useInstallers();
const running: ChildProcess[] = [];

silenceWarnings();

beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** The oldest FastMCP that is deployed, with what the kit gives to it. */
const OLDEST = {
  'requirements.txt': 'fastmcp==3.4.7\n',
  'server.py': `from mcp_kit import response_cache\n${SERVER.replace('"hello"', '"hello", middleware=[response_cache()]')}`,
};

function code(files: Readonly<Record<string, string>> = {}): McpCode {
  const python = new lambda.Runtime(`python${PYTHON_VERSION}`, lambda.RuntimeFamily.PYTHON);
  return McpCode.fastmcp({ directory: serverFolder(files), app: 'server:mcp', python });
}

function app(): App {
  return testApp({ 'aws:cdk:bundling-stacks': ['**'] });
}

interface Deployed {
  readonly folder: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function deployedFunction(files: Readonly<Record<string, string>> = {}): Deployed {
  const root = app();
  const stack = testStack(root);
  new McpServer(stack, 'Server', {
    code: code(files),
    auth: McpAuth.none(),
    storage: McpStorage.memory(),
    compute: McpCompute.lambda({ architecture: ARCHITECTURE }),
  });
  const [made] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')) as {
    Properties: { Handler: string; Environment: { Variables: Record<string, unknown> } };
  }[];
  const { directory } = root.synth();
  const folder = readdirSync(directory).find((name) => existsSync(join(directory, name, 'run.sh')))!;
  // What is no text is an ARN that is known once it is deployed.
  const known = Object.entries(made!.Properties.Environment.Variables).filter(([, value]) => typeof value === 'string');
  return {
    folder: join(directory, folder),
    command: [`./${made!.Properties.Handler}`],
    env: { ...(Object.fromEntries(known) as Record<string, string>), AWS_LAMBDA_FUNCTION_NAME: 'weather' },
  };
}

function deployedContainer(): Deployed {
  const stack = new Stack(app(), 'Container');
  const { command, environment, fixedEnvironment } = code().bindContainer(stack, {
    parts: [],
    architecture: ARCHITECTURE,
  });
  const images = join(installers.home, 'cdk/cache/cdk-mcp-kit/images');
  const wiring = {
    MCP_SERVER_NAME: 'weather',
    MCP_STORE_URL: 'memory:',
    MCP_AUTH: '{"mode":"none"}',
    HOST: '127.0.0.1',
  };
  return {
    folder: join(images, readdirSync(images)[0]!),
    command: command!,
    env: { ...environment, ...fixedEnvironment, ...wiring },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: string[];
}

async function start({ folder, command, env }: Deployed): Promise<Running> {
  const port = await freePort();
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, HOME: '/nowhere', ...env, PORT: String(port) },
  });
  running.push(child);
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"listening"')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`it ended with ${code}: ${lines.join('\n')}`));
    });
    child.once('error', reject);
  });
  return { child, url: `http://127.0.0.1:${port}`, lines };
}

describePython.each([
  ['the zip of a function', () => deployedFunction()],
  ['the zip of a function with FastMCP 3.4.7', () => deployedFunction(OLDEST)],
  ['the folder of an image', deployedContainer],
])('%s', (_name, deploy) => {
  test('starts, is healthy, answers the official client, logs lines of JSON, and ends when it is told to', async () => {
    const { child, url, lines } = await start(deploy());
    expect((await fetch(`${url}/health`)).status).toBe(200);

    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['greet']);
    const result = await client.callTool({ name: 'greet', arguments: { name: 'you' } });
    expect(result.content).toEqual([{ type: 'text', text: 'hello you' }]);
    await client.close();

    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
    child.kill('SIGTERM');
    const [exit] = (await once(child, 'exit')) as [number];
    expect(exit).toBe(0);
  }, 180_000);
});
