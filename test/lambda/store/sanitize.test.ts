import { createHash } from 'node:crypto';

import * as fc from 'fast-check';

import { fileName, folderName } from '../../../lambda/store/disk/sanitize.ts';
import { InvalidKeyError } from '../../../lambda/store/errors.ts';

const key = (text: string): string => fileName(text, '/mnt/mcp');

test.each([
  ['mcp-oauth-proxy-clients', 'S_mcp_oauth_proxy_clients-4db71f6a'],
  [
    'https://claude.ai/oauth/claude-code-client-metadata',
    'S_https_claude_ai_oauth_claude_code_client_metadata-569ea71e',
  ],
  ['tools/list', 'S_tools_list-b7721731'],
  ['///', 'S_-732c4e97'],
  ['plain_Name9', 'plain_Name9'],
  ['_', '_'],
])('golden vector of FileTreeStore: %s', (name, sanitized) => {
  expect(key(name)).toBe(sanitized);
  expect(folderName(name)).toBe(sanitized);
});

test('a run of other characters becomes one underscore, beside those that were there', () => {
  expect(key('a-_b')).toMatch(/^S_a__b-/);
  expect(key('a😀é/b')).toMatch(/^S_a_b-/);
});

test('long names are cut so that name and suffix fit into 255 bytes', () => {
  const long = 'a/'.repeat(400);
  expect(key(long)).toHaveLength(250);
  expect(folderName(long)).toHaveLength(245);
  expect(key(long)).toMatch(new RegExp(`-${createHash('sha256').update(long).digest('hex').slice(0, 8)}$`));
});

test('a path that is nearly too long leaves less for names', () => {
  expect(fileName('a/'.repeat(400), '/'.padEnd(4000, 'd')).length).toBeLessThanOrEqual(4096 - 4000);
});

test('where Python would cut without a hash, names are refused', () => {
  expect(key('x'.repeat(250))).toBe('x'.repeat(250));
  expect(() => key('x'.repeat(251))).toThrow(InvalidKeyError);
  expect(() => folderName('x'.repeat(246))).toThrow(InvalidKeyError);
  expect(() => folderName('S_x')).toThrow(InvalidKeyError);
  expect(() => folderName('H_x')).toThrow(InvalidKeyError);
});

test('whatever the name, the result is one safe component', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
      fc.pre(!/^[SH]_/.test(name));
      expect(key(name)).toMatch(/^[A-Za-z0-9_]+(-[0-9a-f]{8})?$/);
      expect(folderName(name)).toMatch(/^[A-Za-z0-9_]+(-[0-9a-f]{8})?$/);
    }),
  );
});
