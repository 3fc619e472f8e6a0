import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import type { JsonObject, KeyValueStore } from '../../lambda/store/key-value-store.ts';
import { dumpValue } from '../../lambda/store/managed-entry.ts';
import { installPython } from '../../test/local-cloud/install.ts';
import { bareBundle } from '../bundles.ts';
import type * as Bundled from '../fixtures/wrappers.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';
import { pythonStore } from '../store-process.ts';

const REQUIREMENTS = join(__dirname, '..', '..', 'test', 'support', 'py-key-value.txt');
const KEYS = [new Uint8Array(32).fill(1)];
const OPERATIONS = 20_000;
const PYTHON_OPERATIONS = 4_000;
/** The value of bench/children/store_load.py. */
const ANSWER = { content: [{ type: 'text', text: 'Tokyo in Jul: 26 °C. '.repeat(40) }], isError: false, n: 1.5 };

type Wrap = (inner: KeyValueStore) => KeyValueStore;

function wrapsOf({ Compression, FernetEncryption, SealedEncryption }: typeof Bundled): Readonly<Record<string, Wrap>> {
  const keys = KEYS;
  return {
    'no wrapper': (inner) => inner,
    sealed: (inner) => new SealedEncryption(inner, { keys, context: 'bench' }),
    'sealed, deflated': (inner) => new SealedEncryption(inner, { keys, context: 'bench', compressFrom: 0 }),
    Fernet: (inner) => new FernetEncryption(inner, { keys }),
    'compressed, Fernet': (inner) => new Compression(new FernetEncryption(inner, { keys }), { minSizeToCompress: 0 }),
  };
}

const PYTHON = 'Fernet of py-key-value, Python';
/** The wrapper over a store that does nothing, as on our side. */
const PYTHON_SETUP = `
from cryptography.fernet import Fernet
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper
class Slot:
    value = None
    async def put(self, key, value, *, collection=None, ttl=None): self.value = value
    async def get(self, key, *, collection=None): return self.value
inner = FernetEncryptionWrapper(Slot(), fernet=Fernet(Fernet.generate_key()))`;

/** What the wrappers that encrypt cost: processor, bytes, and the set-up of a key. */
export async function wrappers(rounds: number): Promise<Verdict[]> {
  const python = await installPython(REQUIREMENTS, 'py-key-value from PyPI', console.error);
  const bundled = (await import(pathToFileURL(bareBundle('wrappers')).href)) as typeof Bundled;
  const wraps = wrapsOf(bundled);
  return [
    ...(await processor(wraps, rounds, python)),
    ...(await storedBytes(wraps)),
    ...(await keySetUp(bundled, rounds, python)),
  ];
}

async function processor(wraps: Readonly<Record<string, Wrap>>, rounds: number, python: string): Promise<Verdict[]> {
  const theirs = await pythonStore(python, PYTHON_SETUP, '');
  const stores = new Map(Object.entries(wraps).map(([name, wrap]) => [name, wrap(new Slot() as never)]));
  const run = async (name: string): Promise<number> => {
    const store = stores.get(name);
    if (store) return putAndGet(store);
    const load = { operations: PYTHON_OPERATIONS, width: 1 };
    const { cpu: put } = await theirs.measure({ verb: 'put', ...load });
    const { cpu: get } = await theirs.measure({ verb: 'get', ...load });
    return put + get;
  };
  try {
    const names = [...stores.keys(), PYTHON];
    for (const name of names) await run(name); // warm-up
    return report('Put and get of 1 KB, nothing below', 'µs CPU', await interleave(names, rounds, run), [
      { row: 'sealed', against: 'Fernet', limit: 0.25 },
      { row: 'sealed', against: PYTHON, limit: 0.25 },
    ]);
  } finally {
    await theirs.stop();
  }
}

