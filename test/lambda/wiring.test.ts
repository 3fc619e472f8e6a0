import * as fc from 'fast-check';

import { isSecureUrl, JWT_ALGORITHMS, readWiring, WIRING, WiringError, writeWiring } from '../../lambda/wiring.ts';
import type { AuthPolicy, WiringValues } from '../../lambda/wiring.ts';

const CANARY = 'CANARY';
const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf';
const JWT = {
  mode: 'jwt',
  issuer: 'https://idp.example.com',
  audience: ['https://mcp.example.com/mcp'],
  scopes: ['mcp:read'],
};
const GOOD: Record<string, string> = {
  MCP_SERVER_NAME: 'weather',
  MCP_BASE_URL: 'https://mcp.example.com',
  MCP_STORE_URL: 'dynamodb://my-table?region=us-east-1',
  MCP_KEYS_SECRET: ARN,
  MCP_AUTH: JSON.stringify(JWT),
  MCP_ALLOW_LOST_WRITES: 'true',
};

function failure(changes: Record<string, string | undefined>): WiringError {
  try {
    readWiring({ ...GOOD, ...changes });
  } catch (error) {
    if (error instanceof WiringError) return error;
    throw error;
  }
  throw new Error('accepted');
}

test('the names are those that Python servers read too', () => {
  expect(Object.values(WIRING).sort()).toEqual(Object.keys(GOOD).sort());
});

test('a good environment is read', () => {
  expect(readWiring(GOOD)).toEqual({
    serverName: 'weather',
    baseUrl: 'https://mcp.example.com',
    storeUrl: new URL('dynamodb://my-table?region=us-east-1'),
    keysSecret: ARN,
    auth: JWT,
  });
});

test.each(['MCP_BASE_URL', 'MCP_KEYS_SECRET'])('%s may be missing or empty', (name) => {
  for (const value of [undefined, '']) expect(() => readWiring({ ...GOOD, [name]: value })).not.toThrow();
});

test.each(['MCP_SERVER_NAME', 'MCP_STORE_URL', 'MCP_AUTH'])('%s must be set', (name) => {
  for (const value of [undefined, '']) {
    const error = failure({ [name]: value });
    expect(error.variable).toBe(name);
    expect(error.message).toMatch(new RegExp(`^${name} is not set`));
    expect(error.message).toContain(`Example: ${name}=`);
  }
});

const auth = (changes: Record<string, unknown>): string => JSON.stringify({ ...JWT, ...changes });

