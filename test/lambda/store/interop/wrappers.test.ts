import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { DiskStore } from '../../../../lambda/store/disk/disk-store.ts';
import type { JsonObject } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { dumpsCompact } from '../../../../lambda/store/python-json.ts';
import { sharedValue } from '../../../support/json-arbitraries.ts';
import { describeBesidePython, runPython } from '../../../support/python-peer.ts';
import { fileTree } from './disk-peer.ts';
import { COMPRESSED, ENCRYPTED, type Form, PREFIXED, ROTATING, TOGETHER } from './forms.ts';
import { interopSuite } from './interop-suite.ts';

let directory: string;
// In memory where there is such a folder: thousands of entries are synced here, and it is not the disk that is tested.
beforeAll(() => (directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'interop-'))));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Small and large ones, so that some are compressed and some are not. */
const values = fc
  .tuple(sharedValue, fc.string({ unit: 'grapheme', maxLength: 30 }), fc.integer({ min: 0, max: 60 }))
  .map(([value, text, times]) => ({ ...value, padding: text.repeat(times) }));

for (const form of [PREFIXED, ENCRYPTED, ROTATING, COMPRESSED, TOGETHER]) {
  interopSuite({
    name: 'wrappers on disk',
    forms: [form],
    values,
    open: () => new DiskStore({ directory }),
    peer: () => fileTree(directory),
  });
}

describeBesidePython('what both make of the same input', () => {
  /** Runs with `wrapped`, and `bare` below it. */
  const python = (form: Form, body: string, input: unknown): Promise<unknown> => {
    const setup = `from key_value.aio.stores.memory import MemoryStore\ninner = MemoryStore()\n${form.setup ?? ''}`;
    return runPython({ setup, store: `(inner, ${form.theirs})` }, `bare, wrapped = store\n${body}`, input);
  };
  const envelopes = async (form: Form, samples: readonly JsonObject[]): Promise<JsonObject[]> => {
    const body = `
stored = []
for value in data:
    await wrapped.put("k", value)
    stored.append(await bare.get("k"))
return stored`;
    return (await python(form, body, samples)) as JsonObject[];
  };

  test.each([ENCRYPTED, COMPRESSED])('$name: the same members, from the same size on', async (form) => {
    const samples = fc.sample(values, { numRuns: 1000, seed: 3 });
    const theirs = await envelopes(form, samples);
    const inner = new MemoryStore();
    let enveloped = 0;
    for (const [index, value] of samples.entries()) {
      await form.ours(inner).put('k', value);
      const ours = (await inner.get('k'))!;
      if ('padding' in ours) {
        // Either they left it alone, too, or compressing it gains nothing.
        expect(ours).toEqual(value);
        const packed = theirs[index]?.__compressed_data__;
        // The two deflate a little differently.
        if (packed !== undefined) expect((packed as string).length).toBeGreaterThan(dumpsCompact(value).length * 0.97);
      } else {
        enveloped++;
        expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs[index] ?? {}).sort());
      }
    }
    expect(enveloped).toBeGreaterThan(form === ENCRYPTED ? 999 : 200);
  });

  test('neither decrypts what was changed after the other had encrypted it', async () => {
    const change = (stored: JsonObject): JsonObject => {
      const data = stored.__encrypted_data__ as string;
      return { ...stored, __encrypted_data__: `${data.slice(0, 60)}${data[60] === 'A' ? 'B' : 'A'}${data.slice(61)}` };
    };
    const inner = new MemoryStore();
    const [theirs = {}] = await envelopes(ENCRYPTED, [{ n: 1 }]);
    await inner.put('k', theirs);
    expect(await ENCRYPTED.ours(inner).get('k')).toEqual({ n: 1 });
    await inner.put('k', change(theirs));
    await expect(ENCRYPTED.ours(inner).get('k')).rejects.toMatchObject({ name: 'DecryptionError' });

    await ENCRYPTED.ours(inner).put('k', { n: 2 });
    const ours = (await inner.get('k'))!;
    const body = `
answers = []
for stored in data:
    await bare.put("k", stored)
    try:
        answers.append(await wrapped.get("k"))
    except Exception as error:
        answers.append(type(error).__name__)
return answers`;
    expect(await python(ENCRYPTED, body, [ours, change(ours)])).toEqual([{ n: 2 }, 'DecryptionError']);
  });
});

test.each([ENCRYPTED, COMPRESSED, TOGETHER])(
  '$name: an entry in the envelope of py-key-value 0.2 is read',
  async (form) => {
    const inner = new MemoryStore();
    const value = { text: 'é'.repeat(500), n: 1.5 };
    await form.ours(inner).put('k', value);
    const collection = form === TOGETHER ? 'notes__default_collection' : 'default_collection';
    const stored = await inner.get('k', { collection });
    // Members in another order, no version, and the value as an object or as text.
    const old = {
      value: stored,
      created_at: '2025-10-24T10:00:00.123456+00:00',
      expires_at: '2999-01-01T00:00:00+00:00',
    };
    const folder = join(directory, collection);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'object.json'), JSON.stringify(old));
    writeFileSync(join(folder, 'text.json'), JSON.stringify({ ...old, value: JSON.stringify(stored) }));
    const store = form.ours(new DiskStore({ directory }));
    expect(await store.getMany(['object', 'text'])).toEqual([value, value]);
    await store.close();
  },
);
