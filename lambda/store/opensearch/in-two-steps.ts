import { CorruptEntryError } from '../errors.ts';
import type { Place } from '../local-store.ts';
import { isExpired } from '../managed-entry.ts';
import type { Removed } from '../remote-store.ts';
import type { Batches } from './batches.ts';
import { entryOf, type Found, takenBy } from './document.ts';
import type { Documents, Numbers } from './documents.ts';
import { isMissing } from './faults.ts';
import { endedBy } from './scripts.ts';
import type { Product } from './url.ts';

export interface InTwoStepsProps {
  readonly product: Product;
  readonly documents: Documents;
  readonly batches: Batches;
}

/** Takes and deletes where the server runs no scripts: what is there is read, then changed. */
export class InTwoSteps {
  readonly #props: InTwoStepsProps;

  constructor(props: InTwoStepsProps) {
    this.#props = props;
  }

  /** The entry is ended only if nobody has changed it since; `undefined` when somebody has. */
  async take(place: Place, mark: string, now: number): Promise<Found | 'nothing' | undefined> {
    const [found] = await this.#props.documents.find([place]);
    if (!found) return 'nothing';
    const taken = takenBy(found.source);
    if (taken !== undefined && taken !== mark) return 'nothing';
    if (taken === mark) {
      // Written again as it is: only a write tells that the copies have it, too.
      const source = JSON.stringify(found.source);
      const again = await this.#props.documents.replaceWith('take', place, source, numbersOf(found));
      return again.status < 300 ? found : undefined;
    }
    const { expires_at: ended, ...rest } = found.source;
    const tombstone = { ...rest, expires_at: endedBy(now), ...(ended !== undefined && { ended }), taken: mark };
    const body = JSON.stringify(tombstone);
    const answer = await this.#props.documents.replaceWith('take', place, body, numbersOf(found));
    // After a conflict the next round finds out whose it was: an attempt of this very call may have been applied.
    return answer.status < 300 ? { ...found, source: tombstone } : undefined;
  }

  async remove(places: readonly Place[], now: number): Promise<readonly (Removed | undefined)[]> {
    const found = await this.#props.documents.find(places);
    const there = places.filter((_, index) => found[index] !== undefined);
    const items = there.map((place) => ({ action: 'delete' as const, place }));
    const results = await this.#props.batches.write('delete', items, isMissing);
    const removed = new Set(there.filter((_, index) => results[index]?.result === 'deleted').map(({ key }) => key));
    return places.map(({ key }, index) => {
      const document = found[index];
      if (!document || !removed.has(key)) return undefined;
      return hasEnded(document, this.#props.product, now) ? { expiresAt: 0 } : 'unreadable';
    });
  }
}

/** What a write must bear to be applied to this version only. */
export function numbersOf({ seqNo, primaryTerm }: Found): Numbers {
  return { if_seq_no: seqNo, if_primary_term: primaryTerm };
}

/** Whether an entry counts as absent: it was taken, or has had its time. */
export function hasEnded({ source }: Found, product: Product, now: number): boolean {
  if (takenBy(source) !== undefined) return true;
  try {
    return isExpired(entryOf(source, product), now);
  } catch (error) {
    if (error instanceof CorruptEntryError) return false; // nobody can say so
    throw error;
  }
}
