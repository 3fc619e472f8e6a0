import type { LogFields } from './log.ts';

/** Names whose value is a credential more often than not. */
const CREDENTIAL = /auth|token|secret|password|passwd|cookie|credential|api-?_?key|signature|session/i;

/** Long enough for an ARN or a stack frame, too short for a document. */
const MAX_TEXT = 300;

/** Keeps plain values, cuts long ones, and hides what is named like a credential. */
export function redact(fields: LogFields): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (CREDENTIAL.test(name)) kept[name] = '[hidden]';
    else if (typeof value === 'string') kept[name] = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
    else if (typeof value === 'number' || typeof value === 'boolean') kept[name] = value;
  }
  return kept;
}
