import { parseRedisUrl } from '../../../../lambda/store/redis/url.ts';

const parse = (text: string) => parseRedisUrl(new URL(text));
const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:notes-AbCdEf';

test('a plain server of this machine', () => {
  expect(parse('redis://localhost')).toEqual({
    host: 'localhost',
    port: 6379,
    database: 0,
    tls: false,
    ca: undefined,
    cluster: false,
    durable: false,
    auth: { kind: 'none' },
  });
  expect(parse('valkey://[::1]:7000/3')).toMatchObject({ host: '::1', port: 7000, database: 3, tls: false });
});

test('ElastiCache with IAM', () => {
  const url = 'valkeys://notes-user@notes.serverless.euc1.cache.amazonaws.com:6379';
  expect(parse(`${url}?auth=iam&cache=notes&serverless=true&region=eu-central-1&cluster=true`)).toMatchObject({
    host: 'notes.serverless.euc1.cache.amazonaws.com',
    port: 6379,
    tls: true,
    cluster: true,
    auth: { kind: 'iam', username: 'notes-user', cache: 'notes', serverless: true, region: 'eu-central-1' },
  });
});

test('a password from a secret, an authority of its own, and a promise of durability', () => {
  expect(parse(`rediss://m%40x@h/?secret=${arn}&ca=/etc/ca.pem&durable=true`)).toMatchObject({
    tls: true,
    ca: '/etc/ca.pem',
    durable: true,
    auth: { kind: 'secret', arn, username: 'm@x' },
  });
  expect(parse('redis://10.0.0.1:6379?plaintext=true')).toMatchObject({ host: '10.0.0.1', tls: false });
});

test.each([
  ['redis:', /names a host/],
  ['redis://h:6379', /plaintext=true/],
  ['valkey://10.0.0.1', /rediss: or valkeys:/],
  ['rediss://h?plaintext=true', /contradicts/],
  ['rediss://u:hunter2@h', /must not contain a password/],
  ['rediss://h/db', /number of a database/],
  ['rediss://h/0/1', /number of a database/],
  ['rediss://h/2?cluster=true', /only database 0/],
  ['rediss://h?cluster=yes', /cluster=true or cluster=false/],
  ['rediss://h?tls=true', /has the options/],
  ['rediss://h?ca=rds', /absolute path/],
  ['redis://localhost?ca=/x', /without TLS/],
  ['rediss://%ff@h?auth=iam&cache=x', /percent-encoded/],
  ['rediss://u@h', /how it proves itself/],
  ['rediss://h?cache=x', /only beside auth=iam/],
  ['rediss://h?serverless=false', /only beside auth=iam/],
  ['rediss://h?region=eu-west-1', /only beside auth=iam/],
  ['rediss://u@h?auth=password', /auth=iam/],
  ['rediss://h?auth=iam&cache=x', /names the user/],
  ['rediss://u@h?auth=iam', /cache=NAME/],
  ['rediss://u@h?auth=iam&cache=My_Cache', /lower-case/],
  ['rediss://u@h?auth=iam&cache=x&region=eu/west', /name of a region/],
  ['redis://u@localhost?auth=iam&cache=x', /needs TLS/],
  [`rediss://u@h?auth=iam&cache=x&secret=${arn}`, /either/],
  ['rediss://h?secret=hunter2', /never the password itself/],
])('%s is refused, and what it holds is not repeated', (text, problem) => {
  const error = ((): unknown => {
    try {
      return parse(text);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({ name: 'StoreUrlError', message: expect.stringMatching(problem) as string });
  expect(String(error)).not.toContain('hunter2');
});
