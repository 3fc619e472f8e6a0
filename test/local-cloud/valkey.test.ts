import { DescribeUsersCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';

import { WIRING } from '../../lambda/wiring.ts';
import { findProgram } from '../support/servers/programs.ts';
import { describeOnCloud } from './available.ts';
import { callTool } from './check-client.ts';
import { environmentOf } from './deployed-function.ts';
import { refuseToken } from './elasticache-token.ts';
import { callWithFastMcp } from './fastmcp-client.ts';
import { LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';

jest.setTimeout(240_000);

const { program = findProgram('redis').program, missing } = findProgram('valkey');
const describeOnCache = program === undefined ? describe.skip : describeOnCloud;

/** What the emulator records without provisioning it; the cache itself is real. */
const STUBS = ['AWS::EC2::FlowLog', 'AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress'];

describeOnCache(program ? 'the app on Valkey, on the local cloud' : `skipped: no valkey: ${missing ?? ''}`, () => {
  let cache: LocalElastiCache;
  let cloud: LocalCloud;
  let mcpUrl: string;
  let store: URL;

  beforeAll(async () => {
    cache = await LocalElastiCache.start(program!);
    const environment = {
      LOCAL_CLOUD_CACHE: cache.endpoint,
      NODE_EXTRA_CA_CERTS: cache.certificates.ca, // as Lambda trusts Amazon's authorities
    };
    cloud = await LocalCloud.start({ environment });
    await cloud.bootstrap();
    const outputs = await cloud.deploy({ stack: 'McpKit', context: { auth: 'none', storage: 'valkey' } });
    mcpUrl = cloud.reach(outputs.Url ?? '');
    const wiring = await environmentOf(cloud, outputs.FunctionName ?? '');
    store = new URL(wiring[WIRING.store] ?? '');
    const elasticache = new ElastiCacheClient(cloud.clientConfig);
    const { Users } = await elasticache.send(new DescribeUsersCommand({ UserId: store.username }));
    elasticache.destroy();
    await cache.admit(store.username, Users?.[0]?.AccessString ?? '', store.searchParams.get('cache') ?? '');
  });
  afterAll(async () => {
    await cloud.stop();
    await cache.stop();
  });

  test('a tool stores an entry through TLS, with a token of IAM and the access string that was deployed', async () => {
    expect(await callTool(mcpUrl, 'remember_place', { label: 'home', city: 'Berlin' })).toContain('Berlin');
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('berlin');
    expect(await cache.command('KEYS', '*')).toEqual(['weather__places::everyone/home']);
    const entry = JSON.parse(String(await cache.command('GET', 'weather__places::everyone/home'))) as object;
    expect(entry).toMatchObject({ collection: 'weather__places', key: 'everyone/home', value: { city: 'berlin' } });
    expect(cache.admitted.length).toBeGreaterThan(0);
    expect(cache.refused).toEqual([]);
  });

  test.each([
    ['another user', (token: string) => token.replace(/User=[^&]+/, 'User=somebody')],
    ['another cache', (token: string) => `x${token}`],
    ['another time', (token: string) => token.replace(/Date=\d{8}T\d{6}/, 'Date=20200101T000000')],
    ['a longer life', (token: string) => token.replace('Expires=900', 'Expires=901')],
    ['another signature', (token: string) => token.replace(/Signature=./, 'Signature=x')],
  ])('the check of tokens is awake: %s', (_what, change) => {
    const token = cache.admitted[0]!;
    const name = store.searchParams.get('cache') ?? '';
    expect(refuseToken(token, store.username, name)).toBeUndefined();
    expect(refuseToken(change(token), store.username, name)).toBeDefined();
  });

  test('the user of the server reaches its own namespace only', async () => {
    const dryRun = (...words: string[]): Promise<unknown> =>
      cache.command('ACL', 'DRYRUN', store.username, ...words).catch((error: unknown) => String(error));
    expect(await dryRun('GET', 'weather__places::everyone/home')).toBe('OK');
    expect(await dryRun('GET', 'notes__places::everyone/home')).toMatch(/no permissions/i);
    expect(await dryRun('FLUSHALL')).toMatch(/no permissions/i);
  });

  test.each(['auto', 'legacy'] as const)('FastMCP’s own client calls the function: %s', async (mode) => {
    const seen = await callWithFastMcp(mcpUrl, mode, [['recall_place', { label: 'home' }]]);
    expect(seen.version).toBe(mode === 'auto' ? '2026-07-28' : '2025-11-25');
    expect(seen.results).toEqual([expect.stringContaining('berlin')]);
  });

  test('what was only recorded is told', () => {
    expect(cloud.stubbed).toEqual(STUBS);
  });

  test('with its storage changed to memory, the function keeps entries in the process', async () => {
    const context = { auth: 'none', storage: 'memory' };
    mcpUrl = cloud.reach((await cloud.deploy({ stack: 'McpKit', context })).Url ?? '');
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('Nothing is remembered');
    await callTool(mcpUrl, 'remember_place', { label: 'home', city: 'Lima' });
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('lima');
  });

  test('destroy leaves nothing behind but the logs of the emulator', async () => {
    await cloud.destroy('McpKit');
  });
});
