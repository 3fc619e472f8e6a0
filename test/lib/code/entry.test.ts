import { join, relative } from 'node:path';

import { checkEntry } from '../../../lib/code/entry.ts';
import { McpCode } from '../../../lib/index.ts';
import { testServer } from '../support/test-app.ts';
import { folderWith } from './fixtures.ts';

test.each([
  ['export default 1', 'server.ts'],
  ['const a: number = 1; export { a as default }', 'server.mts'],
  ['export { default } from "./other.js"', 'server.js'],
  ['export default function () {}', 'server.mjs'],
])('%j in %s is a server', (text, name) => {
  const path = join(folderWith({ [name]: text }), name);
  expect(checkEntry(path)).toBe(path);
});

test('a path is relative to the working directory', () => {
  const path = join(folderWith({ 'server.ts': 'export default 1' }), 'server.ts');
  expect(checkEntry(relative(process.cwd(), path))).toBe(path);
});

test('a file that does not exist is named, and where it was looked for', () => {
  expect(() => checkEntry('no/such/server.ts')).toThrow(
    `entry "no/such/server.ts" does not exist: no file ${join(process.cwd(), 'no/such/server.ts')}`,
  );
});

test.each([undefined, ''])('an entry that is %j is asked for', (entry) => {
  expect(() => checkEntry(entry as string)).toThrow(
    'entry is required: the path of a file with "export default serve(',
  );
});

test('a folder is refused, with what to name instead', () => {
  const folder = folderWith({ 'server.ts': 'export default 1' });
  expect(() => checkEntry(folder)).toThrow(`entry "${folder}" is a folder: name the file in it`);
  expect(() => checkEntry(folder)).toThrow(`${folder}/server.ts`);
});

test.each(['server.py', 'server.json', 'server.cts', 'server'])('%s is no module', (name) => {
  const path = join(folderWith({ [name]: '' }), name);
  expect(() => checkEntry(path)).toThrow('must end with .ts, .mts, .js or .mjs');
});

test.each([['export const server = 1;'], ['export * from "./other.ts";'], ['module.exports = 1;'], ['']])(
  '%j has no default export',
  (text) => {
    const path = join(folderWith({ 'server.js': text, 'other.ts': 'export default 1' }), 'server.js');
    expect(() => checkEntry(path)).toThrow(
      `entry "${path}" has no default export: write "export default serve((ctx) => { … })" with serve from "cdk-mcp-kit/serve"`,
    );
  },
);

test('a syntax error is told with its line', () => {
  const path = join(folderWith({ 'server.ts': 'export default 1;\nconst = 2;' }), 'server.ts');
  expect(() => checkEntry(path)).toThrow(
    /cannot bundle the server .*server\.ts":\n.*server\.ts:2:6: Expected identifier/,
  );
});

test('the construct checks the entry also when bundling is skipped', () => {
  expect(() => testServer({ code: McpCode.typescript({ entry: 'nowhere.ts' }) })).toThrow(
    'entry "nowhere.ts" does not exist',
  );
});
