import type { Place } from '../local-store.ts';
import type { Calls } from './calls.ts';
import { asObject, type Found, foundOf } from './document.ts';
import { answerFault, errorOf, isPassing } from './faults.ts';
import type { Indexes } from './indexes.ts';
import { LIMITS } from './limits.ts';
import type { Answer } from './wire.ts';

/** One change among many; all are of one collection. */
export interface Item {
  readonly action: 'index' | 'update' | 'delete';
  readonly place: Place;
  readonly body?: string;
}

/** What became of one item. */
export interface ItemAnswer extends Answer {
  readonly result?: unknown;
}

/** Many documents of one collection in one request, or in as few as the server takes. */
export class Batches {
  readonly #calls: Calls;
  readonly #indexes: Indexes;

  constructor(calls: Calls, indexes: Indexes) {
    this.#calls = calls;
    this.#indexes = indexes;
  }

  /** The documents of these places, in their order. */
  async read(places: readonly Place[]): Promise<readonly (Found | undefined)[]> {
    const found: (Found | undefined)[] = [];
    for (let start = 0; start < places.length; start += LIMITS.BATCH) {
      found.push(...(await this.#read(places.slice(start, start + LIMITS.BATCH))));
    }
    return found;
  }

  /**
   * Changes documents, each for itself; those that the server had no room for are tried again.
   *
   * @param expected refusals that the caller understands
   * @returns what became of each, in their order
   * @throws {StoreError} when one was refused in another way; others may have been changed
   */
  async write(verb: string, items: readonly Item[], expected: (answer: Answer) => boolean): Promise<ItemAnswer[]> {
    const answers: ItemAnswer[] = [];
    for (const batch of this.#cut(items)) answers.push(...(await this.#write(verb, batch, expected)));
    return answers;
  }

  async #read(places: readonly Place[]): Promise<readonly (Found | undefined)[]> {
    const [first] = places;
    if (!first) return [];
    const path = this.#indexes.path(first.collection, '/_mget');
    const body = JSON.stringify({ ids: places.map((place) => this.#indexes.id(place)) });
    for (let attempts = 1; ; attempts++) {
      const answer = await this.#calls.call('getMany', { method: 'POST', path, body }, ({ status }) => status === 404);
      const { docs } = asObject(answer.body);
      const hits: readonly unknown[] = Array.isArray(docs) ? docs : [];
      const broken = hits.map(failureOf).find((failure) => failure !== undefined);
      if (!hits.some(isWithoutIndex)) this.#indexes.learn(first.collection, answer);
      if (!broken) return places.map((place, index) => foundOf(hits[index], place));
      if (!isPassing(broken) || attempts >= LIMITS.ATTEMPTS) {
        throw answerFault(broken, { product: this.#calls.product, verb: 'getMany', attempts, bytes: body.length });
      }
    }
  }

  async #write(verb: string, items: readonly Item[], expected: (answer: Answer) => boolean): Promise<ItemAnswer[]> {
    const answers: ItemAnswer[] = [];
    let open = items.map((_, index) => index);
    for (let attempts = 1; open.length > 0; attempts++) {
      const body = open.map((index) => this.#lines(items[index])).join('');
      const path = this.#indexes.path(items[0]?.place.collection ?? '', '/_bulk');
      const answer = await this.#calls.call(verb, { method: 'POST', path, body, lines: true }, () => false);
      const { items: done } = asObject(answer.body);
      const again: number[] = [];
      for (const [position, index] of open.entries()) {
        const result = itemAnswer(Array.isArray(done) ? done[position] : undefined);
        answers[index] = result;
        if (result.status < 300 || expected(result)) continue;
        const isBusy = result.status === 409 || isPassing(result);
        if (!isBusy || attempts >= LIMITS.ATTEMPTS) {
          throw answerFault(result, { product: this.#calls.product, verb, attempts, bytes: body.length });
        }
        again.push(index);
      }
      open = again;
    }
    return answers;
  }

  #lines(item: Item | undefined): string {
    if (!item) return '';
    const { action, place, body } = item;
    const options = action === 'update' ? { retry_on_conflict: LIMITS.ROUNDS } : {};
    const line = `${JSON.stringify({ [action]: { _id: this.#indexes.id(place), ...options } })}\n`;
    return body === undefined ? line : `${line}${body}\n`;
  }

  *#cut(items: readonly Item[]): Generator<readonly Item[]> {
    let batch: Item[] = [];
    let bytes = 0;
    for (const item of items) {
      const size = (item.body?.length ?? 0) + LIMITS.LINE_BYTES;
      if (batch.length > 0 && (batch.length >= LIMITS.BATCH || bytes + size > LIMITS.BATCH_BYTES)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(item);
      bytes += size;
    }
    if (batch.length > 0) yield batch;
  }
}

/** `undefined` for a document, there or not; an index that does not exist has none. */
function failureOf(hit: unknown): Answer | undefined {
  const { error } = asObject(hit);
  return error === undefined || isWithoutIndex(hit) ? undefined : { status: 503, body: hit };
}

function isWithoutIndex(hit: unknown): boolean {
  return errorOf(hit).type === 'index_not_found_exception';
}

/** `{"index": {"status": 201, "result": "created", …}}` */
function itemAnswer(item: unknown): ItemAnswer {
  const [outcome] = Object.values(asObject(item));
  const { status, result } = asObject(outcome);
  return { status: typeof status === 'number' ? status : 502, result, body: outcome };
}
