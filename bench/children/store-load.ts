import type { JsonObject } from '../../lambda/store/key-value-store.ts';
import { openStore } from '../../lambda/store/open-store.ts';
import type { BenchBackend } from '../stores/backend.ts';

interface Side {
  get(key: string): Promise<unknown>;
  put(key: string, value: object, ttl: number): Promise<unknown>;
  close(): Promise<unknown>;
}

interface Order {
  readonly verb: 'get' | 'put';
  readonly operations: number;
  readonly width: number;
}

const KEYS = 256;
/** About a kilobyte, as a cached answer of a tool. */
const VALUE = { content: [{ type: 'text', text: 'Tokyo in Jul: 26 °C. '.repeat(40) }], isError: false, n: 1.5 };

async function open(backend: BenchBackend, side: string, url: string): Promise<Side> {
  if (side === 'bare') return backend.bare(new URL(url));
  const store = openStore(url, [await backend.adapter()]);
  return {
    get: (key) => store.get(key, { collection: 'bench' }),
    put: (key, value, ttl) => store.put(key, value as JsonObject, { collection: 'bench', ttl }),
    close: () => store.close(),
  };
}

async function run(store: Side, { verb, operations, width }: Order): Promise<object> {
  const times: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < operations) {
      const key = `key-${next++ % KEYS}`;
      const started = performance.now();
      if (verb === 'put') await store.put(key, VALUE, 3600);
      else if (!(await store.get(key))) throw new Error(`${key} is lost`);
      times.push(performance.now() - started);
    }
  };
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: width }, worker));
  const wall = performance.now() - started;
  const used = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  return {
    wall: (wall * 1000) / operations,
    cpu: (used.user + used.system) / operations,
    p99: times[Math.floor(times.length * 0.99)] ?? NaN,
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
  process.on('message', (order: Order | 'stop') => {
    void store.then(async (opened) => {
      if (order !== 'stop') return process.send?.(await run(opened, order));
      await opened.close();
      process.exit(0);
    });
  });
}
