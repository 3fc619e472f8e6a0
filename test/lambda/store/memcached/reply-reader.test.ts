import * as fc from 'fast-check';

import { ProtocolError, type Reply, ReplyReader } from '../../../../lambda/store/memcached/reply-reader.ts';

function read(chunks: readonly Buffer[]): Reply[] {
  const replies: Reply[] = [];
  const reader = new ReplyReader((reply) => replies.push(reply));
  for (const chunk of chunks) reader.push(chunk);
  return replies;
}

const wire = Buffer.from(
  'STORED\r\n' +
    'VALUE c::é 0 8 12\r\na\r\nENDé\r\nVALUE k 0 0 13\r\n\r\nEND\r\n' +
    'END\r\nNOT_FOUND\r\nCONFIG cluster 0 10\r\n12\nh||1211\r\nEND\r\nSERVER_ERROR x\r\n',
);
const expected: Reply[] = [
  { line: 'STORED', blocks: [] },
  {
    line: 'END',
    blocks: [
      { words: ['VALUE', 'c::é', '0', '8', '12'], text: 'a\r\nENDé' },
      { words: ['VALUE', 'k', '0', '0', '13'], text: '' },
    ],
  },
  { line: 'END', blocks: [] },
  { line: 'NOT_FOUND', blocks: [] },
  { line: 'END', blocks: [{ words: ['CONFIG', 'cluster', '0', '10'], text: '12\nh||1211' }] },
  { line: 'SERVER_ERROR x', blocks: [] },
];

test('replies are the same, in whatever pieces they come', () => {
  expect(read([wire])).toEqual(expected);
  fc.assert(
    fc.property(fc.array(fc.nat(wire.length), { maxLength: 12 }), (cuts) => {
      const ends = [...new Set([...cuts, wire.length])].sort((a, b) => a - b);
      expect(read(ends.map((end, index) => wire.subarray(ends[index - 1] ?? 0, end)))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
  expect(read(Array.from(wire, (_, index) => wire.subarray(index, index + 1)))).toEqual(expected);
});

test.each([
  ['a block of no length', 'VALUE k 0 x 1\r\n'],
  ['a block that does not end where it should', 'VALUE k 0 2 1\r\nabcd\r\nEND\r\n'],
  ['a line without an end', 'HTTP'.repeat(1000)],
])('%s is not memcached', (_, wire) => {
  expect(() => read([Buffer.from(wire)])).toThrow(ProtocolError);
});

test('a large value in many pieces is put together once', () => {
  const value = 'x'.repeat(4_000_000);
  const wire = Buffer.from(`VALUE k 0 ${value.length} 1\r\n${value}\r\nEND\r\n`);
  const chunks = Array.from({ length: Math.ceil(wire.length / 1000) }, (_, index) =>
    wire.subarray(index * 1000, (index + 1) * 1000),
  );
  expect(read(chunks)[0]?.blocks[0]?.text.length).toBe(value.length);
});
