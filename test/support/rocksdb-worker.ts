import { randomBytes } from 'node:crypto';

import { RocksDbStore } from '../../lambda/store/rocksdb/rocksdb-store.ts';

/**
 * A process with a RocksDB store. Arguments: the folder, the task and whether writes wait for the disk. Tells on standard
 * output what happened, a line each.
 */
const [directory = '', task = '', sync = 'true'] = process.argv.slice(2);
const store = new RocksDbStore({ directory, sync: sync === 'true' });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const tasks: Record<string, () => Promise<void>> = {
  /** Writes until it is killed, and tells each entry that was acknowledged. */
  write: async () => {
    for (let n = 0; ; n++) {
      await Promise.all(
        [0, 1, 2, 3].map(async (part) => {
          const key = `${process.pid}-${n}-${part}`;
          await store.put(key, { key, pad: 'x'.repeat(2000) });
          say(key);
        }),
      );
    }
  },
  /** Opens the store and keeps it. */
  hold: async () => {
    await store.put('held', { by: process.pid });
    say('held');
    await new Promise(() => setInterval(() => undefined, 1_000));
  },
  /** Writes until the disk takes no more, makes room when it is told to, and goes on. */
  fill: async () => {
    for (let n = 0; n < 2_000; n++) {
      try {
        await store.put(`fill-${n}`, { n, pad: randomBytes(15_000).toString('base64') }); // nothing to compress
      } catch (error) {
        const { name, message } = error as Error;
        say(JSON.stringify({ written: n, name, message }));
        break;
      }
    }
    await new Promise((resolve) => process.stdin.once('data', resolve));
    process.stdin.destroy();
    await store.put('after', { n: 1 });
    say(JSON.stringify({ after: await store.get('after'), first: (await store.get('fill-0'))?.n }));
    await store.close();
  },
  /** One call of each kind, and what it said. */
  call: async () => {
    const told = async (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        (value) => ({ value }),
        (error: unknown) => ({ name: (error as Error).name, message: (error as Error).message }),
      );
    say(JSON.stringify([await told(store.get('k')), await told(store.put('k', { n: 1 }))]));
    await store.close();
  },
};

void tasks[task]?.();
