import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { putNameIn, takeNameOut } from '../../../../lambda/store/rocksdb/comparator-name.ts';
import { maskedCrc32c } from '../../../../lambda/store/rocksdb/crc32c.ts';

const BYTEWISE = 'leveldb.BytewiseComparator';
let directory: string;
const manifest = (): Buffer => readFileSync(join(directory, 'MANIFEST-000005'));
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'comparator-'));
  writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-000005\n');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A record of a log of RocksDB. */
function record(payload: Buffer, kind = 1): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(6), Buffer.from([kind]), payload]);
  bytes.writeUInt16LE(payload.length, 4);
  bytes.writeUInt32LE(maskedCrc32c(bytes.subarray(6)), 0);
  return bytes;
}
const named = (name: string): Buffer => Buffer.concat([Buffer.from([1, name.length]), Buffer.from(name)]);
const ID = Buffer.concat([Buffer.from([0x80, 0x40, 4]), Buffer.from('uuid')]);
const REST = Buffer.from([0x89, 0x40, 1, 1]);
const OTHER = Buffer.from([2, 0, 9, 0, 3, 6, 4, 0]);

test('the checksum is that of RFC 3720, masked', () => {
  // CRC-32C of 32 zeros is 0x8a9136aa
  const crc = 0x8a9136aa;
  expect(maskedCrc32c(Buffer.alloc(32))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
});

test.each([
  ['at the front of a record', Buffer.concat([named(BYTEWISE), REST])],
  ['behind a field that may be skipped', Buffer.concat([ID, named(BYTEWISE), REST])],
])('the name is put in and taken out %s; every other byte stays where it is', async (_, payload) => {
  const before = Buffer.concat([record(ID), record(payload), record(OTHER)]);
  writeFileSync(join(directory, 'MANIFEST-000005'), before);
  await putNameIn(directory);
  const after = manifest();
  expect(after.length).toBe(before.length);
  expect(after.includes('rocksdict')).toBe(true);
  expect(after.includes(BYTEWISE)).toBe(false);
  expect(after.subarray(-record(OTHER).length)).toEqual(record(OTHER));
  expect(after.includes(REST)).toBe(true);
  expect(await takeNameOut(directory)).toBe(true);
  expect(manifest().length).toBe(before.length);
  expect(manifest().includes('rocksdict')).toBe(false);
  expect(await takeNameOut(directory)).toBe(false);
  expect(readdirSync(directory).sort()).toEqual(['CURRENT', 'MANIFEST-000005', 'rocksdict-config.json']);
});

test('checksums are right afterwards, also behind the end of a block, where no record has room', async () => {
  const filling = Array.from({ length: 1_057 }, () => record(Buffer.concat([OTHER, OTHER, OTHER])));
  const first = Buffer.concat([...filling, Buffer.alloc(1)]);
  expect(first.length).toBe(32_768);
  writeFileSync(join(directory, 'MANIFEST-000005'), Buffer.concat([first, record(named(BYTEWISE)), record(OTHER)]));
  await putNameIn(directory);
  const after = manifest();
  expect(after.subarray(0, first.length)).toEqual(first);
  const changed = after.subarray(first.length, after.length - record(OTHER).length);
  expect(changed.includes('rocksdict')).toBe(true);
  expect(changed.readUInt32LE(0)).toBe(maskedCrc32c(changed.subarray(6)));
});

test.each([
  ['another order of keys', record(named('another.Comparator'))],
  ['a name in some other field', record(Buffer.concat([Buffer.from([9]), named(BYTEWISE)]))],
  ['a record whose checksum is wrong', Buffer.concat([Buffer.alloc(4), record(named(BYTEWISE)).subarray(4)])],
  ['a record that is cut off', record(named(BYTEWISE)).subarray(0, 20)],
  ['the middle of a record', record(named(BYTEWISE), 3)],
])('%s is left alone', async (_, data) => {
  writeFileSync(join(directory, 'MANIFEST-000005'), data);
  await putNameIn(directory);
  expect(manifest()).toEqual(data);
  expect(await takeNameOut(directory)).toBe(false);
});

test('what CURRENT names must be a MANIFEST of this folder', async () => {
  writeFileSync(join(directory, 'CURRENT'), '../../etc/passwd\n');
  await expect(putNameIn(directory)).rejects.toThrow('CURRENT');
});
