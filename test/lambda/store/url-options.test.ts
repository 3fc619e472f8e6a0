import { UrlOptions } from '../../../lambda/store/url-options.ts';

const options = (query: string): UrlOptions =>
  new UrlOptions(new URL(`thing://host/${query}`), { options: ['tls', 'mode', 'secret'], example: 'thing://host' });

test('reads text, flags, choices and ARNs', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:Db-AbCdEf';
  const read = options(`?tls=true&mode=iam&secret=${arn}`);
  expect([read.flag('tls'), read.choice('mode', ['iam', 'none']), read.secretArn('secret')]).toEqual([
    true,
    'iam',
    arn,
  ]);
  expect([options('').flag('tls'), options('').text('mode')]).toEqual([undefined, undefined]);
});

test.each([
  ['?tsl=true', /has the options tls, mode, secret, not "tsl".*Example: thing:\/\/host/],
  ['?tls=true&tls=false', /tls more than once/],
  ['?secret=', /has an empty secret: give it a value, or leave it out/],
  ['?hunter2%26=1', /has the options tls, mode, secret, and not what is there/],
  ['#x', /has no fragment/],
])('refuses %s', (query, message) => {
  expect(() => options(query)).toThrow(message);
});

test('the article fits the scheme', () => {
  const fail = (scheme: string) => () => new UrlOptions(new URL(`${scheme}://host#x`), { options: [], example: '' });
  expect(fail('opensearch+https')).toThrow('an opensearch+https: URL of a store has no fragment');
  expect(fail('redis')).toThrow('a redis: URL of a store has no fragment');
});

test('refuses what does not fit, without repeating it', () => {
  expect(() => options('?tls=yes').flag('tls')).toThrow('a thing: URL of a store has tls=true or tls=false');
  expect(() => options('?mode=hunter2').choice('mode', ['iam', 'none'])).toThrow(/mode=iam\|none\. Example/);
  expect(() => options('?secret=hunter2').secretArn('secret')).toThrow(/never the password itself\. Example/);
  const attempt = (): UrlOptions =>
    new UrlOptions(new URL('thing://me:hunter2@host/'), { options: [], example: 'thing://host' });
  expect(attempt).toThrow(/must not contain a password/);
  for (const refused of [attempt, () => options('?secret=hunter2').secretArn('secret')]) {
    expect(refused).not.toThrow(/hunter2/);
  }
});
