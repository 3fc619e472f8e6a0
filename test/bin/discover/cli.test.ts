import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { startDynalite } from '../../support/dynalite.ts';
import { FakeAws } from './fake-aws.ts';
import { iamUser, serverlessCache, storeTable } from './fixtures.ts';

const ROOT = join(__dirname, '../../..');
const TSX = ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), join(ROOT, 'bin/mcp-kit.ts')];

let aws: FakeAws;
let folder: string;
beforeAll(async () => {
  aws = await FakeAws.start();
  folder = mkdtempSync(join(tmpdir(), 'mcp-kit-discover-'));
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'very-secret' };
const REGION = { AWS_REGION: 'eu-west-1' };

/** The command as it is run, with nothing of this shell's AWS. */
async function run(env: Readonly<Record<string, string>>, ...args: string[]) {
  const child = spawn(process.execPath, [...TSX, 'discover', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: aws.endpoint,
      ...env,
    },
  });
  const ended = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, stdout, stderr };
}

test('the answer is on stdout, progress on stderr, and no secret on either', async () => {
  aws.account = { tables: [storeTable('weather')], serverless: [serverlessCache('s')], users: [iamUser()] };
  const { code, stdout, stderr } = await run({ ...KEYS, ...REGION });
  expect(code).toBe(0);
  expect(stdout).toContain('DynamoDB table weather: ready for a cache and OAuth state');
  expect(stdout).toContain('Valkey serverless cache s: ready for a cache');
  expect(stderr).toBe('listing tables and caches in eu-west-1 …\nlooking at 1 table …\n');
  expect(stdout + stderr).not.toContain('very-secret');
});

test('throttling is tried again, three times in all', async () => {
  aws.calls.length = 0;
  aws.account = {
    fault: (action) =>
      action === 'elasticache:DescribeReplicationGroups'
        ? { status: 400, code: 'Throttling', message: 'Rate exceeded' }
        : undefined,
  };
  const { code, stdout } = await run({ ...KEYS, ...REGION });
  expect(code).toBe(3);
  expect(stdout).toContain(
    'Could not look (throttled 3 times; try again later): elasticache:DescribeReplicationGroups.',
  );
  expect(aws.calls.filter(({ action }) => action === 'elasticache:DescribeReplicationGroups')).toHaveLength(3);
});

test('the region is that of the option, then AWS_REGION, AWS_DEFAULT_REGION, the profile', async () => {
  aws.account = {};
  writeFileSync(join(folder, 'config'), '[profile mine]\nregion = sa-east-1\n');
  writeFileSync(join(folder, 'credentials'), '[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = x\n');
  const of = async (env: Record<string, string>, ...args: string[]) =>
    /in ([\w-]+) …/.exec((await run({ ...KEYS, ...env }, ...args)).stderr)?.[1];
  const both = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
  expect(await of(both, '--region', 'us-west-2')).toBe('us-west-2');
  expect(await of(both)).toBe('eu-west-1');
  expect(await of({ AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
  const { stderr, code } = await run({}, '--profile', 'mine');
  expect(stderr).toContain('in sa-east-1 …');
  expect(code).toBe(1);
});

test.each<[string, Record<string, string>, string[], string]>([
  ['no region', KEYS, [], 'no region given: use --region eu-west-1, AWS_REGION, or a profile that has one'],
  [
    'no credentials',
    REGION,
    [],
    'no AWS credentials: sign in (aws sso login, aws login), name a profile with --profile',
  ],
  [
    'a profile that is not there',
    REGION,
    ['--profile', 'gone'],
    'the profile "gone" is not in the AWS configuration: aws configure list-profiles',
  ],
  [
    'no region in the environment',
    { ...KEYS, AWS_REGION: 'moon' },
    [],
    'AWS_REGION must be a region such as eu-west-1',
  ],
  ['no region at all', KEYS, ['--region', 'Mars'], '--region must be a region such as eu-west-1, got "Mars"'],
  ['an unknown role', {}, ['--role', 'login'], '--role must be cache or oauth, got "login"'],
  ['no limit', {}, ['--limit', '0'], '--limit must be a whole number from 1 to 10000, got "0"'],
  ['no time', {}, ['--timeout', '601'], '--timeout must be a whole number from 1 to 600, got "601"'],
  ['no profile', {}, ['--profile', ''], '--profile must name a profile'],
  ['an unknown option', {}, ['--tables'], `Unknown option '--tables': see "mcp-kit discover --help"`],
])('%s is refused with exit code 2 and one line', async (_name, env, args, message) => {
  const { code, stdout, stderr } = await run(env, ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`mcp-kit: ${message}`);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('credentials that do not come end it, and so does a process that hangs behind them', async () => {
  writeFileSync(join(folder, 'config'), '[profile slow]\nregion = eu-west-1\ncredential_process = sleep 60\n');
  const { code, stderr } = await run({}, '--profile', 'slow', '--timeout', '1');
  expect(code).toBe(2);
  expect(stderr).toContain('mcp-kit: with the profile "slow": the credentials did not come in time');
});

test('a credential process that fails is not quoted: its command line may hold a secret', async () => {
  writeFileSync(
    join(folder, 'config'),
    '[profile bad]\nregion = eu-west-1\ncredential_process = false --password hunter2\n',
  );
  const { code, stderr } = await run({}, '--profile', 'bad');
  expect(code).toBe(2);
  expect(stderr).toContain('mcp-kit: with the profile "bad": no AWS credentials');
  expect(stderr).not.toContain('hunter2');
});

test('nobody at the address: told once', async () => {
  const { code, stdout } = await run({ ...KEYS, ...REGION, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  expect(code).toBe(3);
  expect(stdout).toContain(
    'Could not look (connect ECONNREFUSED 127.0.0.1:1): dynamodb:ListTables; elasticache:DescribeServerlessCaches; ',
  );
});

test('over dynalite, whose tables have no time to live', async () => {
  const dynalite = await startDynalite();
  try {
    await dynalite.createTable('weather');
    const { code, stdout } = await run({ ...KEYS, ...REGION, AWS_ENDPOINT_URL: dynalite.endpoint });
    expect(code).toBe(3); // dynalite has no caches to look at
    expect(stdout).toContain('DynamoDB table weather: not ready for a cache, nor for OAuth state\n');
    expect(stdout).toContain('  lacks: time to live is off');
    expect(stdout).toContain('(not known to the service that answered): dynamodb:DescribeContinuousBackups');
  } finally {
    await dynalite.stop();
  }
});

test('--help', async () => {
  const { code, stdout, stderr } = await run({}, '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Exit codes: 0 something can serve');
});
