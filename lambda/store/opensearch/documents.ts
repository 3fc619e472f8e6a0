import type { Place } from '../local-store.ts';
import type { Write } from '../remote-store.ts';
import type { Batches } from './batches.ts';
import type { CallAnswer, Calls } from './calls.ts';
import { documentOf, type Found, foundOf } from './document.ts';
import { isConflict, isConflictOrMissing, isMissing, wantsOtherForm } from './faults.ts';
import type { Indexes } from './indexes.ts';
import type { Product } from './url.ts';
import type { Answer, Request } from './wire.ts';

export interface DocumentsProps {
  readonly product: Product;
  readonly calls: Calls;
  readonly indexes: Indexes;
  readonly batches: Batches;
}

/** What the server counts writes with: a write that bears them is applied to that version only. */
export interface Numbers {
  readonly if_seq_no: number | string;
  readonly if_primary_term: number | string;
}

/** Indexes remembered at most. */
const REMEMBERED = 1000;

/** Reads and writes the documents of entries, in the form that their index takes. */
export class Documents {
  readonly #props: DocumentsProps;
  /** Collections whose index takes values as text: py-key-value 0.2 made it. */
  readonly #asText = new Set<string>();

  constructor(props: DocumentsProps) {
    this.#props = props;
  }

  /** The documents of these places, in their order. */
  async find(places: readonly Place[]): Promise<readonly (Found | undefined)[]> {
    const [first] = places;
    if (!first || places.length > 1) return this.#props.batches.read(places);
    const path = this.#props.indexes.documentPath(first, '_doc');
    const answer = await this.#props.calls.call('get', { method: 'GET', path }, isMissing);
    this.#props.indexes.learn(first.collection, answer);
    return [foundOf(answer.body, first)];
  }

  /** Writes whatever is there. */
  async put(write: Write): Promise<void> {
    await this.#write('put', write, undefined, {}, isNever);
  }

  /** Writes when there is no document. @returns 409 when there is one */
  create(write: Write, marks: string): Promise<CallAnswer> {
    return this.#write('putIfAbsent', write, marks, { api: '_create' }, isConflict);
  }

  /** Writes when the document is still this version. @returns 409 when it is not, 404 when there is none */
  replace(verb: string, write: Write, marks: string, numbers: Numbers): Promise<CallAnswer> {
    return this.#write(verb, write, marks, { numbers }, isConflictOrMissing);
  }

  /** The same for a document that is JSON already. */
  replaceWith(verb: string, place: Place, body: string, numbers: Numbers): Promise<CallAnswer> {
    return this.#props.calls.call(verb, this.#request(place, body, { numbers }), isConflictOrMissing);
  }

  /** Writes each for itself, whatever is there; all are of one collection. */
  async putMany(writes: readonly Write[]): Promise<void> {
    const [first] = writes;
    if (!first) return;
    const { product, indexes, batches } = this.#props;
    const { collection } = first.place;
    const asText = this.#asText.has(collection);
    const itemOf = (write: Write, text: boolean): { action: 'index'; place: Place; body: string } => {
      return { action: 'index', place: write.place, body: documentOf(write, { product, asText: text }) };
    };
    const items = writes.map((write) => itemOf(write, asText));
    await indexes.prepare(collection);
    const answers = await batches.write('putMany', items, wantsOtherForm);
    const refused = writes.filter((_, index) => answers[index] && wantsOtherForm(answers[index]));
    if (refused.length === 0) return;
    const others = refused.map((write) => itemOf(write, !asText));
    await batches.write('putMany', others, isNever);
    this.#remember(collection, !asText);
  }

  async #write(
    verb: string,
    write: Write,
    marks: string | undefined,
    target: Target,
    expected: (answer: Answer) => boolean,
  ): Promise<CallAnswer> {
    const { product, calls, indexes } = this.#props;
    const { place } = write;
    const asText = this.#asText.has(place.collection);
    const body = documentOf(write, { product, marks, asText });
    // The numbers of a version come from an index that exists.
    if (!target.numbers) await indexes.prepare(place.collection);
    const answer = await calls.call(verb, this.#request(place, body, target), (refusal) => {
      return expected(refusal) || wantsOtherForm(refusal);
    });
    if (!wantsOtherForm(answer)) return answer;
    const other = documentOf(write, { product, marks, asText: !asText });
    const second = await calls.call(verb, this.#request(place, other, target), expected);
    this.#remember(place.collection, !asText);
    return second;
  }

  #request(place: Place, body: string, { api = '_doc', numbers }: Target): Request {
    const path = this.#props.indexes.documentPath(place, api);
    return { method: 'PUT', path, body, ...(numbers && { query: { ...numbers } }) };
  }

  #remember(collection: string, asText: boolean): void {
    if (!asText) this.#asText.delete(collection);
    else if (this.#asText.size < REMEMBERED) this.#asText.add(collection);
  }
}

interface Target {
  readonly api?: '_doc' | '_create';
  readonly numbers?: Numbers;
}

function isNever(): boolean {
  return false;
}
