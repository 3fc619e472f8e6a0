import * as fc from 'fast-check';

import { KEY_PURPOSES, parseRing } from '../../../lambda/keys/ring-document.ts';
import { readWiring, WIRING, WiringError } from '../../../lambda/wiring.ts';
import { describeBesidePython, runPython } from '../../support/python-peer.ts';
import { PACKAGE_HOME } from './kit-python.ts';

const kit = {
  args: [PACKAGE_HOME],
  setup: `
sys.dont_write_bytecode = True
sys.path.insert(0, args[0])
inner = None`,
};

/** Mostly good: one bad variable is enough for a refusal. */
function mostly<T>(good: readonly T[], bad: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}

const policies = fc.oneof(
  fc.constantFrom(
    '{"mode":"none"}',
    '{"mode":"iam"}',
    '{"mode":"server"}',
    '{"mode":"none","scope":"a"}',
    '{"mode":"jwt"}',
    '[]',
    '{',
    '1',
    '"none"',
  ),
  fc
    .record(
      {
        mode: mostly(['jwt'], ['none', 'other']),
        issuer: mostly<unknown>(
          ['https://idp.example.com', 'http://localhost:9'],
          ['http://idp.example.com', 'https://u@idp.example.com', 'https://idp.example.com?a=1', 'nothing', '', 7],
        ),
        audience: mostly<unknown>([['https://mcp.example.com/mcp'], ['a', 'b']], [[], ['']]),
        scopes: mostly<unknown>([[], ['mcp:read']], [['two words'], 'mcp:read', ['"']]),
        algorithms: mostly<unknown>([['RS256'], ['EdDSA', 'ES256']], [['HS256'], []]),
        jwksUri: fc.constantFrom<unknown>(
          'https://idp.example.com/keys',
          'http://a.example',
          'https://a:b@c.example',
          1,
        ),
      },
      { requiredKeys: ['mode', 'issuer', 'audience'] },
    )
    .map((policy) => JSON.stringify(policy)),
);
const environments = fc.record(
  {
    [WIRING.serverName]: fc.constantFrom(
      'notes',
      'a.b-c_d',
      'a__b',
      'a_',
      '_a',
      '',
      'ä',
      'x'.repeat(63),
      'x'.repeat(64),
    ),
    [WIRING.baseUrl]: fc.constantFrom(
      ...[
        'https://mcp.example.com',
        'https://mcp.example.com/',
        'http://localhost:8080',
        'https://mcp.example.com/path',
      ],
      ...['ftp://mcp.example.com', 'https://a:b@mcp.example.com', 'https://mcp.example.com?x', 'mcp.example.com', ''],
    ),
    [WIRING.store]: mostly(['memory:', 'dynamodb://table?region=us-east-1', 'file:///tmp/x'], ['', 'table']),
    [WIRING.keysSecret]: mostly(
      ['', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf'],
      ['CANARY-KEY', 'arn:aws:s3:::bucket'],
    ),
    [WIRING.auth]: policies,
  },
  { requiredKeys: [WIRING.serverName, WIRING.store, WIRING.auth] },
);

function verdictOf(env: Readonly<Record<string, string>>): unknown {
  try {
    const { serverName, baseUrl = null, keysSecret = null, auth } = readWiring(env);
    return { serverName, baseUrl, keysSecret, mode: auth.mode };
  } catch (error) {
    if (!(error instanceof WiringError)) throw error;
    return { refused: error.variable };
  }
}

const key = fc.integer({ min: 0, max: 5 }).map((byte) => Buffer.alloc(32, byte).toString('base64url'));
const entry = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kid: fc.constantFrom('a', 'b', 'c', 'd', 'e'), key }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      {},
      { kid: 'a' },
      7,
      { kid: 'a b', key: 'x' },
      { kid: 'a', key: `${'A'.repeat(43)}=` },
    ),
  },
);
const list = fc.oneof(
  { weight: 6, arbitrary: fc.array(entry, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>([], {}, 'x', null) },
);
const rings = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '[]', 'null', '{', '{}', '{"root":1}', '{"root":"short"}', '{"version":2}'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ minLength: 43, maxLength: 70, unit: 'grapheme' }).map((root) => JSON.stringify({ root })),
  },
  {
    weight: 5,
    arbitrary: fc
      .record(
        {
          version: fc.constantFrom<unknown>(1, 1, 1, 2, '1'),
          storage: list,
          'request-state': list,
          'token-signing': list,
          root: fc.constant('x'.repeat(50)),
          other: fc.constant(1),
        },
        { requiredKeys: ['version'] },
      )
      .map((ring) => JSON.stringify(ring)),
  },
);

function keysOf(text: string): unknown {
  try {
    const ring = parseRing(text, 'x');
    const lists = KEY_PURPOSES.flatMap((purpose) => {
      const keys = ring[purpose];
      return keys ? [[purpose, keys.map(({ key: bytes }) => Buffer.from(bytes).toString('hex'))]] : [];
    });
    return Object.fromEntries(lists) as unknown;
  } catch {
    return 'refused';
  }
}

describeBesidePython('both halves read alike', () => {
  test('the wiring: the same environments are refused for the same variable, 2,000 of them', async () => {
    const samples = fc.sample(environments, 2_000);
    const python = await runPython(
      kit,
      `
from mcp_kit.wiring import WiringError, read_wiring
def verdict(env):
    try:
        wiring = read_wiring(env)
    except WiringError as error:
        assert "CANARY" not in str(error)
        return {"refused": error.variable}
    return {"serverName": wiring.server_name, "baseUrl": wiring.base_url, "keysSecret": wiring.keys_secret, "mode": wiring.auth.mode}
return [verdict(env) for env in data]`,
      samples,
    );
    const ours = samples.map(verdictOf);
    expect(ours.filter((verdict) => !('refused' in (verdict as object))).length).toBeGreaterThan(40);
    (python as unknown[]).forEach((verdict, index) => {
      expect([samples[index], verdict]).toEqual([samples[index], ours[index]]);
    });
  });

  test('the key ring: the same secrets are refused, and the others hold the same keys, 2,000 of them', async () => {
    const samples = fc.sample(rings, 2_000);
    const python = await runPython(
      kit,
      `
from mcp_kit.keys import KeyRingError, parse_ring
def keys(text):
    try:
        ring = parse_ring(text, "x")
    except KeyRingError:
        return "refused"
    return {purpose: [key.hex() for key in ring[purpose]] for purpose in ring}
return [keys(text) for text in data]`,
      samples,
    );
    const ours = samples.map(keysOf);
    expect(ours.filter((keys) => keys !== 'refused').length).toBeGreaterThan(200);
    (python as unknown[]).forEach((keys, index) => {
      expect([samples[index], keys]).toEqual([samples[index], ours[index]]);
    });
  });
});
