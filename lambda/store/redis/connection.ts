/** One connection, or one for each node of a cluster. */
export interface RedisConnection {
  /** Sends a command to the node that has the key. Rejects with whatever `fault` understands. */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /** Names a fault: a `ReplyFault`, a `ConnectionFault` or a `StoreError`, or the fault itself when it is none of these. */
  fault(error: unknown): unknown;
  /** Takes no more commands; closes when those under way are answered, or after a few seconds. */
  retire(): Promise<void>;
}

/**
 * Opens a connection that works.
 *
 * @param broken is called when it has stopped working by itself
 */
export type Connect = (broken: () => void) => Promise<RedisConnection>;

/** Who a connection says it is. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** Where credentials come from, for each connection anew. */
export interface Login {
  /** @throws {StoreError} when they cannot be had */
  credentials(): Promise<Credentials>;
  /** After the server has refused them. @returns whether others can be had now */
  renew(): Promise<boolean>;
  /**
   * Milliseconds after which a connection that lives must prove itself again.
   *
   * @default - never
   */
  readonly renewAfterMs?: number;
}

/** The limits of a connection, in milliseconds. Together they keep a call within `CALL`, whatever happens. */
export const TIMEOUTS = {
  /** Until TCP and TLS are there. */
  socket: 2_000,
  /** Until a connection is ready for commands: besides the socket, credentials and, in a cluster, its map. */
  open: 4_000,
  /** Until a command is answered. */
  command: 3_000,
  /** All attempts of one call with the pauses between them. */
  call: 8_000,
};