test.each([
  ['MCP_SERVER_NAME', `${CANARY} space`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', `${CANARY}__double`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', `${CANARY}_`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', `-${CANARY}`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', `${CANARY}*`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', `${CANARY}/x`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', `${CANARY}\n`, 'must be 1 to 63'],
  ['MCP_SERVER_NAME', CANARY.repeat(11), 'must be 1 to 63'],
  ['MCP_BASE_URL', CANARY, 'must be an http or https URL'],
  ['MCP_BASE_URL', `ftp://${CANARY}.example.com`, 'must be an http or https URL'],
  ['MCP_BASE_URL', `https://mcp.example.com/${CANARY}`, 'must be an origin'],
  ['MCP_BASE_URL', `https://mcp.example.com?${CANARY}`, 'must be an origin'],
  ['MCP_BASE_URL', `https://mcp.example.com#${CANARY}`, 'must be an origin'],
  ['MCP_BASE_URL', `https://${CANARY}@mcp.example.com`, 'must be an origin'],
  ['MCP_STORE_URL', CANARY, 'is not a URL'],
  ['MCP_STORE_URL', `file:${CANARY}`, 'cannot be used: a file: URL of a store has an absolute path'],
  [
    'MCP_STORE_URL',
    `redis://${CANARY}:99999`,
    'cannot be used: the redis: URL of a store cannot be read: check its host',
  ],
  [
    'MCP_STORE_URL',
    `valkeys://user:${CANARY}@cache.example.com`,
    'must not contain a password. Example: MCP_STORE_URL=rediss://user@host:6379/0?secret=ARN',
  ],
  ['MCP_STORE_URL', `rediss://user:${CANARY}@cache.example.com`, 'must not contain a password'],
  ['MCP_KEYS_SECRET', CANARY, 'must be the ARN of a secret'],
  ['MCP_KEYS_SECRET', `{"root":"${CANARY}"}`, 'must be the ARN of a secret'],
  ['MCP_KEYS_SECRET', `arn:aws:ssm:us-east-1:111122223333:parameter/${CANARY}`, 'must be the ARN of a secret'],
  ['MCP_AUTH', CANARY, 'is not JSON'],
  ['MCP_AUTH', `{"mode":"${CANARY}`, 'is not JSON'],
  ['MCP_AUTH', JSON.stringify(CANARY), 'must be a JSON object'],
  ['MCP_AUTH', 'null', 'must be a JSON object'],
  ['MCP_AUTH', JSON.stringify([CANARY]), 'must have the mode'],
  ['MCP_AUTH', '{}', 'must have the mode'],
  ['MCP_AUTH', JSON.stringify({ mode: CANARY }), 'must have the mode'],
  [
    'MCP_AUTH',
    JSON.stringify({ mode: 'none', issuer: CANARY }),
    'has members that do not belong there; known are: mode',
  ],
  ['MCP_AUTH', JSON.stringify({ mode: 'iam', [CANARY]: 1 }), 'has members that do not belong there; known are: mode'],
  ['MCP_AUTH', auth({ scope: [CANARY] }), 'known are: mode, issuer, audience, scopes, algorithms, jwksUri'],
  ['MCP_AUTH', auth({ issuer: undefined }), '"issuer" that is a URL'],
  ['MCP_AUTH', auth({ issuer: CANARY }), '"issuer" that is a URL'],
  ['MCP_AUTH', auth({ issuer: 5 }), '"issuer" that is a URL'],
  ['MCP_AUTH', auth({ issuer: `http://${CANARY}.example.com` }), 'https "issuer"'],
  ['MCP_AUTH', auth({ issuer: `ftp://${CANARY}.example.com` }), 'https "issuer"'],
  ['MCP_AUTH', auth({ issuer: `http://localhost.${CANARY}.example.com` }), 'https "issuer"'],
  ['MCP_AUTH', auth({ issuer: `https://idp.example.com?${CANARY}` }), 'without query, fragment and credentials'],
  ['MCP_AUTH', auth({ issuer: `https://idp.example.com/#${CANARY}` }), 'without query, fragment and credentials'],
  ['MCP_AUTH', auth({ issuer: `https://user:${CANARY}@idp.example.com` }), 'without query, fragment and credentials'],
  ['MCP_AUTH', auth({ audience: undefined }), 'non-empty list of strings as "audience"'],
  ['MCP_AUTH', auth({ audience: [] }), 'non-empty list of strings as "audience"'],
  ['MCP_AUTH', auth({ audience: CANARY }), 'non-empty list of strings as "audience"'],
  ['MCP_AUTH', auth({ audience: [CANARY, ''] }), 'non-empty list of strings as "audience"'],
  ['MCP_AUTH', auth({ audience: [CANARY, 5] }), 'non-empty list of strings as "audience"'],
  ['MCP_AUTH', auth({ scopes: CANARY }), 'list of strings as "scopes"'],
  ['MCP_AUTH', auth({ scopes: [''] }), 'list of strings as "scopes"'],
  ['MCP_AUTH', auth({ scopes: [`${CANARY} two`] }), 'one scope per item'],
  ['MCP_AUTH', auth({ scopes: [`${CANARY}"`] }), 'one scope per item'],
  ['MCP_AUTH', auth({ scopes: [`${CANARY}\r\nx: y`] }), 'one scope per item'],
  ['MCP_AUTH', auth({ algorithms: CANARY }), 'list of strings as "algorithms"'],
  ['MCP_AUTH', auth({ algorithms: [] }), 'list of strings as "algorithms"'],
  ['MCP_AUTH', auth({ algorithms: [CANARY] }), 'only asymmetric "algorithms"'],
  ['MCP_AUTH', auth({ algorithms: ['RS256', 'HS256'] }), 'only asymmetric "algorithms"'],
  ['MCP_AUTH', auth({ algorithms: ['none'] }), 'only asymmetric "algorithms"'],
  ['MCP_AUTH', auth({ jwksUri: CANARY }), 'URL as "jwksUri"'],
  ['MCP_AUTH', auth({ jwksUri: null }), 'URL as "jwksUri"'],
  ['MCP_AUTH', auth({ jwksUri: `http://${CANARY}.example.com/keys` }), 'https "jwksUri"'],
  ['MCP_AUTH', auth({ jwksUri: `https://user:${CANARY}@idp.example.com/keys` }), '"jwksUri" without credentials'],
])('%s=%j: %s', (name, value, problem) => {
  const error = failure({ [name]: value });
  expect(error.variable).toBe(name);
  expect(error.message).toContain(problem);
  expect(error.message).toContain(`${name} `);
  expect(error.message).toContain(`Example: ${name}=`);
  expect(error.message).not.toContain(CANARY);
});

