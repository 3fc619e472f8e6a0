import { StoreUrlError } from '../errors.ts';
import type { StoreAdapter } from '../key-value-store.ts';
import { MemoryStore } from '../memory/memory-store.ts';

/** The memory of one process: `memory:`. Each `open` is a store of its own. */
export const memoryAdapter: StoreAdapter = {
  schemes: ['memory'],
  open: (url) => {
    if (url.href !== 'memory:' && url.href !== 'memory://') {
      throw new StoreUrlError('a memory: URL has no host, path or options', 'memory:');
    }
    return new MemoryStore();
  },
};
