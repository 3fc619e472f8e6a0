import { SecretError } from '../../../../lambda/keys/fetch-secret.ts';
import { secretCredentials } from '../../../../lambda/store/credentials/secret-credentials.ts';
import { StoreAccessError, StoreUnavailableError } from '../../../../lambda/store/errors.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-AbCdEf';
const source = (...texts: (string | Error)[]) => {
  let reads = 0;
  return {
    reads: () => reads,
    fetch: () => {
      const text = texts[Math.min(reads++, texts.length - 1)] ?? '';
      return text instanceof Error ? Promise.reject(text) : Promise.resolve(text);
    },
  };
};

test.each([
  ['{"username":"mcp","password":"p:w","host":"db"}', { username: 'mcp', password: 'p:w' }],
  ['{"apiKey":"aWQ6a2V5"}', { apiKey: 'aWQ6a2V5' }],
  ['a bare password\n', { password: 'a bare password' }],
  ['12345', { password: '12345' }],
])('reads %s', async (text, credentials) => {
  expect(await secretCredentials(ARN, { source: source(text) }).get()).toEqual(credentials);
});

test('a document without either is refused, and its values are not in the message', async () => {
  const attempt = secretCredentials(ARN, { source: source('{"token":"hunter2","password":""}') }).get();
  await expect(attempt).rejects.toBeInstanceOf(StoreAccessError);
  await expect(attempt).rejects.toThrow(/neither a "password" nor an "apiKey"/);
  await expect(attempt).rejects.not.toThrow(/hunter2/);
});

test.each([
  [true, StoreUnavailableError],
  [false, StoreAccessError],
])('a secret that cannot be read (retryable: %p) is a %p', async (retryable, kind) => {
  const fault = new SecretError(ARN, 'may not be read', retryable);
  await expect(secretCredentials(ARN, { source: source(fault) }).get()).rejects.toBeInstanceOf(kind);
});

test('is read once; anew when the server refused what it said, and only then', async () => {
  let now = 0;
  const texts = source('{"password":"old"}', '{"password":"old"}', '{"password":"new"}');
  const credentials = secretCredentials(ARN, { source: texts, now: () => now });
  const seen = await credentials.get();
  await credentials.get();
  expect(texts.reads()).toBe(1);
  expect(await credentials.renew(seen)).toBeUndefined(); // a moment ago: the secret is not read again
  now += 3_000;
  expect(await credentials.renew(seen)).toBeUndefined(); // it still says the same
  now += 3_000;
  expect(await credentials.renew(await credentials.get())).toEqual({ password: 'new' });
  expect(texts.reads()).toBe(3);
});
