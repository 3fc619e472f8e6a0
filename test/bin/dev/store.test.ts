import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { devStore, STORE_PARTS } from '../../../bin/dev/store.ts';
import type { StoreAdapter } from '../../../lambda/store/key-value-store.ts';
import { RuntimePart } from '../../../lib/code/runtime-part.ts';

const fileOf = ({ _module }: RuntimePart): string => join(__dirname, `../../../lambda/${_module}.ts`);
const stores = Object.values(RuntimePart).filter(
  (part: RuntimePart) => part._slot === 'stores' && existsSync(fileOf(part)),
);

test.each(stores.map((part: RuntimePart) => [part._exportName, part] as const))(
  'every scheme of %s is taken, and no other goes to it',
  async (name, part) => {
    const { [name]: adapter } = (await import(fileOf(part))) as Record<string, StoreAdapter>;
    const schemes = Object.keys(STORE_PARTS).filter((scheme) => STORE_PARTS[scheme] === part);
    expect(schemes.sort()).toEqual([...adapter!.schemes].sort());
  },
);

test('what is shown of a URL is neither user nor password nor options', () => {
  const { shown, url } = devStore({ memory: false, store: 'rediss://me:hunter2@host:1/2?secret=hunter2' }, '/data');
  expect(shown).toBe('rediss://host:1/2');
  expect(url).toContain('hunter2');
});
