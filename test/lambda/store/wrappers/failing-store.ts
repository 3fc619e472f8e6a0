import type { JsonObject, StoreOptions } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { type Call, type Verb, WrappedStore } from '../../../../lambda/store/wrappers/wrapped-store.ts';

/** What becomes of a call: done, `undefined`, or a fault before it is applied, after it (its answer is lost), or never an answer. */
export type Fate = undefined | { readonly before: Error } | { readonly after: Error } | 'hung';

/** A memory store whose calls meet the fates that a test has written down, in order. */
export class FailingStore extends WrappedStore {
  readonly memory: MemoryStore;
  readonly calls: Verb[] = [];
  fates: Fate[] = [];
  /** Runs before each call. */
  meanwhile: (verb: Verb) => Promise<unknown> | undefined = () => undefined;

  constructor(memory = new MemoryStore()) {
    super(memory);
    this.memory = memory;
  }

  protected override async around<T>({ verb }: Call, run: () => Promise<T>): Promise<T> {
    this.calls.push(verb);
    const fate = this.fates.shift();
    if (fate === 'hung') return new Promise(() => undefined);
    if (fate && 'before' in fate) throw fate.before;
    await this.meanwhile(verb);
    const result = await run();
    if (fate) throw fate.after;
    return result;
  }

  /** What is there, without a call. */
  peek(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return this.memory.get(key, options);
  }
}
