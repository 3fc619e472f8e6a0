import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import * as fc from 'fast-check';

import { DiskStore } from '../../../lambda/store/disk/disk-store.ts';
import { DynamoDbStore } from '../../../lambda/store/dynamodb/dynamodb-store.ts';
import { overClient } from '../../../lambda/store/dynamodb/sdk-calls.ts';
import type { KeyValueStore } from '../../../lambda/store/key-value-store.ts';
import { PrefixCollections } from '../../../lambda/store/wrappers/prefix-collections.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';

/** Of test/support/global-setup.ts. py-key-value's own DynamoDB setup needs a TTL API that dynalite lacks. */
const { MCP_KIT_PYTHON: python = '', MCP_KIT_PYTHON_SKIP: missing } = process.env;

const PROLOGUE = `
import asyncio, contextlib, json, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from key_value.aio.wrappers.prefix_collections import PrefixCollectionsWrapper
kind, where = sys.argv[1], sys.argv[2]
if kind == "disk":
    from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy as C, FileTreeV1KeySanitizationStrategy as K
    inner = FileTreeStore(data_directory=where, key_sanitization_strategy=K(Path(where)), collection_sanitization_strategy=C(Path(where)))
else:
    from key_value.aio.stores.dynamodb import DynamoDBStore, store as module
    async def status(client, table_name): return "ENABLED"
    module._describe_dynamodb_ttl = status
    inner = DynamoDBStore(table_name="interop", endpoint_url=where, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
async def main():
    store = PrefixCollectionsWrapper(inner, prefix="notes")
    async with (inner if hasattr(inner, '__aenter__') else contextlib.nullcontext()):
        print(json.dumps(await run(store)))
`;

const values = { b: 1.5, a: 'é😀\u007f', nested: { list: [1, null, true], big: 1e16 } };
const text = fc.string({ unit: 'binary' }).filter((value) => value !== '__proto__');
/** Without -0 and whole floats, which JavaScript cannot tell from integers; and without half pairs, which UTF-8 cannot carry. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n) || n > 0);
const json = fc.oneof(
  fc.boolean(),
  fc.constant(null),
  number,
  fc.maxSafeInteger(),
  text,
  fc.array(text, { maxLength: 4 }),
);
const hard = 'https://client.example/metadata?x=é/../y';

(missing === undefined ? describe : describe.skip)(
  missing === undefined ? 'beside py-key-value itself' : `skipped: no py-key-value: ${missing}`,
  () => {
    let db: LocalDynamoDb;
    let directory: string;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'interop-'));
      db = await startDynalite();
      await db.createTable('interop');
    });
    afterAll(async () => {
      rmSync(directory, { recursive: true, force: true });
      await db.stop();
    });

    const ours = (kind: string): KeyValueStore => {
      const inner =
        kind === 'disk'
          ? new DiskStore({ directory })
          : new DynamoDbStore({ table: 'interop', connect: () => overClient(db.client) });
      return new PrefixCollections(inner, { prefix: 'notes' });
    };
    const theirs = async (kind: string, body: string): Promise<unknown> => {
      const script = `async def run(store):\n${body.replace(/^/gm, '    ')}\n${PROLOGUE}\nasyncio.run(main())`;
      const where = kind === 'disk' ? directory : db.endpoint;
      const { stdout } = await promisify(execFile)(python, ['-c', script, kind, where]);
      return JSON.parse(stdout) as unknown;
    };
    const literal = (value: unknown): string => `json.loads(${JSON.stringify(JSON.stringify(value))})`;

    test.each(['disk', 'dynamodb'])('%s: it reads what we write, and misses what we took', async (kind) => {
      const store = ours(kind);
      await store.put(hard, values, { collection: 'mcp-oauth-proxy-clients', ttl: 600 });
      await store.put('plain', { n: 1 });
      await store.put('taken', { n: 2 });
      await store.take('taken');
      const read = await theirs(
        kind,
        `value, ttl = await store.ttl(${literal(hard)}, collection="mcp-oauth-proxy-clients")
return [value, 590 < ttl <= 600, await store.get("plain"), await store.get("taken")]`,
      );
      expect(read).toEqual([values, true, { n: 1 }, null]);
    });

    test.each(['disk', 'dynamodb'])('%s: we read what it writes, and it misses what we took from it', async (kind) => {
      await theirs(
        kind,
        `await store.put(${literal(hard)}, ${literal(values)}, collection="py", ttl=600)
await store.put("code", {"n": 1}, collection="py")
return None`,
      );
      const store = ours(kind);
      const read = (await store.ttl(hard, { collection: 'py' }))!;
      expect(read.value).toEqual(values);
      expect(read.ttl).toBeGreaterThan(560);
      expect(read.ttl).toBeLessThanOrEqual(600);
      const { version } = (await store.getVersioned(hard, { collection: 'py' }))!;
      expect(await store.compareAndSet(hard, version, { n: 2 }, { collection: 'py' })).toBe(true);
      expect(await store.putIfAbsent('code', { n: 3 }, { collection: 'py' })).toBe(false);
      expect(await store.take('code', { collection: 'py' })).toEqual({ n: 1 });
      const after = `return [await store.get(${literal(hard)}, collection="py"), await store.get("code", collection="py")]`;
      expect(await theirs(kind, after)).toEqual([{ n: 2 }, null]);
    });

    test('disk: both write any value and any key in the same bytes, under the same name', async () => {
      const store = ours('disk');
      const entry = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.dictionary(text, json));
      const entries = new Map(fc.sample(entry, { numRuns: 300, seed: 1 }));
      for (const [key, value] of entries) await store.put(key, value, { collection: 'bytes' });
      const keys = literal([...entries.keys()]);
      await theirs(
        'disk',
        `for key in ${keys}: await store.put(key, await store.get(key, collection="bytes"), collection="again")
return None`,
      );
      const read = (collection: string): Record<string, string> => {
        const folder = join(directory, `notes__${collection}`);
        const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
        const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
        return Object.fromEntries(files.sort().map((name) => [name, text(name).replace(/"created_at": "[^"]*"/, '')]));
      };
      expect(Object.keys(read('bytes'))).toHaveLength(entries.size);
      expect(read('again')).toEqual(read('bytes'));
    });
  },
);
