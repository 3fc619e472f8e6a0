import { createHmac, generateKeyPairSync, KeyObject, sign as signBytes } from 'node:crypto';

import type { AuthInfo } from '@modelcontextprotocol/server';
import * as fc from 'fast-check';
import { exportSPKI } from 'jose';
import type { JWTPayload } from 'jose';

import type { Authenticator, AuthResult } from '../../../lambda/auth/authenticator.ts';
import { jwtAuthenticator } from '../../../lambda/auth/jwt.ts';
import type { HttpReply } from '../../../lambda/host/http.ts';
import type { JwtAuthPolicy } from '../../../lambda/wiring.ts';
import { AUDIENCE, claims, httpRequest, LocalIssuer, ORIGIN, sign, signingKey, withToken } from './local-issuer.ts';
import type { SigningKey } from './local-issuer.ts';

const METADATA_URL = `${ORIGIN}/.well-known/oauth-protected-resource/mcp`;

let issuer: LocalIssuer;
let authenticator: Authenticator;
let es256: SigningKey;
let rs256: SigningKey;
let stranger: SigningKey;
const keysByAlg = new Map<string, SigningKey>();

beforeAll(async () => {
  issuer = await new LocalIssuer().start();
  const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
  for (const alg of algorithms) keysByAlg.set(alg, await signingKey(`key-${alg}`, alg));
  es256 = keysByAlg.get('ES256')!;
  rs256 = keysByAlg.get('RS256')!;
  stranger = await signingKey('key-ES256');
  issuer.keys = [...keysByAlg.values()].map(({ jwk }) => jwk);
  authenticator = jwtAuthenticator(policy());
});

afterAll(() => issuer.stop());

function policy(changes: Partial<JwtAuthPolicy> = {}): JwtAuthPolicy {
  return { mode: 'jwt', issuer: issuer.issuer, audience: [AUDIENCE], scopes: ['mcp:read'], ...changes };
}

async function accepted(token: string, by: Authenticator = authenticator): Promise<AuthInfo> {
  const result = await by.authenticate(withToken(token));
  if (!('caller' in result)) throw new Error(`refused: ${result.reason ?? ''}`);
  return result.caller!;
}

function refused(result: AuthResult): { readonly refusal: HttpReply; readonly reason?: string } {
  if (!('refusal' in result)) throw new Error('accepted');
  return result;
}

