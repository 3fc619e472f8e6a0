import { formatTimestamp } from '../iso-time.ts';
import type { Place } from '../local-store.ts';

/** A script of the server's, run on one document while nobody else changes it. */
export interface Script {
  readonly source: string;
  readonly params: Readonly<Record<string, string>>;
}

/** How far into the past `take` puts the end of an entry: beyond any difference of clocks, so that Python sees a miss. */
const TAKEN_AGO_MS = 3_600_000;

/** Whether the document is the entry of the place: as `foundOf`, names may share an index or an `_id`. */
const OURS =
  'def s = ctx._source; boolean ours = (s.collection == null || s.collection == params.collection)' +
  ' && (s.key == null || s.key == params.key);';

/** The end of an entry that is taken at this time. */
export function endedBy(now: number): string {
  return formatTimestamp(now - TAKEN_AGO_MS);
}

/**
 * For `take`: ends the entry, and keeps under `ended` when it would have ended by itself. Whoever finds its own mark
 * afterwards has it; a document that bears another stays as it is. One that bears the same is written again as it is: only a
 * write tells that the copies have it, while a server that was cut off from them shows what it will lose.
 */
export function takeScript(place: Place, mark: string, now: number): Script {
  return {
    source:
      `${OURS} if (ours && s.taken == null) {` +
      ' s.taken = params.mark; s.ended = s.expires_at; s.expires_at = params.past;' +
      " } else if (!ours || s.taken != params.mark) { ctx.op = 'none'; }",
    params: { ...place, mark, past: endedBy(now) },
  };
}

/**
 * For `delete`: removes a live entry; one that has ended counts as absent, and stays. Dates in UTC, as all writers of
 * entries spell them, are in the order of their text.
 */
export function deleteScript(place: Place, now: number): Script {
  return {
    source:
      `${OURS} def end = s.expires_at;` +
      ' if (!ours || s.taken != null || (end instanceof String && end.compareTo(params.now) <= 0)) {' +
      " ctx.op = 'none'; } else { ctx.op = 'delete'; }",
    params: { ...place, now: formatTimestamp(now) },
  };
}
