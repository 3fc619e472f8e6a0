import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import { jwtAuthenticator } from '../../../lambda/auth/jwt.ts';
import type { JwtAuthenticatorOptions } from '../../../lambda/auth/jwt.ts';
import type { Authenticator, AuthResult } from '../../../lambda/auth/authenticator.ts';
import type { JwtAuthPolicy } from '../../../lambda/wiring.ts';
import { AUDIENCE, claims, LocalIssuer, sendJson, sign, signingKey, withToken } from './local-issuer.ts';
import type { SigningKey } from './local-issuer.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

let issuer: LocalIssuer;
let first: SigningKey;
let second: SigningKey;
let now: number;
let warnings: string[];

beforeAll(async () => {
  first = await signingKey('first');
  second = await signingKey('second');
});

beforeEach(async () => {
  now = Date.now();
  warnings = [];
  issuer = await new LocalIssuer().start();
  issuer.keys = [first.jwk];
});

afterEach(() => issuer.stop());

function make(changes: Partial<JwtAuthPolicy> = {}, options: JwtAuthenticatorOptions = {}): Authenticator {
  const policy: JwtAuthPolicy = { mode: 'jwt', issuer: issuer.issuer, audience: [AUDIENCE], scopes: [], ...changes };
  // No token is remembered: every check asks for the keys.
  return jwtAuthenticator(policy, {
    now: () => now,
    warn: (problem) => warnings.push(problem),
    rememberedTokens: 0,
    ...options,
  });
}

/** A token that is valid at the clock of the test. */
const tokenBy = (key: SigningKey, header = {}): Promise<string> => sign(key, claims(issuer.issuer, {}, now), header);

function outcome(result: AuthResult): string {
  return 'caller' in result ? 'accepted' : `${result.refusal.status} ${result.reason ?? ''}`;
}

async function check(by: Authenticator, key: SigningKey, header = {}): Promise<string> {
  return outcome(await by.authenticate(withToken(await tokenBy(key, header))));
}

