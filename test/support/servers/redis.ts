import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { InstalledProgram } from './debian.ts';
import type { Certificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface RedisProps {
  /**
   * Whether it speaks TLS only, with these certificates.
   *
   * @default - no TLS
   */
  readonly certificates?: Certificates;
  /**
   * Users besides the administrator, as lines of an ACL file: `user notes on >password ~notes__* -@all +get`. With any,
   * nobody gets in without a password.
   *
   * @default - everybody may do everything
   */
  readonly users?: readonly string[];
  /**
   * More arguments of the server: `['--maxmemory', '2mb']`.
   *
   * @default - none
   */
  readonly args?: readonly string[];
}

/** A Redis or Valkey server that a test started. */
export interface RedisServer extends ServerProcess {
  /** Host and port of loopback. */
  readonly address: string;
  /** Runs one command as the administrator. Errors of the server reject. */
  cli(...args: readonly string[]): Promise<string>;
}

export interface RedisCluster {
  /** The masters with the slots in order, then their replicas. */
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

const ADMIN = { user: 'admin', password: 'password-of-the-administrator' };
const SLOTS = 16_384;

/** Starts `redis-server` or `valkey-server` on a free port of loopback, without persistence. */
export async function startRedis(program: InstalledProgram, props: RedisProps = {}): Promise<RedisServer> {
  return start(program, props, []);
}

/** Starts a cluster and waits until it has all slots. A node that does not answer for two seconds has failed. */
export async function startRedisCluster(
  program: InstalledProgram,
  { masters = 3, replicas = 0, ...props }: RedisProps & { readonly masters?: number; readonly replicas?: number } = {},
): Promise<RedisCluster> {
  const tls = props.certificates ? ['--tls-cluster', 'yes', '--tls-replication', 'yes'] : [];
  const nodes: RedisServer[] = [];
  const busPorts: number[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let index = 0; index < masters + replicas; index++) {
      const busPort = await freePort();
      const hostname = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
      const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '2000'];
      cluster.push('--cluster-require-full-coverage', 'no'); // as ElastiCache has it
      const masterAuth = props.users ? ['--masteruser', ADMIN.user, '--masterauth', ADMIN.password] : [];
      nodes.push(await start(program, props, [...cluster, ...hostname, ...tls, ...masterAuth]));
      busPorts.push(busPort);
    }
    const [first] = nodes as [RedisServer];
    for (const [index, node] of nodes.entries()) {
      if (index < masters) {
        const from = Math.floor((SLOTS * index) / masters);
        const to = Math.floor((SLOTS * (index + 1)) / masters) - 1;
        await node.cli('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
        await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
      }
      if (index > 0) await first.cli('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(busPorts[index]));
    }
    await until(async () => (await infoOf(nodes)).every((info) => info.includes(`known_nodes:${nodes.length}`)));
    for (const [index, node] of nodes.slice(masters).entries()) {
      const id = await nodes[index % masters]!.cli('CLUSTER', 'MYID');
      await until(() =>
        node.cli('CLUSTER', 'REPLICATE', id).then(
          () => true,
          () => false,
        ),
      );
    }
    await until(async () => (await infoOf(nodes)).every((info) => info.includes('cluster_state:ok')));
    for (const node of nodes.slice(masters)) {
      await until(async () => (await node.cli('INFO', 'replication')).includes('master_link_status:up'));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop };
}

async function start(
  program: InstalledProgram,
  { certificates, users, args = [] }: RedisProps,
  more: readonly string[],
): Promise<RedisServer> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'redis-'));
  const tls = certificates && [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', certificates.ca],
    ...['--tls-cert-file', certificates.cert, '--tls-key-file', certificates.key],
  ];
  const acl = join(directory, 'users.acl');
  if (users) {
    const admin = `user ${ADMIN.user} on >${ADMIN.password} ~* &* +@all`;
    writeFileSync(acl, ['user default off', admin, ...users, ''].join('\n'));
  }
  const cli = async (...command: readonly string[]): Promise<string> => {
    const login = users ? ['--user', ADMIN.user, '--pass', ADMIN.password, '--no-auth-warning'] : [];
    const secure = certificates ? ['--tls', '--cacert', certificates.ca] : [];
    const { stdout } = await promisify(execFile)(
      clientOf(program),
      ['-h', '127.0.0.1', '-p', String(port), '-e', ...login, ...secure, ...command],
      { env: { ...process.env, ...program.env }, timeout: 10_000 },
    );
    return stdout.trim();
  };
  const server = await startServer({
    command: program.path,
    args: [
      ...['--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'],
      ...['--repl-diskless-sync-delay', '0'],
      ...(tls ?? ['--port', String(port)]),
      ...(users ? ['--aclfile', acl] : []),
      ...more,
      ...args,
    ],
    env: program.env,
    port,
    ready: () =>
      cli('PING').then(
        (answer) => answer === 'PONG',
        () => false,
      ),
  });
  return {
    ...server,
    address: `localhost:${port}`,
    cli,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** `redis-cli` beside `redis-server`. */
function clientOf({ path }: InstalledProgram): string {
  const client = join(dirname(path), basename(path).replace('-server', '-cli'));
  return existsSync(client) ? client : basename(client);
}

function infoOf(nodes: readonly RedisServer[]): Promise<string[]> {
  return Promise.all(nodes.map((node) => node.cli('CLUSTER', 'INFO')));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the cluster did not come together in 20 s');
    await sleep(100);
  }
}
