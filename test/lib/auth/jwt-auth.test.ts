import { Token } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';

import { JWT_ALGORITHMS, readWiring } from '../../../lambda/wiring.ts';
import { McpAuth } from '../../../lib/index.ts';
import type { JwtAuthProps } from '../../../lib/index.ts';
import { templateOf, testServer } from '../support/test-app.ts';

const GOOD: JwtAuthProps = { issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' };

function policyOf(props: JwtAuthProps): string {
  const [fn] = Object.values(
    templateOf(testServer({ auth: McpAuth.jwt(props) })).findResources('AWS::Lambda::Function'),
  );
  return fn?.Properties.Environment.Variables.MCP_AUTH as string;
}

test('with everything, the runtime reads back what was written', () => {
  const text = policyOf({
    ...GOOD,
    additionalAudiences: ['api'],
    scopes: ['weather:read', 'weather:write'],
    algorithms: ['ES256'],
    jwksUri: 'https://idp.example.com/keys',
  });
  expect(readWiring({ MCP_SERVER_NAME: 'weather', MCP_STORE_URL: 'memory:', MCP_AUTH: text }).auth).toEqual({
    mode: 'jwt',
    issuer: GOOD.issuer,
    audience: [GOOD.audience, 'api'],
    scopes: ['weather:read', 'weather:write'],
    algorithms: ['ES256'],
    jwksUri: 'https://idp.example.com/keys',
  });
});

test('whatever is accepted at synth is accepted by the runtime', () => {
  const word = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,12}$/);
  fc.assert(
    fc.property(
      fc.webUrl(),
      word,
      fc.array(word),
      fc.subarray([...JWT_ALGORITHMS]),
      (issuer, audience, scopes, names) => {
        const algorithms = names.length > 0 ? names : undefined;
        let auth: McpAuth;
        try {
          auth = McpAuth.jwt({ issuer, audience, scopes, algorithms });
        } catch {
          return;
        }
        const MCP_AUTH = JSON.stringify(auth.bind(undefined as never)._policy);
        expect(readWiring({ MCP_SERVER_NAME: 'a', MCP_STORE_URL: 'memory:', MCP_AUTH }).auth).toMatchObject({
          issuer,
          scopes,
        });
      },
    ),
  );
});

describe('the issuer', () => {
  test.each(['http://localhost:8080', 'http://127.0.0.1:9000/realm', 'https://idp.example.com/realms/a'])(
    'may be %j',
    (issuer) => {
      expect(policyOf({ ...GOOD, issuer })).toContain(issuer);
    },
  );

  test.each(['idp.example.com', 'http://idp.example.com', 'ftp://idp.example.com', 'https://idp.example.com/?a=b'])(
    'cannot be %j',
    (issuer) => {
      expect(() => McpAuth.jwt({ ...GOOD, issuer })).toThrow(`got ${JSON.stringify(issuer)}`);
    },
  );

  test('has no credentials, and the error does not repeat them', () => {
    const issuer = 'https://user:hunter2@idp.example.com';
    expect(() => McpAuth.jwt({ ...GOOD, issuer })).toThrow(/^(?!.*hunter2).*issuer must have no credentials/);
  });

  test.each([undefined, ''])('an audience needs one, not %j', (issuer) => {
    expect(() => McpAuth.jwt({ ...GOOD, issuer: issuer as string })).toThrow(
      'McpAuth.jwt needs the issuer of the tokens',
    );
  });

  test('may be known only at deployment', () => {
    const auth = McpAuth.jwt({ ...GOOD, issuer: Token.asString({ Ref: 'Issuer' }) });
    templateOf(testServer({ auth })).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          MCP_AUTH: { 'Fn::Join': ['', ['{"mode":"jwt","issuer":"', { Ref: 'Issuer' }, Match.anyValue()]] },
        },
      },
    });
  });
});

describe('the audience', () => {
  test.each([undefined, '', '  '])('cannot be %j: tokens for any other service would be accepted', (audience) => {
    expect(() => McpAuth.jwt({ ...GOOD, audience: audience as string })).toThrow(
      'a token for any other service of the issuer would be accepted',
    );
  });

  test('additional ones are checked too', () => {
    expect(() => McpAuth.jwt({ ...GOOD, additionalAudiences: [''] })).toThrow('needs the audience');
  });
});

test.each(['weather read', '', 'a"b', 'ä'])('%j is no scope', (scope) => {
  expect(() => McpAuth.jwt({ ...GOOD, scopes: [scope] })).toThrow(`got ${JSON.stringify(scope)}`);
});

describe('algorithms', () => {
  test.each(['HS256', 'HS512'])('%s is refused: its key would have to be shared', (algorithm) => {
    expect(() => McpAuth.jwt({ ...GOOD, algorithms: [algorithm] })).toThrow(
      `algorithm "${algorithm}" cannot be accepted: a symmetric key would have to be shared with the issuer; use some of RS256`,
    );
  });

  test.each(['none', 'rs256', 'RS1'])('%s is refused', (algorithm) => {
    expect(() => McpAuth.jwt({ ...GOOD, algorithms: ['RS256', algorithm] })).toThrow(
      `algorithm "${algorithm}" cannot be`,
    );
  });

  test('one that is known only at deployment is left to the start of the server, which checks it again', () => {
    expect(() => McpAuth.jwt({ ...GOOD, algorithms: [Token.asString({ Ref: 'Algorithm' })] })).not.toThrow();
  });

  test.each(['algorithms', 'scopes', 'additionalAudiences'])(
    '%s cannot be a list that is known only at deployment',
    (name) => {
      expect(() => McpAuth.jwt({ ...GOOD, [name]: Token.asList({ Ref: 'List' }) })).toThrow('write its items');
    },
  );

  test('an empty list is refused: nothing would be accepted', () => {
    expect(() => McpAuth.jwt({ ...GOOD, algorithms: [] })).toThrow('algorithms is empty: leave it out');
  });
});

test('the address of the keys is checked like the issuer', () => {
  expect(() => McpAuth.jwt({ ...GOOD, jwksUri: 'http://idp.example.com/keys' })).toThrow(
    'jwksUri must be an https URL',
  );
});

test('scopes that are no list are refused', () => {
  const scopes = 'weather:read' as unknown as string[];
  expect(() => McpAuth.jwt({ issuer: 'https://idp.example.com', audience: 'a', scopes })).toThrow(
    'scopes must be a list, got "weather:read": scopes: ["a", "b"]',
  );
});
