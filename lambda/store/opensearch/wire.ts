/** One request of HTTP. */
export interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';
  /** Percent-encoded, from the slash on, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  /** JSON, or lines of JSON with `lines`. */
  readonly body?: string;
  readonly lines?: boolean;
}

/** What came back, whatever the status. */
export interface Answer {
  readonly status: number;
  /** Parsed when it is JSON. */
  readonly body: unknown;
}

/** Sends requests. The client library is behind it, and lazily so. */
export interface Wire {
  /** Rejects when no answer came, or not in time. */
  send(request: Request, options: SendOptions): Promise<Answer>;
  /** Closes connections. */
  close(): void;
}

export interface SendOptions {
  /** Milliseconds until the whole answer must be here. */
  readonly timeoutMs: number;
  /** The header, when it is not the wire itself that signs. */
  readonly authorization?: string;
}
