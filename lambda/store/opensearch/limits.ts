/**
 * Bounds of every call. The client's own defaults wait half a minute for an answer and repeat blindly.
 *
 * A call ends within `CALL_MS`, whatever happens: attempts have their bound, failed ones are repeated after a pause, and
 * when the time is over the call rejects.
 */
export const LIMITS = {
  /** For the whole call, attempts and pauses together, in milliseconds. */
  CALL_MS: 10_000,
  /** Attempts per call, the first one included. */
  ATTEMPTS: 3,
  /** Longest pause before the second attempt, in milliseconds; doubled before each further one. Drawn at random. */
  PAUSE_MS: 100,
  /** For one attempt, connecting and the whole answer included. */
  ATTEMPT_MS: 4_000,
  /** Connections of one process. HTTP/1.1 carries one request at a time on each; more wait for a free one. */
  CONNECTIONS: 64,
  /** How long a connection may be unused before it is closed: below the patience of load balancers. */
  IDLE_MS: 55_000,
  /** Times that an atomic verb starts over when others change the entry meanwhile. */
  ROUNDS: 8,
  /** Entries of one request that reads, writes or deletes many. */
  BATCH: 500,
  /** Bytes of one request that writes many. */
  BATCH_BYTES: 5_000_000,
  /** Bytes of the line before a document in it, at most: an `_id` of 512 bytes, each escaped. */
  LINE_BYTES: 3_200,
  /** Bytes of one document: the smallest limit of a request that AWS sets, 10 MiB, less room for the rest. */
  DOCUMENT_BYTES: 10 * 1024 * 1024 - 65_536,
} as const;
