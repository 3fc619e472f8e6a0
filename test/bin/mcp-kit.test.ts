import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const TSX = join(ROOT, 'node_modules/tsx/dist/cli.mjs');

function mcpKit(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSX, 'bin/mcp-kit.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    input: '',
  });
  return { code: status, stdout, stderr };
}

test('choose prints the ranking as a table, the reasons, the refusals and the line to paste', () => {
  const { code, stdout, stderr } = mcpKit('choose', '--servers', '3', '--role=oauth', '--existing', 'redis, mongodb');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout)
    .toBe(`For production, platform cloud, 3 servers, OAuth state, 1 requests/s, entries of 4 KB, persistent, existing redis, mongodb:

   backend        rating   USD/month  as
1  MongoDB        good          1.60  what you have
2  DynamoDB       best         13.56  a DynamoDB table, on demand
3  Elasticsearch  limited      69.60  OpenSearch Service, 2 × t3.small.search

Storage only, at list prices of us-east-1, 2026-11-22.

Why
  MongoDB        it exists already; good for Cloud Native (FastMCP): shared and durable, managed as DocumentDB or Atlas, which cost while idle; an acknowledged write is kept
  DynamoDB       best for Cloud Native (FastMCP): the pick on AWS: durable, no network to join, paid per request; an acknowledged write is kept
  Elasticsearch  limited for Cloud Native (cdk-mcp-kit): OpenSearch nodes cost while idle, for an index that nobody searches; an acknowledged write is kept

Refused
  Memory     each server would see only what it stored itself (Multi-Server, FastMCP); what it holds is lost with the process, and persistence is needed; a login that starts on one instance fails on another
             → run one server and use it in development or for the cache only, or use MongoDB
  Disk       a folder belongs to one server (Multi-Server, FastMCP); a code must be taken once, and locks on a network file system do not promise that
             → run one server and run it on a machine of your own, or use MongoDB
  Redis      its replication is asynchronous: a failover loses writes that were acknowledged, so tokens and codes
             → accept that with --allow-lost-writes, or take nodes of Valkey that log their writes (McpStorage.valkey({ shape: CacheShape.nodes({ durability: CacheDurability.SYNC }) })), or use MongoDB
  Valkey     its replication is asynchronous: a failover loses writes that were acknowledged, so tokens and codes
             → accept that with --allow-lost-writes, or take nodes of Valkey that log their writes (McpStorage.valkey({ shape: CacheShape.nodes({ durability: CacheDurability.SYNC }) })), or use MongoDB
  Memcached  what it holds is lost with the process, and persistence is needed; it evicts entries when memory is short, and reads a TTL over 30 days as a date: no place for tokens
             → use it for the cache only, or use MongoDB
  RocksDB    one process locks the whole database (Multi-Server, cdk-mcp-kit); the volume of a task is gone with the task, and persistence is needed
             → run one server and use it for the cache only, or use MongoDB

Paste into the properties of McpServer
  storage: McpStorage.fromUrl('mongodb+srv://my-mongo.example.com/my-database', { credentials: secretsmanager.Secret.fromSecretNameV2(this, 'Credentials', 'my-mongo') }),
with
  import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
  import { McpStorage } from 'cdk-mcp-kit';
Note: put its address in place of my-mongo.example.com, a database in place of my-database, and the name of the secret with its username and password in place of my-mongo.
Note: one of DocumentDB is in a network: add network, a McpNetwork of its vpc, and use McpStorage.fromCluster().
To see which of your tables and caches on AWS can serve: npx mcp-kit discover --role oauth
`);
});

test('without a terminal and without flags, everything is assumed, and said', () => {
  const { code, stdout } = mcpKit('choose');
  expect(code).toBe(0);
  expect(stdout).toContain(
    'For production, platform cloud, 1 server, a cache, 1 requests/s, hit ratio 0.8, entries of 4 KB:',
  );
  expect(stdout).toContain('DynamoDB below, Valkey above  14 requests per second');
});

