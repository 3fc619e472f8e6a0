import type { LocalFargate } from './fargate/local-fargate.ts';
import { expectRolledBack } from './rolled-back.ts';
import type { SideBySideStack } from './side-by-side-stack.ts';

/** A stack whose servers run on Fargate. */
interface SideBySideUpdates {
  readonly fargate: () => LocalFargate;
  readonly stack: SideBySideStack;
  /** What was stored with a server of a storage. */
  readonly read: (storage: string) => Promise<string>;
  /** What they answer where nothing is stored. */
  readonly nothing: string;
  /** What was stored. */
  readonly stored: string;
}

/** Tests that go on where the first release was deployed, and an entry stored with each server. */
export function testUpdatesSideBySide({ fargate, stack, read, nothing, stored }: SideBySideUpdates): void {
  const { storages } = stack;
  const shared = storages.filter((storage) => storage !== 'memory');
  const ids = (): string[] =>
    fargate()
      .tasks()
      .map(({ id }) => id);

  test('an update replaces the tasks of each: what is in Valkey stays, what was in a task is gone', async () => {
    const before = ids();
    await stack.deploy('second');
    expect(ids().filter((id) => before.includes(id))).toEqual([]);
    expect(await stack.releases()).toEqual(storages.map(() => 'second'));
    for (const storage of storages) {
      expect(await read(storage)).toContain(storage === 'memory' ? nothing : stored);
    }
  });

  test('an update that fails is rolled back on each: the version before answers, and Valkey has what it had', async () => {
    const before = ids();
    await expectRolledBack({
      deploy: () => stack.deploy('third', { fail: 'true' }),
      ask: async () => ({ releases: await stack.releases(), entries: await Promise.all(shared.map(read)) }),
      answers: { releases: storages.map(() => 'second'), entries: shared.map(() => stored) },
    });
    // They had been replaced, and have been again.
    expect(ids().filter((id) => before.includes(id))).toEqual([]);
    expect(fargate().balancers.failures).toEqual([]);
  });
}
