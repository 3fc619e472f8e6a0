import { join } from 'node:path';

import { uncleanTypes } from './support/public-types.ts';

test('what the package exports could be published through jsii', () => {
  expect(uncleanTypes(join(__dirname, '../../lib/index.ts'))).toEqual([
    'Workload.servers is a union', // of a number and a word, as people say it; jsii takes primitives
  ]);
}, 60_000);

test('the check is awake', () => {
  expect(uncleanTypes(join(__dirname, 'support/unclean.ts'))).toEqual([
    'Unclean is generic',
    'Unclean.union is a union',
    'Unclean.action is a function',
    'Unclean.pair is a tuple',
    'Unclean.map is a Map',
    'Unclean.literal is an object literal',
    'Unclean.list is a union',
    'Choice.choose(how) is a union',
  ]);
}, 60_000);
