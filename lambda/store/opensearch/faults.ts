import {
  StoreAccessError,
  StoreError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../errors.ts';
import type { Answer } from './wire.ts';

/** What a fault happened in, for its message. */
export interface Where {
  readonly product: string;
  /** What was asked for, such as `get`. */
  readonly verb: string;
  readonly attempts: number;
  /** Bytes of the request's body. */
  readonly bytes: number;
}

const CERTIFICATE = /certificate|altnames|unable to (?:verify|get)|CERT_/i;
const NO_TLS = /wrong version number|EPROTO|packet length too long/i;
const DISK_FULL = /flood.?stage|disk usage exceeded|read.?only/i;
const OTHER_FORM = /field \[value\] (?:of type|as object)/;
const SCRIPTING = /script/i;
const CONNECTING = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/;

/** The error of an answer: its type, which is a name, and its text, which may quote keys and values and goes nowhere. */
export interface ServerError {
  readonly type: string;
  readonly text: string;
}

/** What the server says is wrong. */
export function errorOf(body: unknown): ServerError {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { error?: unknown };
  const { type } = (typeof error === 'object' && error !== null ? error : {}) as { type?: unknown };
  const isName = typeof type === 'string' && /^\w{1,80}$/.test(type);
  return { type: isName ? type : '', text: error === undefined ? '' : JSON.stringify(error) };
}

/** Whether the server, or a gateway before it, asks for another attempt. */
export function isPassing({ status, body }: Answer): boolean {
  if (status === 429) return !DISK_FULL.test(errorOf(body).text);
  return status === 502 || status === 503 || status === 504;
}

/** Whether an attempt may have been applied though it failed. */
export function mayHaveWritten(error: unknown): boolean {
  if (error instanceof StoreError) return false;
  return !(error instanceof Error && (CONNECTING.test(error.message) || isCertificate(error)));
}

/** Whether another attempt would fail in the same way. */
export function isLasting(error: unknown): boolean {
  return (
    error instanceof StoreError || (error instanceof Error && (isCertificate(error) || NO_TLS.test(error.message)))
  );
}

/** Whether the server runs no scripts: it has no language for them, or may not use it. */
export function isWithoutScripts({ status, body }: Answer): boolean {
  return (status === 400 || status === 403) && SCRIPTING.test(errorOf(body).text);
}

/**
 * Whether the index holds values in the other form: as text, in one that py-key-value 0.2 made, where we wrote an object;
 * or the other way round.
 */
export function wantsOtherForm({ status, body }: Answer): boolean {
  return status === 400 && OTHER_FORM.test(errorOf(body).text);
}

export function isMissing({ status }: Answer): boolean {
  return status === 404;
}

/** Whether somebody else has written. */
export function isConflict({ status }: Answer): boolean {
  return status === 409;
}

export function isConflictOrMissing(answer: Answer): boolean {
  return isConflict(answer) || isMissing(answer);
}

/** Names a fault of the way to the server. */
export function transportFault(error: unknown, where: Where): StoreError {
  if (error instanceof StoreError) return error;
  const { name = 'Error', message = '' } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Error>;
  const [code] = /\bE[A-Z]{4,}\b/.exec(message) ?? [];
  if (isCertificate({ message })) {
    const remedy = 'name its authority with ca=/path/to/ca.pem, and the host as the certificate does';
    return new StoreRejectedError(`the certificate of ${where.product} is not trusted; ${remedy}`);
  }
  if (NO_TLS.test(message)) {
    return new StoreRejectedError(`${where.product} does not speak TLS there; check the port, or write +http:`);
  }
  return new StoreUnavailableError(`${told(where)}: no answer (${code ?? name})`);
}

/** Names a refusal of the server. */
export function answerFault({ status, body }: Answer, where: Where): StoreError {
  const { type, text } = errorOf(body);
  const message = `${told(where)}: ${status}${type === '' ? '' : ` ${type}`}`;
  if (type === 'cluster_block_exception' && DISK_FULL.test(text)) {
    return new StoreRejectedError(`${message}: the index is read-only, most likely because the disk is full`);
  }
  switch (status) {
    case 401:
    case 403:
      return new StoreAccessError(`${message}; check the credentials and their permissions on the indexes`);
    case 413:
      return new StoreRejectedError(`${message}: ${where.bytes} bytes are more than the server takes`);
    case 429:
      return new StoreThrottledError(message);
    case 400:
      return new StoreRejectedError(message + hint(text));
    default:
      return status >= 500 ? new StoreUnavailableError(message) : new StoreRejectedError(message);
  }
}

function hint(text: string): string {
  if (/immense/.test(text)) {
    return ': the index lets values be searched, and so takes no text above 32766 bytes. Make it without searchable=true';
  }
  if (/depth/.test(text)) return ': the index takes no values that are nested so deep';
  return '';
}

function told({ product, verb, attempts }: Where): string {
  return `${product} ${verb} failed after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
}

function isCertificate({ message }: { readonly message: string }): boolean {
  return CERTIFICATE.test(message);
}
