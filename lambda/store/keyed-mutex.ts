/** Runs actions with the same name one after the other, within this process. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(name: string, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name);
    const turn = before ? before.then(action, action) : action();
    this.#tails.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(name) === turn) this.#tails.delete(name);
    }
  }
}
