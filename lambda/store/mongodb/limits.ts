/**
 * Bounds of every call. The driver's own defaults wait half a minute for a server and for ever for an answer.
 *
 * A call ends within `CALL_MS`, whatever happens: a wait for a server, for a connection and for an answer each have their
 * bound, failed attempts are repeated after a pause, and when the time is over the call rejects.
 */
export const LIMITS = {
  /** For the whole call, attempts and pauses together, in milliseconds. */
  CALL_MS: 10_000,
  /** Attempts per call, the first one included. */
  ATTEMPTS: 4,
  /** Longest pause before the second attempt, in milliseconds; doubled before each further one. Drawn at random. */
  PAUSE_MS: 100,
  /** Until a server is found that may be written to. */
  SELECTION_MS: 3_000,
  /** Until TCP and TLS stand. */
  CONNECT_MS: 2_000,
  /** Until a connection of the pool is free. */
  QUEUE_MS: 3_000,
  /** Until the answer comes. */
  ANSWER_MS: 3_000,
  /** What the server may spend on one command: one that is given up does not run later. */
  SERVER_MS: 3_000,
  /** Connections of one process. A Lambda function serves one request at a time; many of them share one server. */
  CONNECTIONS: 10,
  /**
   * How long a connection may be unused before it is closed instead of used: below the 350 seconds after which AWS's NAT
   * gateways and load balancers forget it, and a frozen Lambda function cannot notice.
   */
  IDLE_MS: 240_000,
} as const;
