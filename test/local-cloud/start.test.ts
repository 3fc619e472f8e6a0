import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describeOnCloud } from './available.ts';
import { checkWeather } from './check-client.ts';
import { cloudsAt } from './listeners.ts';
import { ROOT } from './paths.ts';
import { killGroup } from './run.ts';

jest.setTimeout(120_000);

let home: string;
let running: Start | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mcp-kit-start-'));
});
afterEach(() => {
  running?.kill();
  running = undefined;
  rmSync(home, { recursive: true, force: true });
});

/** start.ts as npm start runs it, in an environment of the test's choice. */
class Start {
  output = '';
  readonly exitCode: Promise<number | null>;
  readonly #child: ChildProcess;
  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', join('test', 'local-cloud', 'start.ts'), ...args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.output += chunk));
    }
    this.exitCode = new Promise((resolve) => this.#child.once('close', resolve));
  }
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
  kill(): void {
    killGroup(this.#child.pid, 'SIGKILL');
  }
  /** Waits for a text in the output. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error(`it ended without saying ${String(pattern)}:\n${this.output}`);
      await sleep(50);
    }
  }
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): Start {
  running = new Start(args, env);
  return running;
}

describeOnCloud('npm start', () => {
  test('never asks the AWS account that the shell is signed in to', async () => {
    const trap = await openTrap();
    const address = `http://127.0.0.1:${(trap.server.address() as AddressInfo).port}`;
    mkdirSync(join(home, '.aws'));
    const section = `region = eu-west-1\nendpoint_url = ${address}\ncredential_process = touch ${home}/asked\n`;
    writeFileSync(join(home, '.aws', 'config'), `[default]\n${section}[profile prod]\n${section}`);
    writeFileSync(
      join(home, '.aws', 'credentials'),
      '[prod]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n',
    );
    const { exitCode } = start(['--once', '--port', '0'], {
      ...process.env,
      HOME: home,
      AWS_PROFILE: 'prod',
      AWS_DEFAULT_PROFILE: 'prod',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-key',
      AWS_SESSION_TOKEN: 'not-a-token',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_CONFIG_FILE: join(home, '.aws', 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws', 'credentials'),
      AWS_ENDPOINT_URL: address,
      AWS_ENDPOINT_URL_CLOUDFORMATION: address,
      AWS_ENDPOINT_URL_DYNAMODB: address,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: address,
      CDK_DEFAULT_ACCOUNT: '111122223333',
      CDK_DEFAULT_REGION: 'eu-west-1',
      HTTP_PROXY: address,
      HTTPS_PROXY: address,
      NODE_OPTIONS: '--no-deprecation',
    });
    expect(await exitCode).toBe(0);
    await trap.close();
    expect(running?.output).toContain('checked with the official client, revision 2026-07-28');
    expect(running?.output).toContain('checked with the official client, revision 2025-11-25');
    expect(trap.requests).toEqual([]);
    expect(existsSync(join(home, 'asked'))).toBe(false);
    expect(readdirSync(home)).toEqual(['.aws']); // nothing was written into the person's home
  });

  test('deploys to Fargate on request: context goes on to the app', async () => {
    const more = ['compute=fargate', 'storage=memory', 'minTasks=1', 'maxTasks=1'].flatMap((pair) => ['-c', pair]);
    const { exitCode } = start(['--once', '--port', '0', ...more], process.env);
    expect(await exitCode).toBe(0);
    expect(running?.output).toMatch(/deployed: http:\/\/\S+\.elb\.amazonaws\.com\/mcp\n.*1 task\(s\) run as/);
    expect(running?.output).toContain('checked with the official client, revision 2026-07-28');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('stays up until %s, then leaves nothing behind', async (signal) => {
    const app = start(['--port', '0'], process.env);
    const [, endpoint = ''] = await app.says(/local cloud is up at (\S+);/);
    if (signal === 'SIGTERM') {
      app.signal(signal); // in the middle of the bootstrap
      expect(await app.exitCode).not.toBeNull();
    } else {
      const [, url = ''] = await app.says(/URL {2}(\S+)/);
      expect((await checkWeather(url, 'modern')).climate).toBe('Tokyo in Jul: 26 °C');
      expect(app.output).toContain('every resource type was provisioned, none stubbed');
      expect(app.output).toContain(`claude mcp add --transport http weather ${url}`);
      app.signal(signal);
      expect(await app.exitCode).toBe(0);
    }
    await expect(fetch(endpoint)).rejects.toThrow();
    expect(cloudsAt(endpoint)).toEqual([]);
  });

  test('the cloud ends even when npm start is killed', async () => {
    const app = start(['--port', '0'], process.env);
    const [, endpoint = ''] = await app.says(/local cloud is up at (\S+);/);
    const [cloud] = cloudsAt(endpoint);
    const folder = cloud === undefined ? undefined : readlinkSync(`/proc/${cloud}/cwd`);
    if (process.platform === 'linux') expect(folder).toContain('mcp-kit-cloud-');
    app.kill();
    await app.exitCode;
    while (
      await fetch(endpoint).then(
        () => true,
        () => false,
      )
    )
      await sleep(50);
    expect(cloudsAt(endpoint)).toEqual([]);
    if (folder !== undefined) expect(existsSync(folder)).toBe(false);
  });
});

test.each([
  [['-c', 'storage=valkey'], '-c storage=valkey: on the local cloud storage is dynamodb or memory'],
  [['-c', 'auth=jwt'], '-c auth=jwt: on the local cloud auth is none'],
  [['-c', 'compute'], '-c compute=: on the local cloud compute is lambda or fargate'],
  [['-c', 'entry=server.ts'], '-c "entry=server.ts": npm start deploys the weather example, with -c compute, storage'],
  [['--no-cloud', '-c', 'compute=fargate'], '-c has no meaning with --no-cloud: nothing is deployed'],
])('%j is refused at once, with what is possible', async (args, message) => {
  const { exitCode } = start(args, process.env);
  expect(await exitCode).toBe(1);
  expect(running?.output).toContain(message);
  expect(running?.output).not.toContain('local cloud is up');
});

test('without Python it says so in one line and serves the example with disk storage', async () => {
  const env = { ...process.env, PATH: join(ROOT, 'node_modules', '.bin'), LOCAL_CLOUD_CACHE: join(home, 'cache') };
  const { exitCode } = start(['--once', '--port', '0'], env);
  expect(await exitCode).toBe(0);
  expect(running?.output).toMatch(
    /the local cloud cannot run here: no python3 on the PATH: install Python 3\.10 or later\n/,
  );
  expect(running?.output).toContain('served by this machine, without a cloud');
  expect(running?.output).toContain('revision 2026-07-28');
});

test('without PyPI it says so in one line and serves the example with disk storage', async () => {
  const closed = 'http://127.0.0.1:9/simple';
  const { exitCode } = start(['--once', '--port', '0'], {
    ...process.env,
    LOCAL_CLOUD_CACHE: join(home, 'cache'),
    PIP_INDEX_URL: closed,
    PIP_EXTRA_INDEX_URL: '',
    PIP_FIND_LINKS: '',
    PIP_NO_CACHE_DIR: '1',
    PIP_RETRIES: '0',
  });
  expect(await exitCode).toBe(0);
  // A machine without Python says that instead.
  expect(running?.output).toMatch(
    /the local cloud cannot run here: (PyPI cannot be reached: connect this machine|no python3)/,
  );
  expect(running?.output).toContain('served by this machine, without a cloud');
});

test('a port in use is passed over', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const app = start(['--no-cloud', '--port', String(port)], process.env);
  const [, url = ''] = await app.says(/URL {2}(\S+)/);
  expect(Number(new URL(url).port)).toBeGreaterThan(port);
  expect(app.output).toContain(`port ${port} is taken: the URL has ${new URL(url).port}\n`);
  app.signal('SIGINT');
  expect(await app.exitCode).toBe(0);
  taken.close();
});

test.each([
  ['--port', 'eighty', '"eighty" is no port'],
  ['--prot', '80', "Unknown option '--prot'"],
])('%s %s is refused', async (name, value, message) => {
  const { exitCode } = start([name, value], process.env);
  expect(await exitCode).toBe(1);
  expect(running?.output).toContain(message);
});

/** A server that no program should call. */
async function openTrap(): Promise<{ server: Server; requests: string[]; close: () => Promise<void> }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(500).end();
  });
  server.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url ?? ''}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { server, requests, close };
}
