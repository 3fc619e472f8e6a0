import type { JsonObject } from '../../lambda/store/key-value-store.ts';
import { openStore } from '../../lambda/store/open-store.ts';
import type { StoreLoad } from '../store-process.ts';
import type { BenchBackend } from '../stores/backend.ts';

interface Side {
  get(key: string): Promise<unknown>;
  put(key: string, value: object, ttl: number): Promise<unknown>;
  take?(key: string): Promise<unknown>;
  getMany?(keys: readonly string[]): Promise<readonly unknown[]>;
  close(): Promise<unknown>;
}

const KEYS = 256;
/** About a kilobyte, as a cached answer of a tool. */
const VALUE = { content: [{ type: 'text', text: 'Tokyo in Jul: 26 °C. '.repeat(40) }], isError: false, n: 1.5 };

async function open(backend: BenchBackend, side: string, url: string): Promise<Side> {
  if (side === 'bare' && backend.bare) return backend.bare(new URL(url));
  const store = openStore(url, [await backend.adapter()]);
  return {
    get: (key) => store.get(key, { collection: 'bench' }),
    put: (key, value, ttl) => store.put(key, value as JsonObject, { collection: 'bench', ttl }),
    take: (key) => store.take(key, { collection: 'bench' }),
    getMany: (keys) => store.getMany(keys, { collection: 'bench' }),
    close: () => store.close(),
  };
}

async function call(store: Side, verb: StoreLoad['verb'], number: number): Promise<void> {
  const key = `key-${number % KEYS}`;
  if (verb === 'put') await store.put(key, VALUE, 3600);
  else if (verb === 'get' && !(await store.get(key))) throw new Error(`${key} is lost`);
  else if (verb === 'take' && !(await store.take?.(key))) throw new Error(`${key} was taken`);
  else if (verb === 'getMany') {
    const found = await store.getMany?.(Array.from({ length: 10 }, (_, more) => `key-${(number + more) % KEYS}`));
    if (!found?.every(Boolean)) throw new Error(`entries from ${key} on are lost`);
  }
}

async function run(
  store: Side,
  { verb, operations = Infinity, seconds = Infinity, width }: StoreLoad,
): Promise<object> {
  const times: number[] = [];
  let next = 0;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const worker = async (): Promise<void> => {
    for (let started = begin; next < operations && started - begin < seconds * 1000;) {
      await call(store, verb, next++);
      const ended = performance.now();
      times.push(ended - started);
      started = ended;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const wall = performance.now() - begin;
  const used = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  return {
    wall: (wall * 1000) / times.length,
    cpu: (used.user + used.system) / times.length,
    p99: times[Math.floor(times.length * 0.99)] ?? NaN,
    operations: times.length,
  };
}

/** One side of a comparison, in a process of its own, told what to do by messages: `SIDE URL` on the command line. */
export function serveLoad(backend: BenchBackend): void {
  const [side = '', url = ''] = process.argv.slice(2);
  const store = open(backend, side, url).then(async (opened) => {
    for (let key = 0; key < KEYS; key++) await opened.put(`key-${key}`, VALUE, 3600);
    process.send?.({ ready: true });
    return opened;
  });
  process.on('message', (order: StoreLoad | 'stop') => {
    void store.then(async (opened) => {
      if (order !== 'stop') return process.send?.(await run(opened, order));
      await opened.close();
      process.exit(0);
    });
  });
}
