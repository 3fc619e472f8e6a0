import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { maskedCrc32c } from './crc32c.ts';

/**
 * Python's rocksdict gives its databases an order of keys of its own, which differs from that of bytes for keys that are
 * integers only. py-key-value's are text: the order is the same, and only its name in the MANIFEST keeps RocksDB from opening
 * what the other side wrote. So the name is taken out before we open, and put in again while we have the database open: it is
 * Python's at any time, also after a crash. Nothing else in the file changes, not even its length.
 */
const OURS = Buffer.from('leveldb.BytewiseComparator');
const PYTHONS = Buffer.from('rocksdict');

/** Tag of a name in a record; lengths below 128 are one byte. */
const NAME_TAG = 1;
/** Set in the tags of fields that a reader skips when it does not know them. */
const SKIPPED = 1 << 13;
/** A tag of that kind that RocksDB does not use. */
const FILLER = Buffer.from([0xff, 0x7f]);

const BLOCK = 32_768;
const HEADER = 7;
/** Kinds of fragments that a record begins with. */
const BEGINS = new Set([1, 2]);

/** rocksdict's own description of a database; without it, it can open one of ours only once. */
const CONFIG = 'rocksdict-config.json';
const CONFIG_TEXT = '{"raw_mode":false,"prefix_extractors":{}}';

/** Takes Python's name out, so that RocksDB opens the database with the order of bytes. The database must be closed. */
export async function takeNameOut(directory: string): Promise<boolean> {
  const path = await manifestOf(directory);
  const data = await readFile(path);
  const patches = patchesOf(data, PYTHONS, filler(2 + PYTHONS.length));
  if (patches.length === 0) return false;
  for (const { at, bytes } of patches) bytes.copy(data, at);
  const copy = `${path}.named`;
  await writeFile(copy, data, { flush: true, mode: 0o600 });
  await rename(copy, path);
  return true;
}

/** Puts Python's name in the place of ours. The database may be open, since RocksDB only appends to the file. */
export async function putNameIn(directory: string): Promise<void> {
  const path = await manifestOf(directory);
  const name = Buffer.concat([Buffer.from([NAME_TAG, PYTHONS.length]), PYTHONS]);
  const replacement = Buffer.concat([name, filler(2 + OURS.length - name.length)]);
  const patches = patchesOf(await readFile(path), OURS, replacement);
  const file = await open(path, 'r+');
  try {
    for (const { at, bytes } of patches) await file.write(bytes, 0, bytes.length, at);
    if (patches.length > 0) await file.sync();
  } finally {
    await file.close();
  }
  await writeFile(join(directory, CONFIG), CONFIG_TEXT, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

interface Patch {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What to write where, so that each record that bears the name bears the replacement; nothing that is not whole. */
function patchesOf(data: Buffer, name: Buffer, replacement: Buffer): Patch[] {
  const patches: Patch[] = [];
  for (let at = 0; at + HEADER <= data.length;) {
    const left = BLOCK - (at % BLOCK);
    if (left < HEADER) {
      at += left;
      continue;
    }
    const end = at + HEADER + data.readUInt16LE(at + 4);
    const checked = data.subarray(at + 6, end);
    if (end > data.length || data.readUInt32LE(at) !== maskedCrc32c(checked)) break;
    const field = BEGINS.has(data[at + 6] ?? 0) ? nameField(data.subarray(at + HEADER, end), name) : undefined;
    if (field !== undefined) {
      const bytes = Buffer.from(data.subarray(at, end));
      replacement.copy(bytes, HEADER + field);
      bytes.writeUInt32LE(maskedCrc32c(bytes.subarray(6)), 0);
      patches.push({ at, bytes });
    }
    at = end;
  }
  return patches;
}

/** Where in the record the field with this name begins: at its front, or behind fields of the kind that may be skipped. */
function nameField(record: Buffer, name: Buffer): number | undefined {
  let at = 0;
  while (at < record.length) {
    const tag = varint(record, at);
    if (!tag) return undefined;
    const length = varint(record, tag.end);
    if (!length) return undefined;
    if (tag.value === NAME_TAG)
      return record.subarray(length.end, length.end + length.value).equals(name) ? at : undefined;
    if (!(tag.value & SKIPPED)) return undefined;
    at = length.end + length.value;
  }
  return undefined;
}

function varint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) return undefined;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
  return undefined;
}

/** A field of so many bytes that says nothing. */
function filler(bytes: number): Buffer {
  return Buffer.concat([FILLER, Buffer.from([bytes - 3]), Buffer.alloc(bytes - 3)]);
}

async function manifestOf(directory: string): Promise<string> {
  const name = (await readFile(join(directory, 'CURRENT'), 'utf8')).trim();
  if (!/^MANIFEST-\d+$/.test(name)) throw new Error('Corruption: CURRENT names no MANIFEST');
  return join(directory, name);
}