test('every flag reaches the workload', () => {
  const flags =
    '--environment development --platform lambda --servers multi --role oauth --no-persistence --existing redis --existing valkey ' +
    '--requests-per-second 2.5 --hit-ratio .5 --item-size-kb 3 --latency-ms 20 --internet --allow-lost-writes --json';
  const { code, stdout } = mcpKit('choose', ...flags.split(' '));
  const { workload, ranking, refused, crossovers, priced, paste } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(workload).toEqual({
    environment: 'development',
    platform: 'lambda',
    servers: 2,
    role: 'oauth',
    persistence: false,
    existing: ['redis', 'valkey'],
    requestsPerSecond: 2.5,
    hitRatio: 0.5,
    itemSizeKb: 3,
    latencyMs: 20,
    internet: true,
    allowLostWrites: true,
  });
  expect(ranking[0]).toMatchObject({ backend: 'dynamodb', rating: 'best' });
  expect(refused.map(({ backend }: { backend: string }) => backend)).toEqual([
    'memory',
    'disk',
    'memcached',
    'rocksdb',
  ]);
  expect(Array.isArray(crossovers)).toBe(true);
  expect(priced).toEqual({ region: 'us-east-1', date: '2026-11-22', currency: 'USD' });
  expect(paste).toEqual({
    code: 'storage: McpStorage.dynamoDb(),',
    imports: ["import { McpStorage } from 'cdk-mcp-kit';"],
    notes: [],
  });
});

test.each([
  [['--existing', 'dynamodb'], 'npx mcp-kit discover --role cache'],
  [['--existing', 'dynamodb', '--platform', 'machine'], undefined],
  [['--existing', 'mongodb'], undefined],
  [[], undefined],
])('choose %j points to %s', (args, command) => {
  const [, told] = /on AWS can serve: (.+)\n$/.exec(mcpKit('choose', ...args).stdout) ?? [];
  expect(told).toBe(command);
});

test('when nothing can serve: the refusals, and exit code 1', () => {
  const { code, stdout } = mcpKit('choose', '--latency-ms', '0.001');
  expect(code).toBe(1);
  expect(stdout).toContain('Refused\n  Memory');
  expect(stdout).not.toContain('Paste');
  expect(stdout).toContain('Note: nothing can serve this workload: change what the refusals name.');
});

test.each([
  [['--help'], 'choose    which storage backend suits a server'],
  [['--version'], `${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}\n`],
  [['choose', '--help'], '--requests-per-second N'],
  [['choose', '-h'], '--[no-]persistence'],
])('%j', (args, text) => {
  const { code, stdout, stderr } = mcpKit(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(text);
});

test.each([
  [[], 'no command given: try "mcp-kit choose"'],
  [['pick'], 'unknown command "pick": use choose, dev, discover, or --help'],
  [['choose', '--region', 'x'], `Unknown option '--region': see "mcp-kit choose --help"`],
  [['choose', 'redis'], `Unexpected argument 'redis'. This command does not take positional arguments: see`],
  [['choose', '--servers'], `Option '--servers <value>' argument missing: see`],
  [['choose', '--json=yes'], `Option '--json' does not take an argument: see`],
  [
    ['choose', '--servers', 'many'],
    '--servers: servers must be a whole number of 1 or more, "single" or "multi", got "many"',
  ],
  [['choose', '--platform', 'moon'], '--platform: unknown platform "moon": use "machine" or "fargate"'],
  [['choose', '--hit-ratio', '2'], '--hit-ratio: hitRatio must be a number from 0 to 1, got 2'],
  [['choose', '--hit-ratio', 'most'], '--hit-ratio must be a number such as 1.5, got "most"'],
  [['choose', '--latency-ms', ''], '--latency-ms must be a number such as 1.5, got ""'],
  [
    ['choose', '--requests-per-second', '-1'],
    '--requests-per-second: requestsPerSecond must be a number of 0 or more, got -1',
  ],
  [['choose', '--hit-ratio=-.5'], '--hit-ratio: hitRatio must be a number from 0 to 1, got -0.5'],
  [['choose', '--role', '--json'], '--role needs a value; one that begins with a dash is written --role=-…'],
  [['choose', '--existing', 'postgres'], '--existing: unknown existing "postgres": use "disk" or "redis"'],
])('%j is refused with exit code 2', (args, message) => {
  const { code, stdout, stderr } = mcpKit(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`mcp-kit: ${message}`);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('the package has the command, and its file says what runs it', () => {
  const { bin, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(bin).toEqual({ 'mcp-kit': 'dist/bin/mcp-kit.js' });
  expect(files).toContain('dist');
  expect(readFileSync(join(ROOT, 'bin/mcp-kit.ts'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
