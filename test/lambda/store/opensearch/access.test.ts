import type { CredentialsSource, StoreCredentials } from '../../../../lambda/store/credentials/store-credentials.ts';
import { StoreRejectedError } from '../../../../lambda/store/errors.ts';
import { type HttpProxy, startHttpProxy } from '../../../support/http-proxy.ts';
import {
  type Certificates,
  makeCertificates,
  makeCertificatesOfAnother,
} from '../../../support/servers/certificates.ts';
import { faultOf, openSearch } from './opening.ts';

/** Nobody is behind the proxies of this file: they play the server and its security themselves. */
const NOWHERE = 'http://127.0.0.1:1';
const MISS = { status: 404, body: { found: false } };

describe('credentials', () => {
  let proxy: HttpProxy;
  beforeAll(async () => {
    proxy = await startHttpProxy(NOWHERE);
  });
  afterAll(() => proxy.stop());
  beforeEach(() => {
    proxy.reset();
  });

  const basic = (password: string): string => `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
  const source = (first: StoreCredentials, next?: StoreCredentials): CredentialsSource & { renewals: number } => {
    const held = { credentials: first, renewals: 0 };
    return {
      get renewals() {
        return held.renewals;
      },
      get: () => Promise.resolve(held.credentials),
      renew: () => {
        held.renewals++;
        if (next) held.credentials = next;
        return Promise.resolve(next);
      },
    };
  };
  const only = (authorization: string): void => {
    proxy.treat(({ headers }) => {
      return headers.authorization === authorization
        ? MISS
        : { status: 401, body: { error: { type: 'security_exception' } } };
    });
  };

  test('user and password, and an API key', async () => {
    only(basic('hunter2'));
    const user = openSearch(proxy.url, { credentials: source({ username: 'user', password: 'hunter2' }) });
    expect(await user.get('none')).toBeUndefined();
    only('ApiKey aWQ6a2V5');
    const key = openSearch(proxy.url, { credentials: source({ apiKey: 'aWQ6a2V5' }) });
    expect(await key.get('none')).toBeUndefined();
    await Promise.all([user.close(), key.close()]);
  });

  test('a rotated password is looked up again, in the same call', async () => {
    only(basic('hunter2-new'));
    const credentials = source(
      { username: 'user', password: 'hunter2' },
      { username: 'user', password: 'hunter2-new' },
    );
    const store = openSearch(proxy.url, { credentials });
    expect(await store.get('none')).toBeUndefined();
    expect(await store.get('none')).toBeUndefined();
    expect(credentials.renewals).toBe(1);
    await store.close();
  });

  test('a key that no header can hold is an error of the call, and nothing is sent', async () => {
    const store = openSearch(proxy.url, { credentials: source({ apiKey: 'hunter2\n' }) });
    expect((await faultOf(store.get('none'))).message).toMatch(/no answer/);
    expect(proxy.seen).toEqual([]);
    await store.close();
  });

  test('a wrong one is told without it, and asked for once', async () => {
    only(basic('right'));
    const credentials = source({ username: 'user', password: 'hunter2' });
    const store = openSearch(proxy.url, { credentials });
    expect(await faultOf(store.get('none'))).toMatchObject({ name: 'StoreAccessError' });
    expect(proxy.seen).toHaveLength(1);
    expect(
      await faultOf(openSearch(proxy.url, { credentials: source({ password: 'hunter2' }) }).get('k')),
    ).toMatchObject({
      name: 'StoreAccessError',
    });
    await store.close();
  });
});

describe('TLS', () => {
  let certificates: Certificates;
  let misnamed: Certificates;
  let secure: HttpProxy;
  let elsewhere: HttpProxy;
  beforeAll(async () => {
    certificates = makeCertificates();
    misnamed = makeCertificatesOfAnother();
    secure = await startHttpProxy(NOWHERE, certificates);
    elsewhere = await startHttpProxy(NOWHERE, misnamed);
  });
  afterAll(async () => {
    await Promise.all([secure.stop(), elsewhere.stop()]);
    certificates.remove();
    misnamed.remove();
  });
  beforeEach(() => {
    for (const proxy of [secure, elsewhere]) {
      proxy.reset();
      proxy.treat(() => MISS);
    }
  });

  test('with its authority', async () => {
    const store = openSearch(secure.url, { ca: certificates.ca });
    expect(await store.get('k')).toBeUndefined();
    expect(secure.seen).toHaveLength(1);
    await store.close();
  });

  test.each([
    ['a stranger', () => secure, () => certificates.strangerCa],
    ['an authority that nobody named', () => secure, () => undefined],
    ['another name', () => elsewhere, () => misnamed.ca],
  ])('a certificate of %s is refused at once, and nothing is sent', async (_, proxyOf, ca) => {
    const proxy = proxyOf();
    const authority = ca();
    const store = openSearch(proxy.url, authority === undefined ? {} : { ca: authority });
    const fault = await faultOf(store.put('k', { secret: 'the-value' }));
    expect(fault).toBeInstanceOf(StoreRejectedError);
    expect(fault.message).toMatch(/certificate of OpenSearch is not trusted/);
    expect(proxy.seen).toEqual([]);
    await store.close();
  });

  test('a server without TLS, and a missing file', async () => {
    const clear = await startHttpProxy(NOWHERE);
    const plain = openSearch(clear.url.replace('http:', 'https:'));
    expect((await faultOf(plain.get('k'))).message).toMatch(/does not speak TLS/);
    const lost = openSearch(secure.url, { ca: '/nowhere/ca.pem' });
    expect((await faultOf(lost.get('k'))).message).toMatch(/cannot be read: ENOENT/);
    await Promise.all([plain.close(), lost.close()]);
    await clear.stop();
  });
});
