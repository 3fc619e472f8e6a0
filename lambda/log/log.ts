/** What a line may carry besides its message. Objects are left out on purpose: they are how tokens and values leak. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured logs. Lines are JSON on standard output, one per event. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that a host owns: it must be flushed before the process freezes or ends. */
export interface HostLog extends Log {
  /** Resolves when every line so far is written. Free when there was none. */
  flush(): Promise<void>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
