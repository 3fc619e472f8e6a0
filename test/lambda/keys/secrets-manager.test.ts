import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ephemeralKeyRing } from '../../../lambda/keys/ephemeral.ts';
import { KeyRingError } from '../../../lambda/keys/ring-document.ts';
import { secretsManagerKeyRing } from '../../../lambda/keys/secrets-manager.ts';
import type { SecretsManagerKeyRingOptions } from '../../../lambda/keys/secrets-manager.ts';
import type { KeyRing } from '../../../lambda/keys/key-ring.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:Keys-AbCdEf';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const CANARY = 'CANARYcanaryCANARYcanaryCANARYcanary1234567';

/** Secrets Manager on loopback, as far as `GetSecretValue` goes; the real AWS client talks to it. */
let server: Server;
let requests: { readonly body: string; readonly headers: IncomingMessage['headers'] }[];
let answer: (response: ServerResponse) => void;
let now: number;
let warnings: string[];

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64url');
const ringText = (...fills: number[]): string =>
  JSON.stringify({ version: 1, storage: fills.map((fill) => ({ kid: `k${fill}`, key: key(fill) })) });
const sendSecret = (text: string) => (response: ServerResponse) => {
  send(response, 200, { ARN, Name: 'Keys', SecretString: text, VersionId: 'v', VersionStages: ['AWSCURRENT'] });
};
const sendError = (status: number, name: string) => (response: ServerResponse) => {
  send(response, status, { __type: name, message: `no ${CANARY}` });
};

function send(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(document));
}

beforeEach(async () => {
  requests = [];
  warnings = [];
  now = 1_800_000_000_000;
  answer = sendSecret(ringText(1));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ body: Buffer.concat(chunks).toString(), headers: request.headers });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const make = (options: SecretsManagerKeyRingOptions = {}): KeyRing =>
  secretsManagerKeyRing(ARN, { now: () => now, warn: (problem) => warnings.push(problem), ...options });

const first = async (ring: KeyRing): Promise<number> => (await ring.keys('storage'))[0]![0]!;

async function failure(ring: KeyRing): Promise<KeyRingError> {
  const error: unknown = await ring.keys('storage').then(
    () => 'keys',
    (reason: unknown) => reason,
  );
  if (!(error instanceof KeyRingError)) throw new Error(`not a KeyRingError: ${String(error)}`);
  return error;
}

describe('reading', () => {
  test('asks for the secret, in the region of its ARN', async () => {
    expect(await make().keys('storage')).toEqual([new Uint8Array(32).fill(1)]);
    expect(requests).toHaveLength(1);
    expect(JSON.parse(requests[0]!.body)).toEqual({ SecretId: ARN });
    expect(requests[0]!.headers['x-amz-target']).toBe('secretsmanager.GetSecretValue');
    expect(requests[0]!.headers.authorization).toContain('/eu-west-3/secretsmanager/aws4_request');
  });

  test('takes what Secrets Manager generates at deployment', async () => {
    answer = sendSecret(JSON.stringify({ root: 'r'.repeat(64) }));
    const ring = make();
    const [storage, state] = [await ring.keys('storage'), await ring.keys('request-state')];
    expect([storage.length, state.length, storage[0]!.length, state[0]!.length]).toEqual([1, 1, 32, 32]);
    expect(storage[0]).not.toEqual(state[0]);
  });

  test('asks for nothing before the first use', async () => {
    make();
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests).toEqual([]);
  });

  test('asks once for all who wait, and for five minutes', async () => {
    const ring = make();
    await Promise.all(Array.from({ length: 50 }, () => ring.keys('storage')));
    now += 4 * MINUTE;
    await ring.keys('storage');
    expect(requests).toHaveLength(1);
  });

  test('hands out copies: wiping one does not wipe the ring', async () => {
    const ring = make();
    (await ring.keys('storage'))[0]!.fill(0);
    expect(await first(ring)).toBe(1);
  });

  test('a purpose without keys is named', async () => {
    await expect(make().keys('request-state')).rejects.toThrow(`Key ring ${ARN}: has no keys for "request-state"`);
  });
});