async function putAndGet(store: KeyValueStore): Promise<number> {
  const before = process.cpuUsage();
  for (let operation = 0; operation < OPERATIONS; operation++) {
    await store.put('key', ANSWER);
    await store.get('key');
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / OPERATIONS;
}

/** Exact: the same in every run. What is stored is the JSON of the value that the store below is given. */
async function storedBytes(wraps: Readonly<Record<string, Wrap>>): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [what, value] of Object.entries(samples())) {
    const plain = Buffer.byteLength(JSON.stringify(value));
    console.log(`\nStored bytes of ${what} (JSON as short as can be: ${plain})`);
    const bytes: Record<string, number> = {};
    for (const [name, wrap] of Object.entries(wraps)) {
      const slot = new Slot();
      await wrap(slot as never).put('key', value);
      const stored = (bytes[name] = dumpValue(slot.value).length);
      console.log(`  ${name.padEnd(20)} ${String(stored).padStart(7)}  ${(stored / plain).toFixed(3)} × plain`);
    }
    const { sealed = NaN, 'sealed, deflated': deflated = NaN, Fernet = NaN } = bytes;
    verdicts.push({ what: `${what}: bytes sealed ÷ plain`, ratio: sealed / plain, limit: 1.08 });
    verdicts.push({ what: `${what}: bytes sealed and deflated ÷ plain`, ratio: deflated / plain, limit: 1.08 });
    verdicts.push({ what: `${what}: bytes sealed ÷ Fernet`, ratio: sealed / Fernet, limit: 0.75 });
  }
  return verdicts;
}

/** Random text is the same in every run: made of hashes. */
function samples(): Record<string, JsonObject> {
  const secret = (name: string, length: number): string => {
    let text = '';
    for (let part = 0; text.length < length; part++) {
      text += createHash('sha512').update(`${name}${part}`).digest('base64url');
    }
    return text.slice(0, length);
  };
  const hour = (n: number): JsonObject => ({
    time: `2026-11-${String(1 + Math.floor(n / 24)).padStart(2, '0')}T${String(n % 24).padStart(2, '0')}:00`,
    temperature: ((n * 37) % 230) / 10 - 4,
    wind: (n * 13) % 40,
    sky: ['clear', 'clouds', 'light rain', 'snow'][n % 4] ?? '',
  });
  const forecast = (hours: number): JsonObject => ({
    content: [{ type: 'text', text: JSON.stringify(Array.from({ length: hours }, (_, n) => hour(n))) }],
  });
  const tokens = {
    access_token: secret('access', 620),
    refresh_token: secret('refresh', 180),
    scope: 'openid profile email offline_access',
    token_type: 'Bearer',
    expires_at: 1_790_003_600,
    client_id: 'https://client.example/metadata.json',
  };
  return { 'a row of tokens, 1 KB': tokens, 'a forecast, 1 KB': forecast(12), 'a forecast, 100 KB': forecast(1250) };
}

async function keySetUp({ fernetKey, sealingKey }: typeof Bundled, rounds: number, python: string): Promise<Verdict[]> {
  const script = `
import time
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper
started = time.process_time()
FernetEncryptionWrapper(object(), source_material="a-long-secret", salt="a-salt")
print((time.process_time() - started) * 1000)`;
  const derive = (action: () => unknown): number => {
    const before = process.cpuUsage();
    for (let time = 0; time < 2000; time++) action();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 2000 / 1000;
  };
  const rows: Record<string, () => number | Promise<number>> = {
    'sealed, for one collection': () => derive(() => sealingKey(KEYS[0] as Uint8Array, 'bench').of('collection')),
    'Fernet, raw key': () => derive(() => fernetKey(KEYS[0] as Uint8Array)),
    'Fernet of py-key-value, source_material': async () =>
      Number((await promisify(execFile)(python, ['-c', script])).stdout),
  };
  const names = Object.keys(rows);
  const results = await interleave(names, Math.min(rounds, 5), async (name) => (await rows[name]?.()) ?? NaN);
  const against = 'Fernet of py-key-value, source_material';
  return report('Set-up of a key', 'ms CPU', results, [{ row: 'sealed, for one collection', against, limit: 0.001 }]);
}

/** A store that keeps one value, and does nothing else. */
class Slot {
  value: JsonObject = {};

  put(_key: string, value: JsonObject): Promise<void> {
    this.value = value;
    return Promise.resolve();
  }

  get(): Promise<JsonObject> {
    return Promise.resolve(this.value);
  }
}
