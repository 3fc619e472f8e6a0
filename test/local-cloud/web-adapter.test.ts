import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DeployedFunction } from './deployed-function.ts';
import { Unavailable } from './install.ts';
import { RuntimeApi, type RuntimeApiOptions } from './runtime-api.ts';
import { installWebAdapter } from './web-adapter/install.ts';
import { pythonFor } from './web-adapter/python.ts';
import { webAdapterRuntime } from './web-adapter/runtime.ts';
import { canSandbox } from './web-adapter/sandbox.ts';

jest.setTimeout(60_000);

const real = process.env.WEB_ADAPTER;
const DOMAIN = 'abc.lambda-url.us-east-1.on.aws';

describe.each([
  ...(real === undefined ? [] : [['AWS Lambda Web Adapter', real] as const]),
  ['our own part of the adapter', undefined] as const,
])('a server as a function behind %s', (_what, adapter) => {
  let folder: string;
  let python: string;
  let api: RuntimeApi;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-kit-adapter-'));
    cpSync(join(__dirname, 'web-adapter', 'server'), folder, { recursive: true });
    python = await anyPython();
    process.env.NOT_FOR_FUNCTIONS = 'of the shell';
    api = await start();
  });
  afterAll(async () => {
    delete process.env.NOT_FOR_FUNCTIONS;
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(
    environment: Record<string, string> = {},
    options: Partial<RuntimeApiOptions> = {},
  ): Promise<RuntimeApi> {
    return RuntimeApi.start({
      runtime: await webAdapterRuntime({ ...(adapter !== undefined && { adapter }), python }),
      function: functionIn(folder, environment),
      endpoint: 'http://127.0.0.1:9',
      domainName: DOMAIN,
      ...options,
    });
  }

  test('an answer streams', async () => {
    const answer = await fetch(`${api.origin}/stream`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const times: number[] = [];
    let text = '';
    for await (const chunk of answer.body ?? []) {
      times.push(performance.now());
      text += Buffer.from(chunk).toString();
    }
    expect(text.match(/\d+/g)?.map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    // Gathered, all would come in one piece; the server sends twelve, a tenth of a second apart.
    expect(times.length).toBeGreaterThan(6);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(550);
  });

  test('the request arrives as it was sent, with what AWS says of it', async () => {
    const answer = await fetch(`${api.origin}/request?a=1&b=%C3%A4`, {
      headers: { authorization: 'Bearer x', cookie: 'a=1; b=2', 'x-amzn-request-context': '{"domainName":"forged"}' },
    });
    const { path, headers } = (await answer.json()) as { path: string; headers: [string, string][] };
    expect(path).toBe('/request?a=1&b=%C3%A4');
    const got = (name: string): string[] =>
      headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
    expect(got('authorization')).toEqual(['Bearer x']);
    expect(got('cookie').map((text) => text.split(/; */))).toEqual([['a=1', 'b=2']]);
    expect(got('host')).toEqual([DOMAIN]);
    expect(got('x-forwarded-proto')).toEqual(['https']);
    const [context, ...others] = got('x-amzn-request-context');
    expect(others).toEqual([]);
    expect(JSON.parse(context!)).toMatchObject({ domainName: DOMAIN });
  });

  test('a body arrives byte by byte', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const answer = await fetch(`${api.origin}/`, {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect([answer.status, await answer.text()]).toEqual([201, '5:00ff0a0d80']);
    const text = await fetch(`${api.origin}/`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await text.text()).toBe('2:7b7d');
  });

  test('each cookie is a header of its own', async () => {
    const answer = await fetch(`${api.origin}/cookies`);
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Secure', 'b=2, 3; Secure']);
  });

  test('an error of the server is its answer; no answer is a bad gateway', async () => {
    const missing = await fetch(`${api.origin}/nowhere`);
    expect([missing.status, await missing.text()]).toEqual([404, 'nothing here']);
    const dropped = await fetch(`${api.origin}/drop`);
    expect([dropped.status, await dropped.json()]).toEqual([502, { message: 'Internal Server Error' }]);
    expect((await fetch(`${api.origin}/health`)).status).toBe(200);
  });

  test('the caller of a stream that breaks finds the error of the runtime in its text', async () => {
    const text = await (await fetch(`${api.origin}/break`)).text();
    expect(text).toMatch(/^half.*Lambda-Runtime-Function-Error-Type/s);
    expect((await fetch(`${api.origin}/health`)).status).toBe(200);
  });

  test('it has the environment of a function, and nothing of the shell', async () => {
    const { cwd, env } = (await (await fetch(`${api.origin}/where`)).json()) as {
      cwd: string;
      env: Record<string, string>;
    };
    expect(env).toMatchObject({
      GREETING: 'hello',
      _HANDLER: 'run.sh',
      AWS_LAMBDA_FUNCTION_NAME: 'small',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    });
    expect(env.NOT_FOR_FUNCTIONS).toBeUndefined();
    expect(env.LAMBDA_TASK_ROOT).toBe(cwd);
    if (canSandbox()) expect(cwd).toBe('/var/task');
    expect(api.extensions).toEqual(['lambda-adapter']);
  });

  (canSandbox() ? test : test.skip)(
    'only the temporary folder can be written to, and it is told what was',
    async () => {
      const places = await (await fetch(`${api.origin}/write`)).json();
      expect(places).toEqual({ 'server.py': false, '~/x': false, '/etc/x': false, '/tmp/x': true });
      await api.restart();
      expect(api.log).toContain('it has written x)');
    },
  );

  test('it is asked to stop, and started again: another process, whose start is measured', async () => {
    const before = await pidOf(api);
    expect(await api.shutDown()).toMatch(/^the function: exit code 0/);
    expect(api.log).toContain('asked to stop');
    await api.restart();
    expect(await pidOf(api)).not.toBe(before);
    expect(api.figures.initMs).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(api.figures.processorMs).toBeGreaterThan(0);
  });

  test('one that ends is replaced with the next request', async () => {
    const before = await pidOf(api);
    expect((await fetch(`${api.origin}/exit`)).status).toBe(502);
    expect(await pidOf(api)).not.toBe(before);
  });

  test('two run beside each other', async () => {
    const second = await start({ GREETING: 'the other' });
    try {
      const [one, other] = await Promise.all([pidOf(api), pidOf(second)]);
      expect(one).not.toBe(other);
    } finally {
      await second.stop();
    }
  });

  test('a server that starts too slowly is started again, and its first answer waits', async () => {
    const slow = await start({ START_SECONDS: '1.5' }, { initMs: 500 });
    try {
      expect((await fetch(`${slow.origin}/health`)).status).toBe(200);
      expect(slow.log).toContain('INIT_REPORT Init Duration: 500 ms Phase: init Status: timeout');
    } finally {
      await slow.stop();
    }
  });

  test('a function without the wrapper of the layer does not start', async () => {
    await expect(start({ AWS_LAMBDA_EXEC_WRAPPER: '' })).rejects.toThrow(
      'AWS_LAMBDA_EXEC_WRAPPER is not /opt/bootstrap',
    );
  });
});

test('a machine without Rust is told what is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-kit-no-cargo-'));
  const { PATH, HOME } = process.env;
  Object.assign(process.env, { PATH: folder, HOME: folder });
  try {
    const failure: unknown = await installWebAdapter(() => undefined, folder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect((failure as Error).message).toBe('no cargo on the PATH: install Rust, https://rustup.rs');
  } finally {
    Object.assign(process.env, { PATH, HOME });
    rmSync(folder, { recursive: true, force: true });
  }
});

function functionIn(codeFolder: string, environment: Record<string, string>): DeployedFunction {
  return {
    codeFolder,
    handler: 'run.sh',
    runtime: 'python3.13',
    layers: [],
    name: 'small',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:small',
    memorySize: 512,
    timeout: 30,
    environment: {
      GREETING: 'hello',
      HOST: '127.0.0.1',
      PORT: '8080',
      AWS_LAMBDA_EXEC_WRAPPER: '/opt/bootstrap',
      AWS_LWA_PORT: '8080',
      AWS_LWA_INVOKE_MODE: 'response_stream',
      AWS_LWA_READINESS_CHECK_PATH: '/health',
      ...environment,
    },
  };
}

async function pidOf(api: RuntimeApi): Promise<number> {
  return ((await (await fetch(`${api.origin}/where`)).json()) as { pid: number }).pid;
}

/** The server needs nothing but the standard library of any version. */
async function anyPython(): Promise<string> {
  for (const version of ['3.13', '3.12', '3.11', '3.10']) {
    try {
      return await pythonFor(`python${version}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
  throw new Unavailable('no Python 3.10 or later on the PATH: install it');
}
