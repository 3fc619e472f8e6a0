import { openSearchAdapter } from '../../../../lambda/store/adapters/opensearch.ts';
import { StoreUrlError } from '../../../../lambda/store/errors.ts';
import { documentId, indexName, segment } from '../../../../lambda/store/opensearch/names.ts';
import { parseSearchUrl } from '../../../../lambda/store/opensearch/url.ts';

const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:search-AbCdEf';
const parse = (url: string, env = {}): ReturnType<typeof parseSearchUrl> => parseSearchUrl(new URL(url), env);

describe('the URL of a search store', () => {
  test('a domain of AWS, signed', () => {
    const host = 'search-x.eu-central-1.es.amazonaws.com';
    expect(parse(`opensearch+https://${host}/My-Server?auth=sigv4`)).toEqual({
      product: 'OpenSearch',
      node: `https://${host}`,
      indexPrefix: 'my-server',
      ca: undefined,
      auth: { kind: 'sigv4', service: 'es', region: 'eu-central-1' },
      sanitize: undefined,
      searchable: false,
    });
  });

  test.each([
    ['opensearch+https://x.us-west-2.aoss.amazonaws.com/a?auth=sigv4', 'aoss', 'us-west-2'],
    ['opensearch+https://vpc.example/a?auth=sigv4&service=aoss&region=us-east-1', 'aoss', 'us-east-1'],
    ['opensearch+https://vpc.example/a?auth=sigv4', 'es', 'eu-west-1'],
    ['opensearch+https://x.us-west-2.es.amazonaws.com/a?auth=sigv4&region=us-east-1', 'es', 'us-east-1'],
  ])('%s is signed for %s in %s', (url, service, region) => {
    expect(parse(url, { AWS_REGION: 'eu-west-1' }).auth).toEqual({ kind: 'sigv4', service, region });
  });

  test('the adapter reads it when it opens a store, and connects to nothing', async () => {
    expect(() => openSearchAdapter.open(new URL('opensearch+https://host/'))).toThrow(StoreUrlError);
    const domain = openSearchAdapter.open(new URL('opensearch+https://host/a?auth=sigv4&region=us-east-1'));
    expect(domain.capabilities).toEqual({
      putIfAbsent: true,
      take: true,
      compareAndSet: true,
      durable: true,
      shared: true,
    });
    await domain.close();
  });

  test('a collection of OpenSearch Serverless has no atomic verbs, and says so', async () => {
    const url = new URL('opensearch+https://x.us-east-1.aoss.amazonaws.com/a?auth=sigv4');
    const store = openSearchAdapter.open(url);
    expect(store.capabilities).toMatchObject({ putIfAbsent: false, take: false, compareAndSet: false });
    for (const call of [store.take('k'), store.putIfAbsent('k', {}), store.compareAndSet('k', 'v', {})]) {
      await expect(call).rejects.toMatchObject({ name: 'StoreRejectedError', retryable: false });
    }
    await store.close();
  });

  test('an Elasticsearch with a secret and an authority', () => {
    const url = `elasticsearch+https://elastic.example:9200/a?secret=${arn}&ca=/etc/ca.pem&sanitize=v1&searchable=true`;
    expect(parse(url)).toEqual({
      product: 'Elasticsearch',
      node: 'https://elastic.example:9200',
      indexPrefix: 'a',
      ca: '/etc/ca.pem',
      auth: { kind: 'secret', arn },
      sanitize: 'v1',
      searchable: true,
    });
  });

  test.each(['localhost:9200', '127.0.0.1:9200', '[::1]:9200', 'host:9200'])('without TLS: %s', (host) => {
    const url = `opensearch+http://${host}/a`;
    if (host.startsWith('host')) expect(() => parse(url)).toThrow(/sends everything in clear/);
    else expect(parse(url).node).toBe(`http://${host}`);
    if (host.startsWith('host')) expect(parse(`${url}?plaintext=true`).node).toBe('http://host:9200');
  });

  test.each([
    ['opensearch+https://host', /prefix of its indexes/],
    ['opensearch+https://host/', /prefix of its indexes/],
    ['opensearch+https://host/a/b', /prefix of its indexes/],
    ['opensearch+https://host/_a', /prefix of its indexes/],
    ['opensearch+https://host/-a', /prefix of its indexes/],
    [`opensearch+https://host/${'a'.repeat(101)}`, /prefix of its indexes/],
    ['opensearch+https://user@host/a', /has no user/],
    ['opensearch+https://user:hunter2@host/a', /must not contain a password/],
    ['opensearch+https:///a', /names a host/],
    ['opensearch+https://host/a?plaintext=true', /plaintext=true contradicts/],
    ['opensearch+http://localhost/a?ca=/x', /without TLS has no ca/],
    ['opensearch+https://host/a?ca=x.pem', /absolute path/],
    ['opensearch+https://host/a?auth=iam', /has auth=sigv4/],
    ['opensearch+https://host/a?auth=sigv4', /needs a region/],
    ['opensearch+https://host/a?auth=sigv4&region=a/b', /name of a region/],
    ['opensearch+https://host/a?auth=sigv4&region=us-east-1&service=s3', /has service=es\|aoss/],
    ['opensearch+https://host/a?service=aoss', /only beside auth=sigv4/],
    ['opensearch+https://host/a?region=us-east-1', /only beside auth=sigv4/],
    [`opensearch+https://host/a?auth=sigv4&region=us-east-1&secret=${arn}`, /either auth=sigv4 or secret/],
    ['opensearch+https://host/a?secret=hunter2', /ARN of a secret/],
    ['opensearch+https://host/a?sanitize=v2', /has sanitize=v0\|v1/],
    ['opensearch+https://host/a?refresh=true', /not "refresh"/],
  ])('%s is refused', (url, problem) => {
    expect(() => parse(url)).toThrow(StoreUrlError);
    expect(() => parse(url)).toThrow(problem);
    expect(() => parse(url)).not.toThrow(/hunter2/);
  });
});