describe('finding the keys', () => {
  test.each([
    ['oauth', ''],
    ['oauth', '/'],
    ['oauth', '/realms/one'],
    ['oidc-inserted', ''],
    ['oidc-inserted', '/realms/one'],
    ['oidc-appended', '/realms/one'],
    ['oidc-appended', '/realms/one/'],
  ] as const)('metadata of the kind %s for an issuer with the path "%s"', async (kind, path) => {
    Object.assign(issuer, { metadata: kind, path });
    expect(await check(make(), first)).toBe('accepted');
  });

  test('asks in the order of the specification', async () => {
    Object.assign(issuer, { metadata: 'oidc-appended', path: '/tenant' });
    expect(await check(make(), first)).toBe('accepted');
    expect(issuer.asked).toEqual([
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/openid-configuration/tenant',
      '/tenant/.well-known/openid-configuration',
      '/keys',
    ]);
  });

  test('a key set named in the policy is read without metadata', async () => {
    issuer.metadata = 'none';
    expect(await check(make({ jwksUri: issuer.jwksUri }), first)).toBe('accepted');
    expect(issuer.asked).toEqual(['/keys']);
  });

  test.each([
    ['another issuer', { issuer: 'https://evil.example.com' }],
    ['the issuer with a slash', 'slash'],
    ['no issuer', { issuer: undefined }],
    ['no key set', { jwks_uri: undefined }],
    ['a key set by plain http', { jwks_uri: 'http://keys.example.com/keys' }],
    ['a key set in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['a key set that is no address', { jwks_uri: 'keys' }],
    ['a key set that is a number', { jwks_uri: 7 }],
  ])('metadata with %s is not believed', async (_name, overrides) => {
    issuer.overrides = overrides === 'slash' ? { issuer: `${issuer.issuer}/` } : (overrides as Record<string, unknown>);
    expect(await check(make(), first)).toBe('503 issuer unavailable');
    expect(issuer.keyReads).toBe(0);
    expect(warnings).toHaveLength(1);
  });

  test('a good document behind a bad one is found', async () => {
    issuer.metadata = 'oidc-inserted';
    issuer.intercept = (request, response) => {
      if (!request.url!.includes('oauth-authorization-server')) return false;
      sendJson(response, { issuer: 'https://evil.example.com', jwks_uri: 'https://evil.example.com/keys' });
      return true;
    };
    expect(await check(make(), first)).toBe('accepted');
  });

  test('a token of another issuer makes nobody ask', async () => {
    const token = await sign(first, claims('https://other.example.com', {}, now));
    expect(outcome(await make().authenticate(withToken(token)))).toBe('401 another issuer');
    expect(issuer.asked).toEqual([]);
  });
});

describe('an issuer in trouble, with no keys read yet', () => {
  const faults: [string, (request: IncomingMessage, response: ServerResponse) => void][] = [
    ['500', (_q, s) => s.writeHead(500).end('oops')],
    ['403', (_q, s) => s.writeHead(403).end()],
    ['a redirect', (_q, s) => s.writeHead(302, { location: '/keys2' }).end()],
    ['204', (_q, s) => s.writeHead(204).end()],
    ['no answer', () => undefined],
    ['half an answer', (_q, s) => s.writeHead(200).write('{"keys":[')],
    [
      'an answer that breaks off',
      (_q, s) => {
        s.writeHead(200, { 'content-length': '500' });
        s.write('{"keys":');
        setTimeout(() => s.destroy(), 20);
      },
    ],
    ['a closed connection', (_q, s) => s.destroy()],
    ['bytes that are no HTTP', (_q, s) => s.socket!.end('220 mail server ready\r\n')],
    ['HTML', (_q, s) => s.writeHead(200).end('<!doctype html>')],
    ['nothing', (_q, s) => s.writeHead(200).end()],
    [
      'null',
      (_q, s) => {
        sendJson(s, null);
      },
    ],
    [
      'a list',
      (_q, s) => {
        sendJson(s, []);
      },
    ],
    [
      'a number',
      (_q, s) => {
        sendJson(s, 5);
      },
    ],
    [
      'no keys',
      (_q, s) => {
        sendJson(s, { keys: [] });
      },
    ],
    [
      'keys that are no list',
      (_q, s) => {
        sendJson(s, { keys: {} });
      },
    ],
    [
      'keys that are texts',
      (_q, s) => {
        sendJson(s, { keys: ['key'] });
      },
    ],
    [
      '101 keys',
      (_q, s) => {
        sendJson(s, { keys: Array(101).fill(first.jwk) });
      },
    ],
    [
      'a good set in a megabyte',
      (_q, s) => {
        sendJson(s, { keys: [first.jwk], pad: 'x'.repeat(1_000_000) });
      },
    ],
    ['a megabyte', (_q, s) => s.writeHead(200).end(' '.repeat(1_000_000))],
    [
      'data without end',
      (_q, s) => {
        s.writeHead(200);
        const timer = setInterval(() => s.write(' '.repeat(65_536)), 1);
        s.on('close', () => {
          clearInterval(timer);
        });
      },
    ],
    [
      'a compressed bomb',
      (_q, s) => s.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
    ],
  ];

  test.each(faults)('the key set is %s: 503 with Retry-After, never 401', async (_name, fault) => {
    issuer.intercept = (request, response) => {
      if (request.url !== '/keys') return false;
      fault(request, response);
      return true;
    };
    const result = await make({}, { issuerTimeoutMs: 500 }).authenticate(withToken(await tokenBy(first)));
    expect(outcome(result)).toBe('503 issuer unavailable');
    const { refusal } = result as Extract<AuthResult, { refusal: unknown }>;
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(refusal.headers).not.toHaveProperty('www-authenticate');
    expect(warnings).toEqual([expect.stringContaining(issuer.issuer)]);
  });

  test.each(['500', 'no answer', 'a closed connection', 'HTML', 'a megabyte'])(
    'the metadata is %s: 503',
    async (name) => {
      const fault = faults.find(([other]) => other === name)![1];
      issuer.intercept = (request, response) => {
        fault(request, response);
        return true;
      };
      expect(await check(make({}, { issuerTimeoutMs: 500 }), first)).toBe('503 issuer unavailable');
      expect(issuer.keyReads).toBe(0);
    },
  );

  test('nobody listens: 503, and again asked only after a pause', async () => {
    const by = make();
    const port = issuer.port;
    await issuer.stop();
    expect(await check(by, first)).toBe('503 issuer unavailable');
    issuer = await new LocalIssuer().start(port);
    issuer.keys = [first.jwk];
    expect(await check(by, first)).toBe('503 issuer unavailable');
    expect(issuer.asked).toEqual([]);
    now += 6 * SECOND;
    expect(await check(by, first)).toBe('accepted');
  });

  test('a warning quotes nothing of what the issuer sent', async () => {
    issuer.intercept = (_request, response) => {
      response.writeHead(200).end('CANARY not json');
      return true;
    };
    await check(make(), first);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('CANARY');
  });
});

describe('an issuer in trouble, with keys read before', () => {
  test('old keys serve for a day, then the check fails closed', async () => {
    const by = make();
    expect(await check(by, first)).toBe('accepted');
    issuer.intercept = (_request, response) => {
      response.destroy();
      return true;
    };
    for (const pause of [11 * MINUTE, 50 * MINUTE, 3 * 60 * MINUTE, 19 * 60 * MINUTE]) {
      now += pause;
      expect(await check(by, first)).toBe('accepted');
    }
    now += 3 * 60 * MINUTE;
    expect(await check(by, first)).toBe('503 issuer unavailable');
    issuer.intercept = undefined;
    now += 31 * SECOND;
    expect(await check(by, first)).toBe('accepted');
  });

  test('is asked every 30 seconds at most', async () => {
    const by = make({ jwksUri: issuer.jwksUri });
    await check(by, first);
    issuer.intercept = (_request, response) => {
      response.writeHead(500).end();
      return true;
    };
    now += 2 * 60 * MINUTE;
    for (let i = 0; i < 20; i += 1) expect(await check(by, first)).toBe('accepted');
    expect(issuer.keyReads).toBe(2);
  });

  test('a slow issuer keeps nobody waiting while keys are young', async () => {
    const by = make({ jwksUri: issuer.jwksUri });
    await check(by, first);
    let release: () => void = () => undefined;
    issuer.intercept = (_request, response) => {
      release = () => {
        sendJson(response, { keys: [second.jwk] });
      };
      return true;
    };
    now += 11 * MINUTE;
    // Both are answered although the issuer has not answered yet.
    expect(await check(by, first)).toBe('accepted');
    expect(await check(by, first)).toBe('accepted');
    await until(() => issuer.keyReads === 2);
    release();
    await until(async () => (await check(by, second)) === 'accepted');
    expect(issuer.keyReads).toBe(2);
  });

  test('a token with a new key id is 503, not 401, while nobody can ask for the key', async () => {
    const by = make();
    await check(by, first);
    issuer.intercept = (_request, response) => {
      response.destroy();
      return true;
    };
    now += 31 * SECOND;
    expect(await check(by, second)).toBe('503 issuer unavailable');
    expect(await check(by, second)).toBe('503 issuer unavailable');
    expect(await check(by, first)).toBe('accepted');
  });

  test('garbage does not replace good keys', async () => {
    const by = make();
    await check(by, first);
    issuer.intercept = (_request, response) => {
      sendJson(response, { keys: [] });
      return true;
    };
    now += 2 * 60 * MINUTE;
    expect(await check(by, first)).toBe('accepted');
  });

  test('a clock set back makes it ask again', async () => {
    const by = make({ jwksUri: issuer.jwksUri });
    await check(by, first);
    now -= 60 * MINUTE;
    expect(await check(by, first)).toBe('accepted');
    expect(issuer.keyReads).toBe(2);
  });
});

describe('rotation', () => {
  test('a new key is found at its first token, the old one works until it is withdrawn', async () => {
    const by = make({ jwksUri: issuer.jwksUri });
    expect(await check(by, first)).toBe('accepted');
    issuer.keys = [second.jwk, first.jwk];
    now += 31 * SECOND;
    expect(await check(by, second)).toBe('accepted');
    expect(await check(by, first)).toBe('accepted');
    expect(issuer.keyReads).toBe(2);
    issuer.keys = [second.jwk];
    now += 61 * MINUTE;
    expect(await check(by, first)).toBe('401 unknown key');
    expect(await check(by, second)).toBe('accepted');
  });

  test('made-up key ids make it ask once in 30 seconds', async () => {
    const by = make({ jwksUri: issuer.jwksUri });
    await check(by, first);
    for (let round = 1; round <= 3; round += 1) {
      now += 31 * SECOND;
      const checks = Array.from({ length: 50 }, (_, i) => check(by, second, { kid: `made-up-${i}` }));
      expect(new Set(await Promise.all(checks))).toEqual(new Set(['401 unknown key']));
      expect(issuer.keyReads).toBe(1 + round);
    }
  });

  test('made-up key ids right after the first read make it ask not at all', async () => {
    const by = make({ jwksUri: issuer.jwksUri });
    await check(by, first);
    for (let i = 0; i < 20; i += 1) expect(await check(by, second, { kid: `made-up-${i}` })).toBe('401 unknown key');
    expect(issuer.keyReads).toBe(1);
  });

  test('a new key without an id is found too', async () => {
    const [old, young] = [await signingKey(undefined), await signingKey(undefined)];
    issuer.keys = [old.jwk];
    const by = make({ jwksUri: issuer.jwksUri });
    expect(await check(by, old)).toBe('accepted');
    issuer.keys = [young.jwk];
    now += 31 * SECOND;
    expect(await check(by, young)).toBe('accepted');
  });

  test('under load no request fails', async () => {
    const by = make();
    for (const [keys, signer] of [
      [[first], first],
      [[second, first], first],
      [[second, first], second],
      [[second], second],
    ] as const) {
      issuer.keys = keys.map(({ jwk }) => jwk);
      now += 31 * SECOND;
      const outcomes = await Promise.all(Array.from({ length: 40 }, () => check(by, signer)));
      expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    }
  });

  test('many first requests read the keys once', async () => {
    const by = make();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => check(by, first)));
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(issuer.asked).toHaveLength(2);
  });

  test('a remembered token outlives a withdrawn key by a minute at most', async () => {
    const by = make({}, { rememberedTokens: 10 });
    const token = await tokenBy(first);
    expect(outcome(await by.authenticate(withToken(token)))).toBe('accepted');
    issuer.keys = [second.jwk];
    now += 31 * SECOND;
    expect(await check(by, second)).toBe('accepted'); // reads the new set
    expect(outcome(await by.authenticate(withToken(token)))).toBe('accepted');
    now += 30 * SECOND;
    expect(outcome(await by.authenticate(withToken(token)))).toBe('401 unknown key');
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('did not happen');
}
