import type { LocalFargate } from './fargate/local-fargate.ts';
import { expectRolledBack } from './rolled-back.ts';

/** A stack whose servers run on Fargate, each on a storage of its own. */
export interface SideBySide {
  readonly fargate: () => LocalFargate;
  readonly storages: readonly string[];
  readonly deploy: (release: string, more?: Readonly<Record<string, string>>) => Promise<void>;
  /** Which version each of them is of. */
  readonly releases: () => Promise<string[]>;
  /** What was stored with a server of a storage. */
  readonly read: (storage: string) => Promise<string>;
  /** What they answer where nothing is stored. */
  readonly nothing: string;
  /** What was stored. */
  readonly stored: string;
}

/** Tests that go on where the first release was deployed, and an entry stored with each server. */
export function testUpdatesSideBySide({
  fargate,
  storages,
  deploy,
  releases,
  read,
  nothing,
  stored,
}: SideBySide): void {
  const shared = storages.filter((storage) => storage !== 'memory');
  const ids = (): string[] =>
    fargate()
      .tasks()
      .map(({ id }) => id);

  test('an update replaces the tasks of each: what is in Valkey stays, what was in a task is gone', async () => {
    const before = ids();
    await deploy('second');
    expect(ids().filter((id) => before.includes(id))).toEqual([]);
    expect(await releases()).toEqual(storages.map(() => 'second'));
    for (const storage of storages) {
      expect(await read(storage)).toContain(storage === 'memory' ? nothing : stored);
    }
  });

  test('an update that fails is rolled back on each: the version before answers, and Valkey has what it had', async () => {
    const before = ids();
    await expectRolledBack({
      deploy: () => deploy('third', { fail: 'true' }),
      ask: async () => ({ releases: await releases(), entries: await Promise.all(shared.map(read)) }),
      answers: { releases: storages.map(() => 'second'), entries: shared.map(() => stored) },
    });
    // They had been replaced, and have been again.
    expect(ids().filter((id) => before.includes(id))).toEqual([]);
    expect(fargate().balancers.failures).toEqual([]);
  });
}