describe('names', () => {
  const rules = { indexPrefix: 'p' };

  test.each([
    ['mcp-oauth-clients', 'p-mcp-oauth-clients'],
    ['default_collection', 'p-default_collection'],
    ['Mixed.Case', 'p-mixed.case'],
    ['größe', 'p-größe'],
    // As py-key-value 0.4.6 sanitizes them, in lower case.
    ['tools/list', 'p-s_tools_list-b7721731'],
    ['a b', 'p-s_a_b-c8687a08'],
    ['///', 'p-s_-732c4e97'],
  ])('the index of %s is %s', (collection, index) => {
    expect(indexName(collection, rules)).toBe(index);
  });

  test('a collection that is too long for an index is cut, and two of them stay two', () => {
    const [one, other] = ['x'.repeat(400), 'x'.repeat(401)].map((name) => indexName(name, rules));
    expect(one).toHaveLength('p-'.length + 200);
    expect(one).not.toBe(other);
  });

  test('an id is the key as long as the server takes it', () => {
    const id = (key: string, sanitize?: 'v1'): string => documentId({ collection: 'c', key }, { sanitize });
    expect(id('é'.repeat(256))).toBe('é'.repeat(256));
    expect(id('é'.repeat(257))).toMatch(/^[0-9a-f]{64}$/);
    expect(id('k', 'v1')).toBe('8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a');
  });

  test.each([
    ['notes', 'default_collection', 'notes-default_collection'],
    ['notes', 'tools/list', 'notes-tools_list-52581997'],
    ['Notes', 'Ä Ö', '_otes-_-f1c5ffb5'],
    ['n', 'Users', 'n-_sers-c1bc9965'],
    ['n', 'c'.repeat(300), `n-${'c'.repeat(229)}-5b57139b`],
  ])('the index of %s and %s is that of py-key-value 0.2.8', (indexPrefix, collection, index) => {
    expect(indexName(collection, { indexPrefix, sanitize: 'v0' })).toBe(index);
  });

  test.each([
    ['c', 'k1', 'c_k1-4fd87da8'],
    ['default_collection', 'a/b?c', 'default_collection_a_b_c-a735f373'],
    ['c', 'é'.repeat(5), 'c_-569a695c'],
    ['c', 'k'.repeat(300), `c_${'k'.repeat(245)}-419788cf`],
    ['_', '_', '61cbbf25'],
  ])('the id of %s and %s is that of py-key-value 0.2.8', (collection, key, id) => {
    expect(documentId({ collection, key }, { sanitize: 'v0' })).toBe(id);
  });

  test.each([
    ['a/b', 'a%2Fb'],
    ['..', '%2E%2E'],
    ['a.b', 'a.b'],
    ["!'()*", '%21%27%28%29%2A'],
    ['é?#', '%C3%A9%3F%23'],
  ])('%s goes into a path as %s', (name, path) => {
    expect(segment(name)).toBe(path);
    expect(decodeURIComponent(segment(name))).toBe(name);
  });
});