test('every example is itself accepted', () => {
  for (const [name, bad] of [
    ['MCP_SERVER_NAME', ' '],
    ['MCP_BASE_URL', ' '],
    ['MCP_STORE_URL', ' '],
    ['MCP_KEYS_SECRET', ' '],
    ['MCP_AUTH', ' '],
  ] as const) {
    const example = failure({ [name]: bad }).message.split(`Example: ${name}=`)[1]!;
    expect(() => readWiring({ ...GOOD, [name]: example })).not.toThrow();
  }
});

test('a laptop may use an issuer on its own machine', () => {
  for (const issuer of [
    'http://localhost:8080',
    'http://127.0.0.1:9',
    'http://[::1]:9/realm',
    'http://idp.localhost:1',
  ]) {
    expect(readWiring({ ...GOOD, MCP_AUTH: auth({ issuer, jwksUri: `${issuer}/keys` }) }).auth).toMatchObject({
      issuer,
    });
  }
});

test.each([
  ['https://example.com', true],
  ['http://localhost', true],
  ['http://127.1', true], // the URL parser makes it 127.0.0.1
  ['http://0x7f.0.0.1', true],
  ['http://127.0.0.1.example.com', false],
  ['http://localhost.example.com', false],
  ['http://notlocalhost', false],
  ['http://0.0.0.0', false],
  ['http://169.254.169.254', false],
  ['http://[::ffff:127.0.0.1]', false],
  ['ws://localhost', false],
  ['file:///etc/passwd', false],
])('isSecureUrl(%s) is %s', (url, secure) => {
  expect(isSecureUrl(new URL(url))).toBe(secure);
});

test('an issuer keeps its exact text', () => {
  for (const issuer of ['https://idp.example.com', 'https://idp.example.com/', 'https://IDP.example.com/A']) {
    expect(readWiring({ ...GOOD, MCP_AUTH: auth({ issuer }) }).auth).toMatchObject({ issuer });
  }
});

test('a base URL loses its slash', () => {
  expect(readWiring({ ...GOOD, MCP_BASE_URL: 'https://MCP.example.com:443/' }).baseUrl).toBe('https://mcp.example.com');
});

describe('what constructs write', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9](?:_?[A-Za-z0-9.-]){0,20}$/);
  const origin = fc.webAuthority().map((authority) => new URL(`https://${authority.toLowerCase()}`).origin);
  const scope = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,20}$/);
  const jwt = fc.record(
    {
      mode: fc.constant('jwt' as const),
      issuer: fc.tuple(origin, fc.constantFrom('', '/', '/realms/one')).map((parts) => parts.join('')),
      audience: fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 3 }),
      scopes: fc.array(scope, { maxLength: 4 }),
      algorithms: fc.subarray([...JWT_ALGORITHMS], { minLength: 1 }),
      jwksUri: origin.map((text) => `${text}/keys?set=1`),
    },
    { requiredKeys: ['mode', 'issuer', 'audience', 'scopes'] },
  );
  const policy: fc.Arbitrary<AuthPolicy> = fc.oneof(
    fc.constant({ mode: 'none' as const }),
    fc.constant({ mode: 'iam' as const }),
    jwt,
  );
  const values: fc.Arbitrary<WiringValues> = fc.record(
    {
      serverName: name,
      baseUrl: origin,
      storeUrl: fc.constantFrom(
        'memory:',
        'file:///mnt/mcp',
        'dynamodb://My_Table.x-1?region=eu-west-3',
        'rediss://user@host:6379/0?auth=iam',
      ),
      keysSecret: fc.constant(ARN),
      auth: policy,
    },
    { requiredKeys: ['serverName', 'storeUrl', 'auth'] },
  );

  test('is what hosts read', () => {
    fc.assert(
      fc.property(values, (written) => {
        const read = readWiring(writeWiring(written));
        expect(read).toEqual({ ...written, storeUrl: new URL(written.storeUrl) });
      }),
      { numRuns: 500 },
    );
  });

  test('names only variables of the contract, and leaves out what is not set', () => {
    expect(writeWiring({ serverName: 'a', storeUrl: 'memory:', auth: { mode: 'none' } })).toEqual({
      MCP_SERVER_NAME: 'a',
      MCP_STORE_URL: 'memory:',
      MCP_AUTH: '{"mode":"none"}',
    });
  });

  test('arbitrary environments are read or refused by name', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.webUrl(), fc.constant(undefined));
    const environment = fc.record(Object.fromEntries(Object.values(WIRING).map((key) => [key, text])));
    fc.assert(
      fc.property(environment, (env) => {
        try {
          readWiring(env);
        } catch (error) {
          expect(error).toBeInstanceOf(WiringError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
