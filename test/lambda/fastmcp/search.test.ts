import { DOMAIN_ACTIONS } from '../../../lib/storage/opensearch/domain-grants.ts';
import { type HttpProxy, startHttpProxy, type Treatment } from '../../support/http-proxy.ts';
import { describeBesidePython } from '../../support/python-peer.ts';
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts';
import type { OpenSearchProgram } from '../../support/servers/opensearch.ts';
import { startOpenSearch } from '../../support/servers/opensearch.ts';
import { describeWith } from '../../support/servers/programs.ts';
import type { SearchServer } from '../../support/servers/search-node.ts';
import { type KitSession, type LocalSecret, openKit, startSecret } from './kit-session.ts';

const CLIENTS = { collection: 'notes__clients' };
const MISS: Treatment = { status: 404, body: { found: false } };

/** `http://HOST` as the URL of a store. */
function urlOf(server: string, query = ''): string {
  return `opensearch+${server.replace(/\/$/, '')}/kit${query}`;
}

describeWith<OpenSearchProgram>('opensearch', 'mcp_kit on OpenSearch', (program) => {
  let server: SearchServer;
  let proxy: HttpProxy;
  let kit: KitSession;
  beforeAll(async () => {
    server = await startOpenSearch(program);
    proxy = await startHttpProxy(server.url);
    kit = openKit(urlOf(proxy.url));
  }, 90_000);
  afterAll(async () => {
    await kit.stop();
    await proxy.stop();
    await server.stop();
  });
  beforeEach(() => {
    proxy.reset();
  });

  test('a server that is away at first is found later: the set-up is made again', async () => {
    proxy.treat(() => 'reset');
    expect((await kit.call('get', 'k', CLIENTS)).fault).toMatch(/^StoreFault: opensearch/);
    proxy.reset();
    expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
  }, 30_000);

  test('it makes requests that are granted, and none that could delete an index', async () => {
    expect(await kit.call('put', 'a', { n: 1 }, { ...CLIENTS, ttl: 60 })).toEqual({ is: null });
    expect(await kit.call('get', 'a', CLIENTS)).toEqual({ is: { n: 1 } });
    expect(await kit.call('delete', 'a', CLIENTS)).toEqual({ is: true });
    expect(await kit.call('delete', 'a', CLIENTS)).toEqual({ is: false });
    expect(await kit.call('get', 'a', CLIENTS)).toEqual({ is: null });
    const methods = new Set(proxy.seen.map(({ method }) => `es:ESHttp${method[0]}${method.slice(1).toLowerCase()}`));
    for (const method of methods) expect(DOMAIN_ACTIONS).toContain(method);
    expect(proxy.seen.filter(({ target }) => target.includes('refresh'))).toEqual([]);
  });

  test('the collections of the response cache have indexes', async () => {
    const cached = { collection: 'notes__tools/list' };
    expect(await kit.call('put', 'k', { n: 1 }, { ...cached, ttl: 60 })).toEqual({ is: null });
    expect(await kit.call('get', 'k', cached)).toEqual({ is: { n: 1 } });
    expect(await kit.call('put', 'x'.repeat(600), { n: 2 }, cached)).toEqual({ is: null });
    expect(await kit.call('get', 'x'.repeat(600), cached)).toEqual({ is: { n: 2 } });
  });

  test('an index that it makes holds what no field of a search could: long texts, many shapes', async () => {
    const other = { collection: 'notes__shapes' };
    const long = { text: 'x'.repeat(40_000), same: 1 };
    const shaped = { text: { nested: [] }, same: { 'a.b': null, '': 2 } };
    expect(await kit.call('put_many', ['long', 'shaped'], [long, shaped], other)).toEqual({ is: null });
    expect(await kit.call('get_many', ['shaped', 'none', 'long', 'shaped'], other)).toEqual({
      is: [shaped, null, long, shaped],
    });
    expect(await kit.call('delete_many', ['shaped', 'none', 'long'], other)).toEqual({ is: 2 });
  });

  test('names in other spellings share an index, and no entries', async () => {
    const [upper, lower] = [{ collection: 'notes__Shared' }, { collection: 'notes__shared' }];
    expect(await kit.call('put', 'k', { n: 1 }, upper)).toEqual({ is: null });
    expect(await kit.call('get', 'k', lower)).toEqual({ is: null });
    expect(await kit.call('get_many', ['k'], lower)).toEqual({ is: [null] });
    expect(await kit.call('get', 'k', upper)).toEqual({ is: { n: 1 } });
  });

  test('what is no entry is a fault, never "not found"', async () => {
    expect(await kit.call('put', 'k', { n: 1 }, { collection: 'broken' })).toEqual({ is: null });
    const planted = await fetch(`${server.url.replace(/\/$/, '')}/kit-broken/_doc/planted`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"value": {"flat": "CANARY"}}',
    });
    expect(planted.status).toBe(201);
    for (const [verb, keys] of [
      ['get', 'planted'],
      ['get_many', ['k', 'planted']],
    ] as const) {
      const fault = 'StoreFault: opensearch: what is stored is no entry';
      expect(await kit.call(verb, keys, { collection: 'broken' })).toEqual({ fault });
    }
  });

  test.each<[string, Treatment]>([
    ['no answer', 'hang'],
    ['half an answer', 'stall'],
    ['connections that are reset', 'reset'],
    ['an error of the server', { status: 503, body: { error: 'CANARY' } }],
    ['a role without rights', { status: 403, body: { message: 'CANARY' } }],
  ])(
    '%s is a fault, never "not found"',
    async (_title, treatment) => {
      proxy.treat(() => treatment);
      for (const args of [
        ['get', 'k'],
        ['delete', 'k'],
        ['put', 'k', { n: 1 }],
      ] as const) {
        const [verb, ...rest] = args;
        const { fault } = await kit.call(verb, ...rest, CLIENTS);
        expect(fault).toMatch(/^StoreFault: opensearch/);
        expect(fault).not.toContain('CANARY');
      }
      proxy.reset();
      expect(await kit.call('put', 'k', { n: 2 }, CLIENTS)).toEqual({ is: null });
    },
    60_000,
  );
});

