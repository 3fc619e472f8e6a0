import type { Place } from '../local-store.ts';
import type { CallAnswer, Calls } from './calls.ts';
import { asObject } from './document.ts';
import { errorOf } from './faults.ts';
import { indexBody } from './mapping.ts';
import { documentId, indexName, type NamingRules, segment } from './names.ts';
import type { Product } from './url.ts';

export interface IndexesProps extends NamingRules {
  readonly calls: Calls;
  readonly product: Product;
  /** Whether new ones let values be searched. */
  readonly searchable: boolean;
}

/** Names remembered at most. */
const REMEMBERED = 1000;

/**
 * The indexes, one for each collection. One that is not known to exist is made before the first write to it: left to the
 * server, it would search through values of every shape, and refuse the second one.
 */
export class Indexes {
  readonly #props: IndexesProps;
  readonly #known = new Map<string, Promise<void>>();
  readonly #paths = new Map<string, string>();

  constructor(props: IndexesProps) {
    this.#props = props;
  }

  /** Path of the index of a collection, or of something in it. */
  path(collection: string, rest = ''): string {
    let path = this.#paths.get(collection);
    if (path === undefined) {
      path = `/${segment(indexName(collection, this.#props))}`;
      if (this.#paths.size >= REMEMBERED) this.#paths.clear();
      this.#paths.set(collection, path);
    }
    return path + rest;
  }

  /** Path of the document of an entry under an API of the server's. */
  documentPath(place: Place, api: '_doc' | '_create' | '_update'): string {
    return this.path(place.collection, `/${api}/${segment(this.id(place))}`);
  }

  id(place: Place): string {
    return documentId(place, this.#props);
  }

  /** Makes the index of a collection unless it is known to exist: one request for each collection and process. */
  async prepare(collection: string): Promise<void> {
    const known = this.#known.get(collection);
    if (known) return known;
    const making = this.#make(collection);
    this.#remember(collection, making);
    try {
      await making;
    } catch (error) {
      this.#known.delete(collection);
      throw error;
    }
  }

  /** What an answer tells about whether the index exists. */
  learn(collection: string, answer: CallAnswer): void {
    if (answer.status === 404 && errorOf(answer.body).type === 'index_not_found_exception') {
      this.#known.delete(collection);
    } else if ((answer.status < 300 || asObject(answer.body).found === false) && !this.#known.has(collection)) {
      this.#remember(collection, Promise.resolve());
    }
  }

  async #make(collection: string): Promise<void> {
    const { calls, product, searchable } = this.#props;
    const path = this.path(collection);
    const body = indexBody(product, searchable);
    const answer = await calls.call('creation of an index', { method: 'PUT', path, body }, (refusal) => {
      if (refusal.status === 401 || refusal.status === 403) return true;
      return refusal.status === 400 && /already.?exists/.test(errorOf(refusal.body).text);
    });
    if (answer.status !== 401 && answer.status !== 403) return;
    // Who may not make indexes may still write to one that somebody else made.
    const exists = await calls.call('look at an index', { method: 'HEAD', path }, ({ status }) => status === 404);
    if (exists.status === 404) await calls.call('creation of an index', { method: 'PUT', path, body }, () => false);
  }

  #remember(collection: string, making: Promise<void>): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(collection, making);
  }
}