describe('a rotation', () => {
  test('is seen after five minutes, without anybody waiting for it', async () => {
    const ring = make();
    await first(ring);
    answer = sendSecret(ringText(2, 1));
    now += 6 * MINUTE;
    expect(await first(ring)).toBe(1);
    await until(async () => (await first(ring)) === 2);
    expect((await ring.keys('storage')).map((bytes) => bytes[0])).toEqual([2, 1]);
    expect(requests).toHaveLength(2);
  });

  test('is seen at once by an instance that slept', async () => {
    const ring = make();
    await first(ring);
    answer = sendSecret(ringText(2, 1));
    now += 16 * MINUTE;
    expect(await first(ring)).toBe(2);
  });

  test('in the midst of traffic fails no request', async () => {
    const ring = make();
    const seen = new Set<number>();
    for (let round = 1; round <= 3; round += 1) {
      answer = sendSecret(ringText(round, ...(round > 1 ? [round - 1] : [])));
      for (let step = 0; step < 10; step += 1) {
        now += MINUTE;
        for (const value of await Promise.all(Array.from({ length: 10 }, () => first(ring)))) seen.add(value);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    expect(seen).toEqual(new Set([1, 2, 3]));
    expect(warnings).toEqual([]);
  });

  test('to something malformed keeps the keys, and says so', async () => {
    const ring = make();
    await first(ring);
    answer = sendSecret(`{"root":"${CANARY}`);
    now += 16 * MINUTE;
    expect(await first(ring)).toBe(1);
    expect(warnings).toEqual([`Key ring ${ARN}: is not JSON`]);
  });
});

describe('Secrets Manager in trouble', () => {
  test('keys that were read serve for a day; then it fails closed', async () => {
    const ring = make({ timeoutMs: 200 });
    await first(ring);
    answer = sendError(400, 'AccessDeniedException');
    for (const [index, pause] of [6 * MINUTE, 60 * MINUTE, 22 * 60 * MINUTE].entries()) {
      now += pause;
      expect(await first(ring)).toBe(1);
      await until(() => warnings.length === index + 1);
    }
    now += 60 * MINUTE;
    await failure(ring);
    answer = sendSecret(ringText(4));
    now += 31 * SECOND;
    expect(await first(ring)).toBe(4);
  });

  test('is not asked more than every 30 seconds meanwhile', async () => {
    const ring = make();
    await first(ring);
    answer = sendError(400, 'AccessDeniedException');
    now += 60 * MINUTE;
    for (let i = 0; i < 20; i += 1) expect(await first(ring)).toBe(1);
    expect(requests).toHaveLength(2);
  });

  test.each([
    ['ResourceNotFoundException', 400, 'does not exist', false],
    ['AccessDeniedException', 400, 'secretsmanager:GetSecretValue', false],
    ['DecryptionFailure', 400, 'kms:Decrypt', false],
    ['InvalidRequestException', 400, 'could not be read (InvalidRequestException)', true],
    ['InternalServiceError', 500, 'could not be read (InternalServiceError)', true],
    ['ThrottlingException', 400, 'could not be read (ThrottlingException)', true],
  ])('%s without keys: a named error', async (name, status, problem, retryable) => {
    answer = sendError(status, name);
    const error = await failure(make());
    expect(error.message).toContain(problem);
    expect(error.message).toContain(ARN);
    expect(error.retryable).toBe(retryable);
    expectSilent(error);
  });

  test.each([
    ['no answer', () => undefined],
    ['a closed connection', (response: ServerResponse) => response.destroy()],
    [
      'half an answer',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-length': '900' }).write('{"SecretString":"CANARY'),
    ],
    ['no JSON', (response: ServerResponse) => response.writeHead(200).end(`<html>${CANARY}`)],
  ])('%s without keys: a named error that may pass, within the time', async (_name, fault) => {
    answer = fault;
    const error = await failure(make({ timeoutMs: 400 }));
    expect(error.retryable).toBe(true);
    expectSilent(error);
  });

  test('a binary secret is named', async () => {
    answer = (response) => {
      send(response, 200, { ARN, Name: 'Keys', SecretBinary: 'AAAA' });
    };
    expect((await failure(make())).message).toContain('holds binary data');
  });

  test('a malformed secret is named, not quoted', async () => {
    answer = sendSecret(JSON.stringify({ version: 1, storage: [{ kid: 'a', key: CANARY.slice(1) }] }));
    const error = await failure(make());
    expect(error.message).toContain('"storage"[0] has no "key" of 32 bytes');
    expectSilent(error);
  });

  test('a first failure is tried again after a second', async () => {
    const ring = make();
    answer = sendError(400, 'AccessDeniedException');
    await failure(ring);
    await failure(ring);
    expect(requests).toHaveLength(1);
    answer = sendSecret(ringText(1));
    now += 1001;
    expect(await first(ring)).toBe(1);
  });

  /** Nothing of the answer is in the error, whichever way a logger takes it apart. */
  function expectSilent(error: KeyRingError): void {
    const { inspect } = jest.requireActual<typeof import('node:util')>('node:util');
    const text = [
      inspect(error, { depth: 20, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      ...warnings,
    ].join();
    expect(text).not.toContain('CANARY');
    expect(warnings).toEqual([error.message]);
  }
});

describe('an ephemeral ring', () => {
  test('keeps its keys while the process lives, one for each purpose', async () => {
    const ring = ephemeralKeyRing();
    const storage = await ring.keys('storage');
    expect(storage).toEqual(await ring.keys('storage'));
    expect(storage.map(({ length }) => length)).toEqual([32]);
    expect(await ring.keys('request-state')).not.toEqual(storage);
    expect(await ephemeralKeyRing().keys('storage')).not.toEqual(storage);
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('did not happen');
}
