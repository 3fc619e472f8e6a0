import type { LogFields } from './log.ts';

/**
 * What is told of an error: its kind, its code and where it was thrown. Never its message, which quotes what a client sent
 * or what a store holds.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { kind: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    kind: KIND.test(error.name) ? error.name : 'Error',
    code: typeof code === 'number' || (typeof code === 'string' && CODE.test(code)) ? code : undefined,
    at: firstFrame(error),
  };
}

/** What names of classes and codes of errors look like. Both can be anything, a value too: what looks otherwise is left out. */
const KIND = /^[A-Za-z]{1,60}$/;
const CODE = /^[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,20}){0,6}$/;

/** The first stack frame. Behind the message only: a message of several lines can look like frames. */
function firstFrame({ stack = '', message }: Error): string | undefined {
  const end = stack.indexOf(message);
  if (end < 0) return undefined;
  return /^\s+at (?:async )?([^\n]*:\d+:\d+\)?)$/m.exec(stack.slice(end + message.length))?.[1];
}

/** Faults of the client that the SDK reports: counted by kind, not logged as errors of ours. */
export function clientFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const rejected = /^Rejected (?:inbound|2025-era) request[^(]*\(([a-z-]+)\)/.exec(error.message)?.[1];
  if (rejected) return rejected;
  if (/^(?:Unsupported Media Type|Not Acceptable|Invalid Request|Bad Request|Parse error)/.test(error.message)) {
    return 'malformed-request';
  }
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' && code <= -32000 && code !== -32603 ? `rpc${code}` : undefined;
}