describeBesidePython('who mcp_kit says it is to OpenSearch', () => {
  let proxy: HttpProxy;
  let certificates: Certificates;
  let secret: LocalSecret;
  beforeAll(async () => {
    certificates = makeCertificates();
    proxy = await startHttpProxy('http://127.0.0.1:1', certificates);
    secret = await startSecret('');
  });
  afterAll(async () => {
    await secret.stop();
    await proxy.stop();
    certificates.remove();
  });
  beforeEach(() => {
    proxy.reset();
  });
  const basic = (password: string): string => `Basic ${Buffer.from(`notes:${password}`).toString('base64')}`;
  const only = (authorization: string): void => {
    proxy.treat(({ method, headers }) => {
      if (headers.authorization !== authorization) return { status: 401, body: {} };
      return method === 'HEAD' ? { status: 200, body: {} } : MISS;
    });
  };

  test('a password that was rotated is looked up again, in the same call', async () => {
    secret.text = '{"username":"notes","password":"hunter2"}';
    only(basic('hunter2'));
    const kit = openKit(urlOf(proxy.url, `?secret=${secret.arn}&ca=${certificates.ca}`), secret.env);
    try {
      expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
      secret.text = '{"username":"notes","password":"hunter3"}';
      only(basic('hunter3'));
      await kit.evaluate('asyncio.sleep(2)'); // the pause in which it is not asked for again
      expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
      expect(secret.asked).toBe(2);
      only(basic('another'));
      expect((await kit.call('get', 'k', CLIENTS)).fault).toMatch(/^StoreFault: /);
    } finally {
      await kit.stop();
    }
  }, 30_000);

  test('a certificate of another authority is not spoken to', async () => {
    const kit = openKit(urlOf(proxy.url, `?ca=${certificates.strangerCa}`));
    try {
      expect((await kit.call('get', 'k', CLIENTS)).fault).toMatch(/^StoreFault: /);
      expect(proxy.seen).toEqual([]);
    } finally {
      await kit.stop();
    }
  }, 30_000);

  test.each(['es', 'aoss'])(
    'requests are signed for %s',
    async (service) => {
      proxy.treat(({ method }) => (method === 'HEAD' ? { status: 200, body: {} } : MISS));
      const query = `?auth=sigv4&region=eu-central-1&service=${service}&ca=${certificates.ca}`;
      const kit = openKit(urlOf(proxy.url, query), { AWS_SESSION_TOKEN: 'session' });
      try {
        expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
      } finally {
        await kit.stop();
      }
      expect(proxy.seen.length).toBeGreaterThan(0);
      const scope = new RegExp(`^AWS4-HMAC-SHA256 Credential=test/\\d{8}/eu-central-1/${service}/aws4_request, `);
      for (const { headers } of proxy.seen) {
        expect(headers.authorization).toMatch(scope);
        expect(headers['x-amz-security-token']).toBe('session');
      }
    },
    30_000,
  );
});
