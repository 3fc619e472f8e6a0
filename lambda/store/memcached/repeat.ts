import { setTimeout as sleep } from 'node:timers/promises';

import { ConnectFailedError, ConnectionLostError } from './faults.ts';

/** Attempts of one call, the first one included. */
const ATTEMPTS = 3;
/** Milliseconds before the second attempt and before the third. Each varies by half, so that callers do not march in step. */
const PAUSES = [50, 150];

export interface RepeatProps {
  /**
   * Whether any number of repetitions does no harm after an attempt that may have been applied. Of other calls one repetition
   * at most follows such an attempt.
   */
  readonly harmless: boolean;
  /** Milliseconds after the first attempt began, from which on none begins any more. */
  readonly withinMs: number;
}

/**
 * Repeats a call whose connection could not be made or was lost; on no other fault: an answer that is late is not waited for
 * again. A connection that had ended while nobody used it is replaced at once, anything else after a short random pause.
 */
export async function repeated<T>(action: () => Promise<T>, { harmless, withinMs }: RepeatProps): Promise<T> {
  const end = performance.now() + withinMs;
  let maybeApplied = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      const lost = error instanceof ConnectionLostError;
      if (!lost && !(error instanceof ConnectFailedError)) throw error;
      if (attempt === ATTEMPTS || (maybeApplied && !harmless)) throw error;
      maybeApplied ||= lost;
      const pause = lost && error.wasIdle && attempt === 1 ? 0 : (PAUSES[attempt - 1] ?? 0) * (0.5 + Math.random());
      if (performance.now() + pause >= end) throw error;
      if (pause > 0) await sleep(pause);
    }
  }
}
