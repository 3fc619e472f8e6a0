import { authenticatorFor } from '../../../lambda/auth/authenticator-for.ts';
import type { Authenticator } from '../../../lambda/auth/authenticator.ts';
import { iamCaller } from '../../../lambda/auth/iam.ts';
import type { JwtAuthPolicy } from '../../../lambda/wiring.ts';
import { httpRequest } from './local-issuer.ts';

const ARN = 'arn:aws:sts::111122223333:assumed-role/Caller/one';

test('none: nobody is asked, and nobody is known', async () => {
  const headers = { authorization: 'Bearer x.y.z' };
  expect(await authenticatorFor({ mode: 'none' }, {}).authenticate(httpRequest({ headers }))).toEqual({
    caller: undefined,
  });
});

test('iam: the caller is who AWS says', async () => {
  const expected = { token: '', clientId: ARN, scopes: [], extra: { sub: ARN } };
  expect(iamCaller(httpRequest({ callerArn: ARN }))).toEqual(expected);
  expect(await authenticatorFor({ mode: 'iam' }, {}).authenticate(httpRequest({ callerArn: ARN }))).toEqual({
    caller: expected,
  });
});

test.each([undefined, ''])('iam: without a caller (%j) nobody passes, whatever the headers say', async (callerArn) => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=CANARY', 'x-caller-arn': ARN };
  const result = await authenticatorFor({ mode: 'iam' }, {}).authenticate(httpRequest({ callerArn, headers }));
  expect(result).toMatchObject({ refusal: { status: 403 } });
  expect(JSON.stringify(result)).not.toMatch(/CANARY|www-authenticate/);
});

test('jwt: the part of the bundle is given the policy', () => {
  const policy: JwtAuthPolicy = { mode: 'jwt', issuer: 'https://idp.example.com', audience: ['a'], scopes: [] };
  const made: Authenticator = { authenticate: () => Promise.resolve({ caller: undefined }) };
  const authenticator = jest.fn(() => made);
  expect(authenticatorFor(policy, { authenticator })).toBe(made);
  expect(authenticator).toHaveBeenCalledWith(policy);
});

test('jwt: a bundle without the part does not start', () => {
  const policy: JwtAuthPolicy = { mode: 'jwt', issuer: 'https://idp.example.com', audience: ['a'], scopes: [] };
  expect(() => authenticatorFor(policy, {})).toThrow(/^MCP_AUTH has the mode "jwt", but this bundle was built without/);
});

test('server: code without an auth of its own does not start', () => {
  expect(() => authenticatorFor({ mode: 'server' }, {})).toThrow(
    /^MCP_AUTH has the mode "server", .* this one has none/,
  );
});
