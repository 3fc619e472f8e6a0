import type { HostLog, LogFields, LogLevel } from './log.ts';
import { redact } from './redact.ts';

/** The part of the Powertools logger that is used. */
interface Sink {
  debug(message: string, fields: Record<string, unknown>): void;
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

export interface StructuredLogProps {
  /** Written on each line as `service`. */
  readonly serverName: string;
  /**
   * Where lines go.
   *
   * @default - the Powertools logger, on standard output, at the level of `POWERTOOLS_LOG_LEVEL`
   */
  readonly sink?: () => Sink | Promise<Sink>;
}

/**
 * Structured logs through the Powertools logger, which is loaded with the first line: most cold starts write none, and
 * then do not pay for it.
 */
export function structuredLog(props: StructuredLogProps): HostLog {
  const open = props.sink ?? (() => powertools(props.serverName));
  let sink: Sink | undefined;
  let pending: Promise<void> | undefined;

  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (level === 'debug' && !debugs()) return; // would load the logger only to be dropped by it
    const line = redact(fields);
    if (sink) {
      sink[level](message, line);
      return;
    }
    // Lines keep their order: each waits for the one before, and the sink is only used directly once all have passed.
    const before = pending ?? Promise.resolve();
    const mine: Promise<void> = before.then(async () => {
      const opened = await open();
      opened[level](message, line);
      if (pending === mine) {
        sink = opened;
        pending = undefined;
      }
    });
    pending = mine;
    mine.catch(() => {
      if (pending === mine) pending = undefined; // a log that cannot be written must not end a request
    });
  };

  return {
    debug: (message, fields) => {
      write('debug', message, fields);
    },
    info: (message, fields) => {
      write('info', message, fields);
    },
    warn: (message, fields) => {
      write('warn', message, fields);
    },
    error: (message, fields) => {
      write('error', message, fields);
    },
    flush: async () => {
      await pending?.catch(() => undefined);
    },
  };
}

/** Whether lines of the level `debug` are wanted; named as Powertools and Lambda's own logging name it. */
function debugs(): boolean {
  const { POWERTOOLS_LOG_LEVEL, LOG_LEVEL, AWS_LAMBDA_LOG_LEVEL } = process.env;
  return /^(?:debug|trace)$/i.test(POWERTOOLS_LOG_LEVEL ?? LOG_LEVEL ?? AWS_LAMBDA_LOG_LEVEL ?? '');
}

let shared: Promise<Sink> | undefined;

async function powertools(serviceName: string): Promise<Sink> {
  shared ??= import('@aws-lambda-powertools/logger').then(({ Logger }) => new Logger({ serviceName }));
  return shared;
}
