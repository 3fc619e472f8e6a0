import { createHash, createHmac } from 'node:crypto';

import { ACCOUNT, CREDENTIALS, REGION } from './environment.ts';

/** The emulator gives functions the account as their access key; tasks have that of everybody here. */
const KEYS = [ACCOUNT, CREDENTIALS.accessKeyId];

/** Longest life of a token, in seconds. */
const LIFE = 900;

/**
 * Checks an ElastiCache IAM token as the service does: a presigned request without its scheme, SigV4 in its query.
 * Written from AWS's description, without the signer that the runtime uses.
 *
 * @returns why it is refused; undefined when it is good
 */
export function refuseToken(token: string, user: string, cache: string): string | undefined {
  if (!URL.canParse(`http://${token}`)) return 'not a URL';
  const url = new URL(`http://${token}`);
  const query = url.searchParams;
  const expected: Readonly<Record<string, string>> = {
    Action: 'connect',
    User: user,
    ResourceType: 'ServerlessCache',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-SignedHeaders': 'host',
  };
  for (const [name, value] of Object.entries(expected)) {
    if (query.get(name) !== value) return `${name} is not ${value}`;
  }
  if (url.hostname !== cache) return `signed for the cache ${url.hostname}`;
  const date = query.get('X-Amz-Date') ?? '';
  const scope = `${date.slice(0, 8)}/${REGION}/elasticache/aws4_request`;
  if (!KEYS.some((key) => query.get('X-Amz-Credential') === `${key}/${scope}`)) return 'credential of another scope';
  const signedAt = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const life = Number(query.get('X-Amz-Expires'));
  if (!(life > 0 && life <= LIFE)) return 'lives too long';
  if (!(Math.abs(Date.now() - signedAt) < life * 1000)) return 'expired';
  return query.get('X-Amz-Signature') === signatureOf(url, date, scope) ? undefined : 'wrong signature';
}

function signatureOf(url: URL, date: string, scope: string): string {
  const parameters = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const request = ['GET', '/', parameters.join('&'), `host:${url.host}`, '', 'host', sha256('')].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(request)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${CREDENTIALS.secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** RFC 3986: what JavaScript leaves alone, SigV4 does not. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
