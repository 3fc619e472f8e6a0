import * as fc from 'fast-check';

import * as challenge from '../../../lambda/auth/challenge.ts';

const all = [
  challenge.credentialsMissing,
  challenge.tokenInvalid,
  challenge.requestMalformed,
  challenge.scopeInsufficient,
];

test('no value can end its quotes or the header line', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(
      text,
      fc.array(text, { maxLength: 4 }),
      fc.constantFrom(...all),
      (resourceMetadataUrl, scopes, make) => {
        const value = make({ resourceMetadataUrl, scopes }).headers['www-authenticate']!;
        expect(value).toMatch(
          /^Bearer [a-z_]+="(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"(?:, [a-z_]+="(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*")*$/,
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test('bodies are OAuth errors, whole and not to be stored', () => {
  const context = { resourceMetadataUrl: 'https://mcp.example.com/x', scopes: ['a'] };
  const replies = [...all.map((make) => make(context)), challenge.checkUnavailable(7), challenge.signatureMissing()];
  for (const { headers, body } of replies) {
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(JSON.parse(body as string)).toEqual({
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.any(String),
    });
  }
  expect(replies.map(({ status }) => status)).toEqual([401, 401, 400, 403, 503, 403]);
  expect(challenge.checkUnavailable(7).headers['retry-after']).toBe('7');
});
