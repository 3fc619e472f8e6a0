import type { Place } from '../local-store.ts';
import type { Removed } from '../remote-store.ts';
import type { Batches, ItemAnswer } from './batches.ts';
import type { Calls } from './calls.ts';
import { asObject, type Found, foundOf, takenBy } from './document.ts';
import { isConflict, isMissing, isWithoutScripts } from './faults.ts';
import type { Indexes } from './indexes.ts';
import { LIMITS } from './limits.ts';
import { deleteScript, type Script, takeScript } from './scripts.ts';
import type { Answer } from './wire.ts';

export interface ByScriptProps {
  readonly calls: Calls;
  readonly indexes: Indexes;
  readonly batches: Batches;
  /** Whether to try. */
  readonly enabled: boolean;
}

/** Takes and deletes in one round trip, by scripts. Until the server says that it runs none. */
export class ByScript {
  readonly #props: ByScriptProps;
  #enabled: boolean;

  constructor(props: ByScriptProps) {
    this.#props = props;
    this.#enabled = props.enabled;
  }

  /** Whether the server runs scripts, as far as is known. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** The script ends the entry and the answer has it; `undefined` when somebody was quicker, or no script runs. */
  async take(place: Place, mark: string, now: number): Promise<Found | 'nothing' | undefined> {
    const answer = await this.#props.calls.call(
      'take',
      {
        method: 'POST',
        path: this.#props.indexes.documentPath(place, '_update'),
        query: { _source: 'true', retry_on_conflict: LIMITS.ROUNDS },
        body: bodyOf(takeScript(place, mark, now)),
      },
      (refusal) => isMissing(refusal) || isConflict(refusal) || isWithoutScripts(refusal),
    );
    if (answer.status === 409) return undefined;
    if (answer.status === 404) return 'nothing';
    if (answer.status >= 300) {
      this.#enabled = false;
      return undefined;
    }
    const found = foundOf(asObject(answer.body).get, place);
    return found && takenBy(found.source) === mark ? found : 'nothing';
  }

  /** `undefined` when the server runs no scripts. What existed is not told when it was unreadable. */
  async remove(places: readonly Place[], now: number): Promise<readonly (Removed | undefined)[] | undefined> {
    if (!this.#enabled) return undefined;
    const [place] = places;
    const results =
      place && places.length === 1 ? [await this.#removeOne(place, now)] : await this.#removeMany(places, now);
    if (results.some((answer) => isWithoutScripts(answer))) {
      this.#enabled = false;
      return undefined;
    }
    return results.map(({ result }) => (result === 'deleted' ? 'unreadable' : undefined));
  }

  async #removeOne(place: Place, now: number): Promise<ItemAnswer> {
    const path = this.#props.indexes.documentPath(place, '_update');
    const query = { retry_on_conflict: LIMITS.ROUNDS };
    const body = bodyOf(deleteScript(place, now));
    const answer = await this.#props.calls.call('delete', { method: 'POST', path, query, body }, isMissingOrWithout);
    return { ...answer, result: asObject(answer.body).result };
  }

  #removeMany(places: readonly Place[], now: number): Promise<ItemAnswer[]> {
    const items = places.map((place) => {
      return { action: 'update' as const, place, body: bodyOf(deleteScript(place, now)) };
    });
    return this.#props.batches.write('deleteMany', items, isMissingOrWithout);
  }
}

function bodyOf(script: Script): string {
  return JSON.stringify({ script: { lang: 'painless', ...script } });
}

function isMissingOrWithout(answer: Answer): boolean {
  return isMissing(answer) || isWithoutScripts(answer);
}
