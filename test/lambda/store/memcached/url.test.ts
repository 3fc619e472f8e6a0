import { StoreUrlError } from '../../../../lambda/store/errors.ts';
import { parseMemcachedUrl } from '../../../../lambda/store/memcached/url.ts';

const parse = (text: string): ReturnType<typeof parseMemcachedUrl> => parseMemcachedUrl(new URL(text));

test('what a URL says', () => {
  expect(parse('memcacheds://cache.example:11212')).toMatchObject({
    host: 'cache.example',
    port: 11212,
    tls: true,
    discovery: false,
    keys: 'fit',
  });
  expect(parse('memcached://127.0.0.1')).toMatchObject({ host: '127.0.0.1', port: 11211, tls: false });
  expect(parse('memcached://[::1]:1/')).toMatchObject({ host: '::1', port: 1 });
  expect(parse('memcached://cache.example?plaintext=true&discovery=true')).toMatchObject({ discovery: true });
  expect(parse('memcacheds://h?ca=/etc/ca.pem&sanitize=true')).toMatchObject({ ca: '/etc/ca.pem', keys: 'v1' });
  expect(parse('memcacheds://h?sanitize=false&maxItemBytes=8388608')).toMatchObject({
    keys: 'raw',
    maxItemBytes: 8_388_608,
  });
});

test.each([
  ['memcached://cache.example', 'plain text'],
  ['memcached://127.0.0.1?ca=/x', 'not encrypted'],
  ['memcacheds://h?plaintext=true', 'encrypted'],
  ['memcacheds://user@h', 'user'],
  ['memcacheds://user:hunter2@h', 'password'],
  ['memcacheds://h/1', 'path'],
  ['memcacheds://h?ca=rds', 'absolute path'],
  ['memcacheds://h?sanitise=true', 'sanitise'],
  ['memcacheds://h?sanitize=yes', 'sanitize=true or sanitize=false'],
  ['memcacheds://h?sanitize=true&sanitize=false', 'more than once'],
  ['memcacheds://h?maxItemBytes=12', 'maxItemBytes'],
  ['memcacheds://h?maxItemBytes=1e9', 'maxItemBytes'],
  ['memcacheds:///x', 'name a host'],
])('%s is refused: %s', (url, problem) => {
  expect(() => parse(url)).toThrow(StoreUrlError);
  expect(() => parse(url)).toThrow(problem);
  expect(() => parse(url)).not.toThrow('hunter2');
});