/** A refused token: 401 with the challenge, and nothing of the token in the reply. */
async function expectInvalid(token: string, reason: string | RegExp, by: Authenticator = authenticator): Promise<void> {
  const result = refused(await by.authenticate(withToken(token)));
  expect(result.reason).toMatch(reason);
  expect(result.refusal.status).toBe(401);
  expect(result.refusal.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token", /);
  expectNoToken(result, token);
}

function expectNoToken(result: AuthResult, token: string): void {
  const text = JSON.stringify(result);
  for (const part of token.split('.').filter((piece) => piece.length > 8)) expect(text).not.toContain(part);
}

const good = (changes?: JWTPayload): JWTPayload => claims(issuer.issuer, changes);
const seconds = (): number => Math.floor(Date.now() / 1000);
const segment = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const nextLetter = (letter: string): string => BASE64URL.charAt(BASE64URL.indexOf(letter) + 1);

/** Signs exactly these texts, which `jose` would not let through. */
function signRaw(header: string, payload: string, key: SigningKey): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${signBytes('sha256', Buffer.from(input), { key: KeyObject.from(key.privateKey), dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
const esHeader = (more: object = {}): string => JSON.stringify({ alg: 'ES256', kid: 'key-ES256', ...more });

describe('good tokens', () => {
  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'signed with %s',
    async (alg) => {
      expect((await accepted(await sign(keysByAlg.get(alg)!, good()))).clientId).toBe('client-1');
    },
  );

  test('become the caller', async () => {
    const token = await sign(es256, good({ exp: 4_000_000_000 }));
    expect(await accepted(token)).toEqual({
      token,
      clientId: 'client-1',
      scopes: ['mcp:read', 'mcp:write'],
      expiresAt: 4_000_000_000,
      resource: new URL(`${ORIGIN}/mcp`),
      resourceMetadataUrl: METADATA_URL,
      extra: { sub: 'user-1', iss: issuer.issuer },
    });
  });

  test.each([
    ['client_id', { client_id: 'c', azp: 'a' }, 'c'],
    ['azp when there is no client_id', { client_id: undefined, azp: 'a' }, 'a'],
    ['sub when there is neither', { client_id: undefined }, 'user-1'],
    ['azp when client_id is no text', { client_id: 7, azp: 'a' }, 'a'],
    ['azp when client_id is empty', { client_id: '', azp: 'a' }, 'a'],
  ])('take the client from %s', async (_name, changes, clientId) => {
    expect((await accepted(await sign(es256, good(changes)))).clientId).toBe(clientId);
  });

  test.each([
    ['scope as a text', { scope: 'mcp:read  b' }, ['mcp:read', 'b']],
    ['scope as a list', { scope: ['mcp:read', 'b'] }, ['mcp:read', 'b']],
    ['scp as a list', { scope: undefined, scp: ['mcp:read', 'b'] }, ['mcp:read', 'b']],
    ['scp as a text', { scope: undefined, scp: 'mcp:read b' }, ['mcp:read', 'b']],
    ['both', { scope: 'a mcp:read', scp: ['a', 'b'] }, ['a', 'mcp:read', 'b']],
    ['a list with odd items', { scope: [1, null, 'mcp:read', { a: 1 }] }, ['mcp:read']],
  ])('take scopes from %s', async (_name, changes, scopes) => {
    expect((await accepted(await sign(es256, good(changes)))).scopes).toEqual(scopes);
  });

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', 'jwt', 'application/jwt', undefined])(
    'with the type %s',
    async (typ) => {
      await expect(accepted(await sign(es256, good(), { typ }))).resolves.toBeDefined();
    },
  );

  test('with the audience in a list', async () => {
    await expect(
      accepted(await sign(es256, good({ aud: ['https://other.example.com', AUDIENCE] }))),
    ).resolves.toBeDefined();
  });

  test('for any one of the accepted audiences', async () => {
    const two = jwtAuthenticator(policy({ audience: ['api://x', AUDIENCE] }));
    await expect(accepted(await sign(es256, good({ aud: 'api://x' })), two)).resolves.toBeDefined();
  });

  test('with token_use access, as Cognito marks them', async () => {
    await expect(accepted(await sign(es256, good({ token_use: 'access' })))).resolves.toBeDefined();
  });

  test.each(['bearer', 'BEARER', 'Bearer  ', ' Bearer'])('behind the scheme written "%s"', async (scheme) => {
    const token = await sign(es256, good());
    const result = await authenticator.authenticate(httpRequest({ headers: { authorization: `${scheme} ${token}` } }));
    expect(result).toHaveProperty('caller.clientId', 'client-1');
  });

  test('without a key id, tried against every key of the algorithm', async () => {
    const [first, second] = [await signingKey(undefined), await signingKey(undefined)];
    const other = await new LocalIssuer().start();
    try {
      other.keys = [first.jwk, second.jwk];
      const by = jwtAuthenticator(policy({ issuer: other.issuer }));
      for (const key of [first, second]) await accepted(await sign(key, claims(other.issuer)), by);
      await expectInvalid(await sign(await signingKey(undefined), claims(other.issuer)), 'bad signature', by);
    } finally {
      await other.stop();
    }
  });

  test('a caller that server code changes does not change the next one', async () => {
    const token = await sign(es256, good());
    const first = await accepted(token);
    first.scopes.push('admin');
    first.extra!.sub = 'somebody else';
    first.resource!.pathname = '/elsewhere';
    expect(await accepted(token)).toMatchObject({
      scopes: ['mcp:read', 'mcp:write'],
      extra: { sub: 'user-1' },
      resource: new URL(`${ORIGIN}/mcp`),
    });
  });
});

describe('algorithm attacks', () => {
  test.each(['none', 'None', 'NONE', 'nOnE'])('alg %s without a signature', async (alg) => {
    // With an empty signature the token ends in a dot.
    await expectInvalid(`${segment({ alg, typ: 'JWT' })}.${segment(good())}.`, /algorithm|not a JWT/);
  });

  test('alg none with the signature of another token', async () => {
    const signature = (await sign(es256, good())).split('.')[2]!;
    await expectInvalid(`${segment({ alg: 'none' })}.${segment(good())}.${signature}`, 'algorithm not allowed');
  });

  test.each(['HS256', 'HS384', 'HS512'])('%s keyed with the public key in PEM', async (alg) => {
    const input = `${segment({ alg, kid: 'key-RS256' })}.${segment(good())}`;
    const mac = createHmac(alg.replace('HS', 'sha'), await exportSPKI(rs256.publicKey))
      .update(input)
      .digest('base64url');
    await expectInvalid(`${input}.${mac}`, 'algorithm not allowed');
  });

  test('HS256 keyed with the modulus of the public key', async () => {
    const input = `${segment({ alg: 'HS256', kid: 'key-RS256' })}.${segment(good())}`;
    const mac = createHmac('sha256', Buffer.from(rs256.jwk.n!, 'base64url')).update(input).digest('base64url');
    await expectInvalid(`${input}.${mac}`, 'algorithm not allowed');
  });

  test('HS256 keyed with nothing', async () => {
    const input = `${segment({ alg: 'HS256' })}.${segment(good())}`;
    await expectInvalid(
      `${input}.${createHmac('sha256', '').update(input).digest('base64url')}`,
      'algorithm not allowed',
    );
  });

  test.each([
    [undefined],
    [null],
    [5],
    [['ES256']],
    [{ alg: 'ES256' }],
    ['es256'],
    ['ES256 '],
    [''],
    ['ES256K'],
    ['__proto__'],
    ['toString'],
  ])('alg %j', async (alg) => {
    await expectInvalid(
      signRaw(JSON.stringify({ alg, kid: 'key-ES256' }), JSON.stringify(good()), es256),
      /algorithm|not a JWT/,
    );
  });

  test('alg of another key than the one that kid names', async () => {
    await expectInvalid(await sign(es256, good(), { kid: 'key-RS256' }), 'unknown key');
  });

  test('PS256 with a key published for RS256', async () => {
    const input = `${segment({ alg: 'PS256', kid: 'key-RS256' })}.${segment(good())}`;
    const key = { key: KeyObject.from(rs256.privateKey), padding: 6, saltLength: 32 };
    await expectInvalid(
      `${input}.${signBytes('sha256', Buffer.from(input), key).toString('base64url')}`,
      'unknown key',
    );
  });

  test('a good algorithm that the policy leaves out', async () => {
    const onlyRsa = jwtAuthenticator(policy({ algorithms: ['RS256'] }));
    await expectInvalid(await sign(es256, good()), 'algorithm not allowed', onlyRsa);
    await expect(accepted(await sign(rs256, good()), onlyRsa)).resolves.toBeDefined();
  });

  test('alg twice: the last one counts, for us as for the signature check', async () => {
    await expectInvalid(
      signRaw('{"alg":"ES256","kid":"key-ES256","alg":"none"}', JSON.stringify(good()), es256),
      'algorithm not allowed',
    );
  });
});

describe('key attacks', () => {
  test('a stranger with the key id of the issuer', async () => {
    await expectInvalid(await sign(stranger, good()), 'bad signature');
  });

  test('the key in the header (jwk)', async () => {
    await expectInvalid(await sign(stranger, good(), { jwk: stranger.jwk }), 'bad signature');
    await expectInvalid(await sign(stranger, good(), { jwk: stranger.jwk, kid: undefined }), 'bad signature');
  });

  test.each(['jku', 'x5u'])('an address in the header (%s) is never called', async (name) => {
    const trap = await new LocalIssuer().start();
    try {
      trap.keys = [stranger.jwk];
      const header = { [name]: trap.jwksUri };
      await expectInvalid(await sign(stranger, good(), header), 'bad signature');
      await expect(accepted(await sign(es256, good(), header))).resolves.toBeDefined();
      expect(trap.asked).toEqual([]);
    } finally {
      await trap.stop();
    }
  });

  test('a certificate in the header (x5c)', async () => {
    await expectInvalid(
      await sign(stranger, good(), { x5c: [Buffer.from('certificate').toString('base64')] }),
      'bad signature',
    );
  });

  test.each([
    '../../../../dev/null',
    '/etc/passwd',
    "key-ES256' OR '1'='1",
    '"; DROP TABLE keys; --',
    'https://evil.example.com/keys.json',
    '__proto__',
    'constructor',
    'key-ES256\u0000',
    'KEY-es256',
    ' key-ES256',
    '',
    'k'.repeat(4000),
  ])('kid %j is only compared', async (kid) => {
    await expectInvalid(await sign(stranger, good(), { kid }), 'unknown key');
  });

  test.each([[null], [1], [true], [['key-ES256']], [{ kid: 'key-ES256' }]])('kid %j', async (kid) => {
    await expectInvalid(signRaw(esHeader({ kid }), JSON.stringify(good()), es256), 'key id is not a string');
  });

  test('an RSA key too short to be safe', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const other = await new LocalIssuer().start();
    try {
      other.keys = [{ ...(publicKey.export({ format: 'jwk' }) as object), kty: 'RSA', kid: 'short', alg: 'RS256' }];
      const input = `${segment({ alg: 'RS256', kid: 'short' })}.${segment(claims(other.issuer))}`;
      const token = `${input}.${signBytes('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
      await expectInvalid(token, 'key of the token cannot be used', jwtAuthenticator(policy({ issuer: other.issuer })));
    } finally {
      await other.stop();
    }
  });

  test.each([
    ['for encryption', { use: 'enc' }],
    ['for other operations', { key_ops: ['encrypt'] }],
    ['of another curve', { crv: 'P-384' }],
  ])('a published key %s', async (_name, changes) => {
    const other = await new LocalIssuer().start();
    try {
      other.keys = [{ ...es256.jwk, ...changes }];
      await expectInvalid(
        await sign(es256, claims(other.issuer)),
        'unknown key',
        jwtAuthenticator(policy({ issuer: other.issuer })),
      );
    } finally {
      await other.stop();
    }
  });

  test.each([
    ['symmetric', { kty: 'oct', k: segment('a shared secret of the issuer 123'), kid: 'key-ES256', alg: 'HS256' }],
    ['private', 'private'],
  ])('a %s key that the issuer published by mistake', async (name, jwk) => {
    const other = await new LocalIssuer().start();
    try {
      const { exportJWK } = await import('jose');
      other.keys = [
        jwk === 'private' ? { ...(await exportJWK(es256.privateKey)), kid: 'key-ES256', alg: 'ES256' } : (jwk as never),
      ];
      const by = jwtAuthenticator(policy({ issuer: other.issuer }));
      await expectInvalid(
        await sign(es256, claims(other.issuer)),
        name === 'private' ? 'malformed token' : 'unknown key',
        by,
      );
    } finally {
      await other.stop();
    }
  });
});

describe('header attacks', () => {
  test.each([[['exp']], [['b64']], [['unknown']], [[]], ['exp'], [null], [['exp', 'exp']]])('crit %j', async (crit) => {
    await expectInvalid(
      signRaw(esHeader({ crit, exp: 1, b64: true, unknown: 1 }), JSON.stringify(good()), es256),
      'critical extension',
    );
  });

  test('b64 false, the unencoded payload', async () => {
    const header = segment(esHeader({ b64: false, crit: ['b64'] }));
    await expectInvalid(`${header}.${segment(good())}.${'A'.repeat(86)}`, 'critical extension');
  });

  test.each([
    'id_token',
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'JWE',
    'at+jwt+x',
    'x/at+jwt',
    '',
    5,
    ['at+jwt'],
    null,
  ])('typ %j', async (typ) => {
    await expectInvalid(signRaw(esHeader({ typ }), JSON.stringify(good()), es256), 'not the type of an access token');
  });

  test.each([
    ['an array', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['no JSON', '{alg:ES256}'],
    ['nothing', ''],
    ['half a document', '{"alg":"ES256"'],
  ])('header that is %s', async (_name, header) => {
    const token = `${segment(header)}.${segment(good())}.${'A'.repeat(86)}`;
    const result = refused(await authenticator.authenticate(withToken(token)));
    expect([400, 401]).toContain(result.refusal.status);
  });

  test.each([
    ['an array', '[]'],
    ['a text', '"claims"'],
    ['null', 'null'],
    ['no JSON', 'sub=1'],
    ['nothing', ''],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1')],
  ])('claims that are %s', async (_name, payload) => {
    await expectInvalid(signRaw(esHeader(), payload, es256), 'not a JWT');
  });
});

describe('claim attacks', () => {
  test.each([
    ['another issuer', { iss: 'https://evil.example.com' }],
    ['the issuer with a slash', 'slash'],
    ['the issuer in upper case', 'upper'],
    ['the issuer with a path', 'path'],
    ['the issuer in a list', 'list'],
    ['no issuer', { iss: undefined }],
    ['an issuer that is null', { iss: null }],
    ['an empty issuer', { iss: '' }],
  ])('iss: %s', async (_name, changes) => {
    const iss = issuer.issuer;
    const variants: Record<string, unknown> = {
      slash: `${iss}/`,
      upper: iss.toUpperCase(),
      path: `${iss}/tenant`,
      list: [iss],
    };
    const all = typeof changes === 'string' ? { iss: variants[changes] as string } : (changes as JWTPayload);
    await expectInvalid(await sign(es256, good(all)), 'another issuer');
  });

  test.each([
    ['another server', { aud: 'https://other.example.com/mcp' }],
    ['the origin only', { aud: ORIGIN }],
    ['a slash more', { aud: `${AUDIENCE}/` }],
    ['a longer path', { aud: `${AUDIENCE}/admin` }],
    ['upper case', { aud: AUDIENCE.toUpperCase() }],
    ['an empty list', { aud: [] }],
    ['a list without ours', { aud: ['a', 'b'] }],
    ['a list in a list', { aud: [[AUDIENCE]] }],
    ['an object', { aud: { [AUDIENCE]: true } }],
    ['null', { aud: null }],
    ['a joined text', { aud: `x ${AUDIENCE}` }],
  ])('aud: %s', async (_name, changes) => {
    await expectInvalid(await sign(es256, good(changes as JWTPayload)), 'another audience');
  });

  test('no aud, as in a plain access token of Cognito', async () => {
    await expectInvalid(await sign(es256, good({ aud: undefined, token_use: 'access' })), 'audience');
  });

  test('an ID token of Cognito', async () => {
    await expectInvalid(await sign(es256, good({ token_use: 'id' })), 'token_use');
  });

  test.each([
    ['missing', { exp: undefined }],
    ['null', { exp: null }],
    ['a text', { exp: '4000000000' }],
    ['a list', { exp: [4_000_000_000] }],
    ['zero', { exp: 0 }],
    ['negative', { exp: -1 }],
    ['a minute and a bit ago', 'past'],
  ])('exp: %s', async (_name, changes) => {
    const all = changes === 'past' ? { exp: seconds() - 62 } : changes;
    await expectInvalid(signRaw(esHeader(), JSON.stringify(good(all as JWTPayload)), es256), /expired|claim "exp"/);
  });

  test('exp: infinite', async () => {
    const payload = JSON.stringify(good()).replace(/"exp":\d+/, '"exp":1e999');
    await expectInvalid(signRaw(esHeader(), payload, es256), 'claim "exp"');
  });

  test('exp twice: the last one counts', async () => {
    const payload = JSON.stringify(good()).replace(/}$/, `,"exp":${seconds() - 3600}}`);
    await expectInvalid(signRaw(esHeader(), payload, es256), 'expired');
  });

  test('iss twice: the last one counts', async () => {
    const payload = JSON.stringify(good()).replace(/}$/, ',"iss":"https://evil.example.com"}');
    await expectInvalid(signRaw(esHeader(), payload, es256), 'another issuer');
  });

  test.each([
    ['in the future', 'future'],
    ['a text', { nbf: '1' }],
    ['null', { nbf: null }],
  ])('nbf: %s', async (_name, changes) => {
    const all = changes === 'future' ? { nbf: seconds() + 120 } : changes;
    await expectInvalid(await sign(es256, good(all as JWTPayload)), /not yet valid/);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['a number', 5],
    ['a list', ['user-1']],
  ])('sub: %s', async (_name, sub) => {
    await expectInvalid(await sign(es256, good({ sub: sub as string })), 'claim "sub"');
  });
});

describe('tampering', () => {
  test('every single part of another good token', async () => {
    const [a, b] = [await sign(es256, good()), await sign(es256, good({ sub: 'admin' }))].map((token) =>
      token.split('.'),
    );
    await expectInvalid([a![0], b![1], a![2]].join('.'), 'bad signature');
    await expectInvalid([a![0], a![1], b![2]].join('.'), 'bad signature');
  });

  test.each([
    ['no signature', (t: string) => t.slice(0, t.lastIndexOf('.') + 1)],
    ['two parts', (t: string) => t.slice(0, t.lastIndexOf('.'))],
    ['four parts', (t: string) => `${t}.AAAA`],
    ['five parts, as an encrypted token', (t: string) => `${t}.AAAA.AAAA`],
    ['a signature of zeros', (t: string) => `${t.slice(0, t.lastIndexOf('.'))}.${'A'.repeat(86)}`],
    ['a shorter signature', (t: string) => t.slice(0, -4)],
    ['a longer signature', (t: string) => `${t}AAAA`],
    ['one sign of padding', (t: string) => `${t}=`],
    ['correct padding', (t: string) => `${t}==`],
    // A signature of 64 bytes leaves four bits of the last letter unused.
    ['the same signature with other spare bits', (t: string) => `${t.slice(0, -1)}${nextLetter(t.slice(-1))}`],
    ['plain base64', (t: string) => `${t.slice(0, -8)}+/+/+/+/`],
    ['only dots', () => '..'],
    ['one letter', () => 'x'],
  ])('%s', async (_name, change) => {
    await expectInvalid(change(await sign(es256, good())), /./);
  });

  test('a signature in DER instead of the JOSE form', async () => {
    const input = `${segment(esHeader())}.${segment(good())}`;
    const der = signBytes('sha256', Buffer.from(input), KeyObject.from(es256.privateKey)).toString('base64url');
    await expectInvalid(`${input}.${der}`, 'bad signature');
  });

  test('mutated at random: none is accepted, none makes the check throw', async () => {
    const quiet = jwtAuthenticator(policy(), { warn: () => undefined });
    const originals = [await sign(es256, good()), await sign(rs256, good())];
    const alphabet = Array.from(`${BASE64URL}.=~+/ ,"\\\u00e9`);
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      kind: fc.constantFrom('replace', 'insert', 'delete', 'repeat'),
      text: fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength: 6 }).map((letters) => letters.join('')),
    });
    let tried = 0;
    let acceptedCount = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        async (original, edits) => {
          let token = original;
          for (const { at, kind, text } of edits) {
            const index = Math.floor(at * token.length);
            const cut = kind === 'insert' ? 0 : kind === 'repeat' ? 0 : text.length;
            const put = kind === 'delete' ? '' : kind === 'repeat' ? token.slice(index, index + 40) : text;
            token = token.slice(0, index) + put + token.slice(index + cut);
          }
          // The same token with space around it is the same token.
          fc.pre(token.trim() !== original);
          tried += 1;
          const result = await quiet.authenticate(withToken(token));
          if ('caller' in result) acceptedCount += 1;
          else expect([400, 401]).toContain(result.refusal.status);
        },
      ),
      { numRuns: 3000 },
    );
    expect(tried).toBeGreaterThanOrEqual(2000);
    expect(acceptedCount).toBe(0);
  });

  test('arbitrary text as the whole header', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        async (authorization) => {
          const result = refused(await authenticator.authenticate(httpRequest({ headers: { authorization } })));
          expect([400, 401]).toContain(result.refusal.status);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('arbitrary JSON as header and claims', async () => {
    const json = fc.jsonValue().map((value) => segment(value));
    await fc.assert(
      fc.asyncProperty(json, json, async (header, payload) => {
        const result = refused(await authenticator.authenticate(withToken(`${header}.${payload}.${'A'.repeat(86)}`)));
        expect(result.refusal.status).toBe(401);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('size', () => {
  test('16 KiB are read', async () => {
    const token = await sign(es256, good({ pad: 'x'.repeat(11_500) }));
    expect(token.length).toBeGreaterThan(15_000);
    await expect(accepted(token)).resolves.toBeDefined();
  });

  test('a good token beyond 16 KiB is not', async () => {
    await expectInvalid(await sign(es256, good({ pad: 'x'.repeat(13_000) })), 'token too long');
  });

  test('a megabyte is refused before it is parsed', async () => {
    await expectInvalid(`${'A'.repeat(1_000_000)}.${'A'.repeat(10)}.AA`, 'token too long');
  });

  test('claims nested very deep', async () => {
    await expectInvalid(signRaw(esHeader(), `{"a":${'['.repeat(5000)}`, es256), 'not a JWT');
  });
});

describe('the Authorization header', () => {
  const challengeOf = (result: AuthResult): string => refused(result).refusal.headers['www-authenticate']!;

  test.each([[undefined], [''], ['   '], ['Basic dXNlcjpwYXNz'], ['DPoP abc'], ['Bearertoken'], ['token']])(
    'no bearer token in %j: 401 and a challenge without an error',
    async (authorization) => {
      const result = await authenticator.authenticate(httpRequest({ headers: { authorization } }));
      expect(refused(result).refusal.status).toBe(401);
      expect(challengeOf(result)).toBe(`Bearer resource_metadata="${METADATA_URL}", scope="mcp:read"`);
      expect(refused(result).refusal.headers['cache-control']).toBe('no-store');
    },
  );

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer  ',
    'bearer a b',
    'Bearer a, Bearer b',
    'Bearer,a',
    'Bearer a,b',
    'Bearer "a"',
    'Bearer \u00e9',
    'Bearer a\tb',
    'Bearer =a',
  ])('malformed %j: 400 invalid_request', async (authorization) => {
    const result = await authenticator.authenticate(httpRequest({ headers: { authorization } }));
    expect(refused(result).refusal.status).toBe(400);
    expect(challengeOf(result)).toMatch(/^Bearer error="invalid_request", .*resource_metadata="/);
  });

  test('two good tokens joined: 400', async () => {
    const token = await sign(es256, good());
    const joined = { authorization: `Bearer ${token}, Bearer ${token}` };
    const result = await authenticator.authenticate(httpRequest({ headers: joined }));
    expect(refused(result).refusal.status).toBe(400);
    expectNoToken(result, token);
  });

  test.each(['access_token', 'token', 'authorization'])(
    'a good token in the query as %s counts for nothing',
    async (name) => {
      const token = await sign(es256, good());
      const result = await authenticator.authenticate(httpRequest({ query: `${name}=${token}` }));
      expect(refused(result).refusal.status).toBe(401);
      expect(challengeOf(result)).not.toContain('error=');
      expectNoToken(result, token);
    },
  );

  test.each(['x-authorization', 'x-access-token', 'cookie', 'proxy-authorization'])(
    'a good token in %s counts for nothing',
    async (name) => {
      const token = await sign(es256, good());
      const result = await authenticator.authenticate(httpRequest({ headers: { [name]: `Bearer ${token}` } }));
      expect(refused(result).refusal.status).toBe(401);
    },
  );

  test('a good token in a form body counts for nothing', async () => {
    const body = Buffer.from(`access_token=${await sign(es256, good())}`);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(refused(await authenticator.authenticate(httpRequest({ body, headers }))).refusal.status).toBe(401);
  });
});

describe('scopes', () => {
  const two = (): Authenticator => jwtAuthenticator(policy({ scopes: ['mcp:read', 'mcp:admin'] }));

  test.each([
    ['one is missing', { scope: 'mcp:read' }],
    ['all are missing', { scope: undefined }],
    ['scope is empty', { scope: '' }],
    ['they are only a part of a word', { scope: 'mcp:read mcp:administrator' }],
    ['the case differs', { scope: 'mcp:read MCP:ADMIN' }],
    ['they are joined by a comma', { scope: 'mcp:read,mcp:admin' }],
    ['scope is an object', { scope: { 'mcp:read': true, 'mcp:admin': true } }],
    ['a list holds them joined twice', { scope: [['mcp:read', 'mcp:admin']] }],
  ])('403 with every scope of the operation when %s', async (_name, changes) => {
    const token = await sign(es256, good(changes));
    const result = refused(await two().authenticate(withToken(token)));
    expect(result.refusal.status).toBe(403);
    const challenge = result.refusal.headers['www-authenticate'];
    expect(challenge).toMatch(/^Bearer error="insufficient_scope", /);
    expect(challenge).toContain('scope="mcp:read mcp:admin"');
    expect(challenge).toContain(`resource_metadata="${METADATA_URL}"`);
    expectNoToken(result, token);
  });

  test('also when the token was seen before', async () => {
    const by = two();
    const token = await sign(es256, good());
    for (let i = 0; i < 2; i += 1) expect(refused(await by.authenticate(withToken(token))).refusal.status).toBe(403);
  });

  test('a bad token without scopes is 401, not 403', async () => {
    await expectInvalid(await sign(stranger, good({ scope: '' })), 'bad signature');
  });

  test('offline_access is neither asked for nor needed', async () => {
    const by = jwtAuthenticator(policy({ scopes: ['mcp:read', 'offline_access'] }));
    await expect(accepted(await sign(es256, good()), by)).resolves.toBeDefined();
    const result = refused(await by.authenticate(httpRequest()));
    expect(result.refusal.headers['www-authenticate']).not.toContain('offline_access');
  });

  test('without scopes in the policy no scope is asked for', async () => {
    const by = jwtAuthenticator(policy({ scopes: [] }));
    await expect(accepted(await sign(es256, good({ scope: undefined })), by)).resolves.toBeDefined();
    expect(refused(await by.authenticate(httpRequest())).refusal.headers['www-authenticate']).toBe(
      `Bearer resource_metadata="${METADATA_URL}"`,
    );
  });
});

describe('clocks', () => {
  const at = (offsetSeconds: number): Authenticator =>
    jwtAuthenticator(policy(), { now: () => Date.now() + offsetSeconds * 1000 });
  const lifetime = (from: number, until: number): JWTPayload => good({ nbf: seconds() + from, exp: seconds() + until });

  test.each([
    ['50 s ahead of the end', 650, 'accepted'],
    ['5 min ahead of the end', 900, 'refused'],
    ['50 s behind the start', -50, 'accepted'],
    ['5 min behind the start', -300, 'refused'],
  ])('a server clock %s: %s', async (_name, offset, outcome) => {
    const token = await sign(es256, lifetime(0, 600));
    const result = await at(offset).authenticate(withToken(token));
    expect('caller' in result ? 'accepted' : 'refused').toBe(outcome);
  });

  test('without tolerance, if so wanted', async () => {
    const strict = jwtAuthenticator(policy(), { clockToleranceSeconds: 0 });
    await expectInvalid(await sign(es256, lifetime(-600, -2)), 'expired', strict);
  });

  test.each([-1, 61, 300, NaN])('a tolerance of %d s is refused', (clockToleranceSeconds) => {
    expect(() => jwtAuthenticator(policy(), { clockToleranceSeconds })).toThrow(/0 to 60/);
  });

  test('a remembered token ends when it expires', async () => {
    let now = Date.now();
    const by = jwtAuthenticator(policy(), { now: () => now, clockToleranceSeconds: 0 });
    const token = await sign(es256, claims(issuer.issuer, { exp: seconds() + 20 }));
    await accepted(token, by);
    now += 21_000;
    await expectInvalid(token, 'expired', by);
  });
});

describe('a policy that could not be safe', () => {
  test.each([
    ['http issuer', { issuer: 'http://idp.example.com' }],
    ['issuer that is no URL', { issuer: 'idp' }],
    ['http key set', { jwksUri: 'http://idp.example.com/keys' }],
    ['file key set', { jwksUri: 'file:///etc/keys' }],
    ['no audience', { audience: [] }],
    ['alg none', { algorithms: ['none'] }],
    ['alg HS256', { algorithms: ['RS256', 'HS256'] }],
    ['no algorithm', { algorithms: [] }],
  ])('%s', (_name, changes) => {
    expect(() => jwtAuthenticator(policy(changes))).toThrow(TypeError);
  });
});
