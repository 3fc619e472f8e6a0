import { createHash, createHmac } from 'node:crypto';

import { type AwsCredentials, openWire } from '../../../../lambda/store/opensearch/client.ts';
import { OpenSearchStore } from '../../../../lambda/store/opensearch/opensearch-store.ts';
import type { SigningService } from '../../../../lambda/store/opensearch/url.ts';
import { type HttpProxy, type SeenRequest, startHttpProxy } from '../../../support/http-proxy.ts';

const ID = 'AKIDEXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'session/token+of==a-role';
const REGION = 'eu-central-1';

const found = (key: string): object => ({
  found: true,
  _seq_no: 1,
  _primary_term: 1,
  _source: { collection: 'default_collection', key, value: { flat: { n: 1 } }, version: 1 },
});

describe.each<SigningService>(['es', 'aoss'])('requests signed for %s', (service) => {
  let server: HttpProxy;
  beforeAll(async () => {
    server = await startHttpProxy('http://127.0.0.1:1');
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.reset();
    server.treat(({ method, target }) => {
      if (target.endsWith('/_bulk'))
        return { status: 200, body: { items: [{ index: { status: 201 } }, { index: { status: 201 } }] } };
      if (target.endsWith('/_mget')) return { status: 200, body: { docs: [found('a'), { found: false }] } };
      return { status: 200, body: method === 'GET' ? found(decodeURIComponent(target.split('/').at(-1) ?? '')) : {} };
    });
  });

  const open = (credentials: AwsCredentials): OpenSearchStore => {
    return new OpenSearchStore({
      product: 'OpenSearch',
      indexPrefix: 'signed',
      serverless: service === 'aoss',
      connect: () =>
        openWire({ node: server.url, ca: undefined, auth: { kind: 'sigv4', service, region: REGION } }, credentials),
    });
  };
  const role: AwsCredentials = () => {
    return Promise.resolve({ accessKeyId: ID, secretAccessKey: SECRET, sessionToken: TOKEN });
  };

  test.each(['k', 'a/b c', "!'()*~", 'é😀', '..', '100%', '+=&?#', 'https://x.example/a?b=c', '//'])(
    'a get, a put and a delete of %j bear the right signature',
    async (key) => {
      const store = open(role);
      expect(await store.get(key)).toEqual({ n: 1 });
      await store.put(key, { text: 'é' }, { ttl: 60 });
      if (service === 'es') await store.take(key);
      expect(server.seen).toHaveLength(service === 'es' ? 3 : 2);
      for (const request of server.seen) expectSigned(request, service);
      await store.close();
    },
  );

  test('so do requests for many, and those that make an index', async () => {
    const store = open(role);
    await store.putMany(['a', 'b'], [{ n: 1 }, { n: 2 }]);
    expect(await store.getMany(['a', 'b'])).toEqual([{ n: 1 }, undefined]);
    expect(server.seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'PUT /signed-default_collection',
      'POST /signed-default_collection/_bulk',
      'POST /signed-default_collection/_mget',
    ]);
    for (const request of server.seen) expectSigned(request, service);
    await store.close();
  });

  test('credentials are found once while they last, and anew before they expire', async () => {
    let calls = 0;
    let expiration = new Date(Date.now() + 3_600_000);
    const store = open(async () => {
      calls++;
      return { ...(await role()), expiration };
    });
    await store.get('k');
    await store.get('k');
    expect(calls).toBe(1);
    await store.close();

    expiration = new Date(Date.now() + 1_000); // within a request from now
    const brief = open(async () => {
      calls++;
      return { ...(await role()), expiration };
    });
    await brief.get('k');
    await brief.get('k');
    expect(calls).toBe(3);
    await brief.close();
  });

  test('without credentials nothing is sent, and the error says so', async () => {
    const store = open(() => Promise.reject(Object.assign(new Error(SECRET), { name: 'CredentialsProviderError' })));
    const fault: unknown = await store.get('k').catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'StoreAccessError', retryable: false });
    expect((fault as Error).message).toMatch(/no credentials of AWS to sign with \(CredentialsProviderError\)/);
    expect((fault as Error).message).not.toContain(SECRET);
    expect(server.seen).toEqual([]);
    await store.close();
  });

  test('a refused signature is told as such', async () => {
    server.treat(() => ({ status: 403, body: { message: 'The request signature we calculated does not match' } }));
    const store = open(role);
    await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreAccessError', retryable: false });
    expect(server.seen).toHaveLength(1);
    await store.close();
  });
});

/** Signature Version 4 by its specification, from what arrived. */
function expectSigned({ method, target, headers, body }: SeenRequest, service: SigningService): void {
  const { authorization = '' } = headers;
  const [, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const date = String(headers['x-amz-date']);
  expect(date).toMatch(/^\d{8}T\d{6}Z$/);
  expect(scope).toBe(`${date.slice(0, 8)}/${REGION}/${service}/aws4_request`);
  expect(headers['x-amz-content-sha256']).toBe(sha256(body));
  expect(headers['x-amz-security-token']).toBe(TOKEN);
  for (const name of ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']) {
    expect(names?.split(';')).toContain(name);
  }

  const [path = '', query = ''] = target.split('?');
  const canonical = [
    method,
    path.split('/').map(encode).join('/'), // encoded once more, as for every service but S3
    query.split('&').sort().join('&'),
    ...(names ?? '').split(';').map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [date.slice(0, 8), REGION, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${SECRET}`,
  );
  expect(signature).toBe(hmac(key, toSign).toString('hex'));
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
