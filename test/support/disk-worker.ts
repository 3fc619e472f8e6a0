import { DiskStore } from '../../lambda/store/disk/disk-store.ts';

/**
 * One of several processes on one disk store. Waits for a line on standard input, so that all begin together, then does
 * its task and writes the outcome as JSON.
 *
 * Arguments: the folder, the task and a number.
 */
const [directory = '', task = '', count = '0'] = process.argv.slice(2);
const store = new DiskStore({ directory });

const tasks: Record<string, () => Promise<unknown>> = {
  take: async () => {
    const taken: number[] = [];
    for (let n = 0; n < Number(count); n++) {
      const got = await Promise.all([store.take(`code-${n}`), store.take(`code-${n}`)]);
      taken.push(...got.flatMap((value) => (value ? [value.n as number] : [])));
    }
    return taken;
  },
  putIfAbsent: async () => {
    const won: number[] = [];
    for (let n = 0; n < Number(count); n++) {
      if (await store.putIfAbsent(`lock-${n}`, { owner: process.pid })) won.push(n);
    }
    return won;
  },
  increment: async () => {
    for (let n = 0; n < Number(count); n++) {
      for (;;) {
        const read = await store.getVersioned('counter');
        if (!read) throw new Error('there is no counter');
        if (await store.compareAndSet('counter', read.version, { n: (read.value.n as number) + 1 })) break;
      }
    }
    return Number(count);
  },
  /** Writes until it is killed, and tells each entry that was acknowledged. */
  write: async () => {
    for (let n = 0; ; n++) {
      const key = `${process.pid}-${n}`;
      await store.put(key, { key, pad: 'x'.repeat(5000) });
      await store.put('shared', { key, pad: 'x'.repeat(5000) });
      process.stdout.write(`${key}\n`);
    }
  },
  /** One call of each kind, and what it said. */
  call: async () => {
    const told = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        (value) => ({ value }),
        (error: unknown) => ({ name: (error as Error).name, message: (error as Error).message }),
      );
    const outcomes = [];
    for (const call of [() => store.get('k'), () => store.put('k', { n: 2 }), () => store.take('k')]) {
      outcomes.push(await told(call()));
    }
    return outcomes;
  },
  /** Writes entries of 100 kB until the disk takes no more, then takes one away and writes again. */
  fill: async () => {
    for (let n = 0; n < Number(count); n++) {
      try {
        await store.put(`fill_${n}`, { n, pad: 'x'.repeat(100_000) });
      } catch (error) {
        const { name, message } = error as Error;
        const whole = await store.get(`fill_${n - 1}`);
        const absent = await store.get(`fill_${n}`);
        await store.delete('fill_0');
        await store.put('again', { n });
        return { written: n, name, message, whole: whole?.n, absent: absent === undefined };
      }
    }
    return { written: Number(count) };
  },
  /** Ends while holding the lock of a key, as a process that is killed does. */
  die: async () => {
    await store.put('k', { n: 1 });
    const { withLockFile } = await import('../../lambda/store/disk/lock-file.ts');
    await withLockFile(`${directory}/default_collection/k.lock`, () => process.kill(process.pid, 'SIGKILL') as never);
  },
};

process.stdout.write('ready\n');
process.stdin.once('data', () => {
  void tasks[task]?.().then((outcome) => {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    process.stdin.destroy();
  });
});
