import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type AttributeValue,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { parseRing } from '../../lambda/keys/ring-document.ts';
import { WIRING } from '../../lambda/wiring.ts';
import { describeOnCloud, testUnderRuntimeClient } from './available.ts';
import { callTool, callWithProgress, checkWeather, connect } from './check-client.ts';
import { WEATHER_TOOLS, writeChangedWeather } from './changed-examples.ts';
import { environmentOf, fetchFunction } from './deployed-function.ts';
import { testEveryClient } from './every-client.ts';
import { nodeRuntime } from './function-runtime.ts';
import { processesOfGroup } from './listeners.ts';
import { LocalCloud } from './local-cloud.ts';
import { expectRolledBack } from './rolled-back.ts';
import { RuntimeApi } from './runtime-api.ts';

jest.setTimeout(240_000);

const ERAS = ['modern', 'legacy'] as const;
const REVISIONS = { modern: '2026-07-28', legacy: '2025-11-25' } as const;
const TOOLS = ['climate', 'year', 'remember_place', 'recall_place'];
const CHANGED_APP = 'tsx test/local-cloud/changed-app.ts';

/** One life of a stack: each test goes on where the one before ended. */
describeOnCloud('the app on the local cloud', () => {
  let cloud: LocalCloud;
  let outputs: Readonly<Record<string, string>>;
  let mcpUrl: string;
  let table: string;
  let secretArn: string;
  let secretBefore: string;
  let dynamoDb: DynamoDBClient;
  let secrets: SecretsManagerClient;
  let changedEntry: string;

  beforeAll(async () => {
    changedEntry = writeChangedWeather();
    cloud = await LocalCloud.start();
    dynamoDb = new DynamoDBClient(cloud.clientConfig);
    secrets = new SecretsManagerClient(cloud.clientConfig);
    await cloud.bootstrap();
    outputs = await cloud.deploy({ stack: 'McpKit', context: { auth: 'none' } });
    mcpUrl = cloud.reach(outputs.Url ?? '');
    const environment = await environmentOf(cloud, outputs.FunctionName ?? '');
    table = new URL(environment[WIRING.store] ?? '').hostname;
    secretArn = environment[WIRING.keysSecret] ?? '';
    secretBefore = await fingerprint(secrets, secretArn);
  });

  afterAll(async () => {
    dynamoDb.destroy();
    secrets.destroy();
    await cloud.stop();
    rmSync(changedEntry, { recursive: true, force: true });
    if (process.platform === 'linux') expect(processesOfGroup(cloud.pid)).toEqual([]);
  });

  test.each(ERAS)('the official client uses tools, resource and prompt: %s', async (era) => {
    const report = await checkWeather(mcpUrl, era);
    expect(report.protocolVersion).toBe(REVISIONS[era]);
    expect(report.tools).toEqual(TOOLS);
    expect(report.climate).toBe('Tokyo in Jul: 26 °C');
    expect(report.cities).toContain('berlin');
    expect(report.prompt).toContain('Tokyo');
  });

  test.each(ERAS)('progress arrives, in order: %s', async (era) => {
    const client = await connect(mcpUrl, era);
    const { text, notes } = await callWithProgress(client, 0);
    await client.close();
    expect(notes.map((note) => note.progress)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(text.split('\n')).toHaveLength(12);
  });

  test('what a tool stores is a row of the table, in the layout of py-key-value', async () => {
    expect(await remember(mcpUrl, 'home', 'Berlin')).toContain('Berlin');
    expect(await recall(mcpUrl, 'home')).toBe('berlin');
    const [row, ...others] = await placesIn(dynamoDb, table);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ collection: { S: 'weather__places' }, key: { S: 'everyone/home' } });
    expect(JSON.parse(row?.value?.S ?? '')).toMatchObject({ value: { city: 'berlin' } });
    const days = (Number(row?.ttl?.N) - Date.now() / 1000) / 86_400;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
  });

  testEveryClient('finds what is stored', () => ({
    url: mcpUrl,
    tools: TOOLS,
    calls: [['recall_place', { label: 'home' }]],
    results: ['berlin'],
  }));

  test('the table is deployed with time to live, recovery, protection and a ceiling', async () => {
    const ttl = await dynamoDb.send(new DescribeTimeToLiveCommand({ TableName: table }));
    expect(ttl.TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.DeletionProtectionEnabled).toBe(true);
    expect(Table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    expect(Table?.OnDemandThroughput?.MaxWriteRequestUnits).toBeGreaterThan(0);
    const backups = await dynamoDb.send(new DescribeContinuousBackupsCommand({ TableName: table }));
    expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
      'ENABLED',
    );
  });

  test('the key ring was generated, and is one', async () => {
    expect(secretArn).toMatch(/^arn:aws:secretsmanager:/);
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
    const ring = parseRing(SecretString ?? '', secretArn); // its errors never quote the secret
    expect(Object.values(ring).map((keys) => keys.map(({ key }) => key.length))).toEqual([[32], [32], [32]]);
  });

  test('a deployment changes code and configuration, and keeps what is stored', async () => {
    const changed = await cloud.deploy({
      stack: 'McpKit',
      app: CHANGED_APP,
      context: { auth: 'none', entry: join(changedEntry, 'server.ts'), release: 'second' },
    });
    expect(changed.Url).toBe(outputs.Url);
    for (const era of ERAS) expect((await checkWeather(mcpUrl, era)).tools).toEqual(WEATHER_TOOLS);
    expect(await callTool(mcpUrl, 'release', {})).toBe('second');
    expect(await recall(mcpUrl, 'home')).toBe('berlin');
    expect(await fingerprint(secrets, secretArn)).toBe(secretBefore);
  });

  test('a deployment that fails is rolled back: the server answers as before, and nothing is lost', async () => {
    expect(await remember(mcpUrl, 'work', 'Lima')).toContain('Lima');
    const output = await expectRolledBack({
      deploy: () =>
        cloud.deploy({ stack: 'McpKit', app: CHANGED_APP, context: { auth: 'none', release: 'third', fail: 'true' } }),
      ask: async () => ({
        release: await callTool(mcpUrl, 'release', {}),
        places: [await recall(mcpUrl, 'home'), await recall(mcpUrl, 'work')],
        keys: await fingerprint(secrets, secretArn),
      }),
      answers: { release: 'second', places: ['berlin', 'lima'], keys: secretBefore },
    });
    expect(output).toMatch(/UPDATE_COMPLETE +\| AWS::Lambda::Function[^]*UPDATE_FAILED +\| AWS::Lambda::Url/);
  });

  testUnderRuntimeClient('the deployed bundle streams under AWS’s own runtime client', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-kit-function-'));
    const api = await RuntimeApi.start({
      runtime: nodeRuntime(process.env.RUNTIME_CLIENT ?? ''),
      function: await fetchFunction(cloud, outputs.FunctionName ?? '', folder),
      endpoint: cloud.endpoint,
      domainName: new URL(outputs.Url ?? '').hostname,
    });
    try {
      const url = `${api.origin}/mcp`;
      for (const era of ERAS) expect((await checkWeather(url, era)).tools).toEqual(WEATHER_TOOLS);
      expect(await callTool(url, 'release', {})).toBe('second');
      expect(await recall(url, 'home')).toBe('berlin'); // the same table
      for (const era of ERAS) await expectSpacing(url, era, 200);
    } finally {
      await api.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('has listened on loopback only, and stubbed nothing', () => {
    expect(cloud.stubbed).toEqual([]);
    const listeners = cloud.listeners();
    if (listeners === undefined) return; // only Linux tells
    expect(listeners.length).toBeGreaterThan(1); // AWS, and the port that functions stream to once one was called
    expect(listeners.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('destroy takes the server away and leaves table and keys', async () => {
    await cloud.destroy('McpKit');
    expect((await fetch(mcpUrl, { method: 'POST' })).status).toBe(404);
    expect((await placesIn(dynamoDb, table)).map((row) => row.key?.S).sort()).toEqual([
      'everyone/home',
      'everyone/work',
    ]);
    expect(await fingerprint(secrets, secretArn)).toBe(secretBefore);
  });
});

/**
 * Notifications come one by one, as the tool sends them. Buffered they would come at once, at the end: all gaps would be
 * near zero. The median is compared, since a busy machine delays single ones.
 */
async function expectSpacing(url: string, era: (typeof ERAS)[number], delayMs: number): Promise<void> {
  const client = await connect(url, era);
  const { notes } = await callWithProgress(client, delayMs);
  await client.close();
  expect(notes).toHaveLength(12);
  const gaps = notes.slice(1).map((note, index) => note.at - (notes[index]?.at ?? 0));
  const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  expect(median).toBeGreaterThan(delayMs * 0.5);
  expect(median).toBeLessThan(delayMs * 3);
}

function remember(url: string, label: string, city: string): Promise<string> {
  return callTool(url, 'remember_place', { label, city });
}

function recall(url: string, label: string): Promise<string> {
  return callTool(url, 'recall_place', { label });
}

async function placesIn(client: DynamoDBClient, table: string): Promise<Record<string, AttributeValue>[]> {
  const { Items } = await client.send(new ScanCommand({ TableName: table }));
  return (Items ?? []).filter((item) => item.collection?.S === 'weather__places');
}

/** Tells whether a secret has changed, without holding it. */
async function fingerprint(client: SecretsManagerClient, arn: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  return createHash('sha256')
    .update(SecretString ?? '')
    .digest('hex');
}
